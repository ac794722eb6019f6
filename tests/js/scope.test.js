import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { Scope } from "../../ui/shared/scope.js";
import { makeComponent } from "../../ui/shared/component.js";
import { define } from "./fake.js";

test("children end before what was registered beside them, the last one first", () => {
  /** @type {string[]} */
  const ended = [];
  const scope = new Scope();
  scope.add(() => ended.push("first"));
  scope.child().add(() => ended.push("child"));
  scope.child().add(() => ended.push("later child"));
  scope.add(() => ended.push("last"));
  scope.dispose();
  assert.deepEqual(ended, ["later child", "child", "last", "first"]);
});

test("each end comes once", () => {
  const cleanup = mock.fn();
  const scope = new Scope();
  const end = scope.add(cleanup);
  end();
  end();
  scope.dispose();
  scope.dispose();
  assert.equal(cleanup.mock.callCount(), 1);
});

test("what is registered too late ends at once", () => {
  const scope = new Scope();
  const child = scope.child();
  scope.dispose();
  const cleanups = [scope, child, scope.child()].map((late) => {
    const cleanup = mock.fn();
    late.add(cleanup);
    return cleanup.mock.callCount();
  });
  assert.deepEqual(cleanups, [1, 1, 1]);
});

test("a listener hears until its scope ends", () => {
  const target = new EventTarget();
  const handler = mock.fn();
  const scope = new Scope();
  scope.on(target, "play", handler);
  target.dispatchEvent(new Event("play"));
  scope.dispose();
  target.dispatchEvent(new Event("play"));
  scope.on(target, "play", handler);
  target.dispatchEvent(new Event("play"));
  assert.equal(handler.mock.callCount(), 1);
});

test("a listener on its way down is taken away too", () => {
  const target = new EventTarget();
  const handler = mock.fn();
  const stop = new Scope().on(target, "keydown", handler, { capture: true });
  stop();
  target.dispatchEvent(new Event("keydown"));
  assert.equal(handler.mock.callCount(), 0);
});

test("a timer runs once, and not after its scope's end", async () => {
  const [early, late] = [mock.fn(), mock.fn()];
  const scope = new Scope();
  scope.after(1, early);
  scope.after(20, late);
  await wait(10);
  assert.equal(scope.cleanups.size, 1); // what has run is forgotten
  scope.dispose();
  await wait(20);
  assert.deepEqual([early.mock.callCount(), late.mock.callCount()], [1, 0]);
});

test("a frame that is called off does not come", () => {
  const cancelled = mock.fn();
  define("requestAnimationFrame", () => 7);
  define("cancelAnimationFrame", cancelled);
  new Scope().frame(() => {})();
  assert.deepEqual(cancelled.mock.calls.map((call) => call.arguments), [[7]]);
});

test("an observer of sizes is disconnected", () => {
  const calls = { observe: mock.fn(), disconnect: mock.fn() };
  define("ResizeObserver", class { observe = calls.observe; disconnect = calls.disconnect; });
  const scope = new Scope();
  scope.observeSize(/** @type {any} */ ({}), () => {});
  scope.dispose();
  assert.deepEqual([calls.observe.mock.callCount(), calls.disconnect.mock.callCount()], [1, 1]);
});

test("a scope that is cleared goes on", () => {
  const [before, after] = [mock.fn(), mock.fn()];
  const scope = new Scope();
  scope.add(before);
  scope.clear();
  scope.add(after);
  assert.deepEqual([before.mock.callCount(), after.mock.callCount()], [1, 0]);
  scope.dispose();
  assert.equal(after.mock.callCount(), 1);
});

test("a component opens one view for an element, which ends with its last update alone", () => {
  const cleanup = mock.fn();
  const updates = mock.fn();
  const root = {};
  const open = mock.fn((_root, scope) => {
    scope.add(cleanup);
    return { update: updates };
  });
  const component = makeComponent(".board", open);
  const update = /** @type {any} */ ({ parentElement: { querySelector: () => root } });
  const [first, second] = [component(update), component(update)];
  first();
  assert.deepEqual([open.mock.callCount(), updates.mock.callCount(), cleanup.mock.callCount()], [1, 2, 0]);
  second();
  assert.equal(cleanup.mock.callCount(), 1);
  component(update);
  assert.equal(open.mock.callCount(), 2);
});
