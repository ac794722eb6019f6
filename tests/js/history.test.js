import assert from "node:assert/strict";
import { test } from "node:test";

import { enterActionsOnly } from "../../ui/shared/history.js";

class FakeHistory {
  constructor() {
    /** @type {string[]} */
    this.entries = [];
  }

  pushState(_, __, address) {
    this.entries.push(address);
  }

  replaceState(_, __, address) {
    this.entries.splice(-1, 1, address);
  }
}

class FakeWindow extends EventTarget {
  history = /** @type {any} */ (new FakeHistory());
}

test("an address that changes while nobody does anything replaces the one before", () => {
  const view = /** @type {any} */ (new FakeWindow());
  view.history.pushState({}, "", "/clips");
  enterActionsOnly(view);
  enterActionsOnly(view); // at the next drawing
  view.history.pushState({}, "", "/clips?show=all");
  assert.deepEqual(view.history.entries, ["/clips?show=all"]);
  view.dispatchEvent(new Event("pointerdown"));
  for (const address of ["/clips?queue=3", "/label?queue=3"]) view.history.pushState({}, "", address);
  assert.deepEqual(view.history.entries, ["/clips?show=all", "/label?queue=3"]);
  view.dispatchEvent(new Event("keydown"));
  view.history.pushState({}, "", "/label?queue=4");
  assert.equal(view.history.entries.length, 3);
});
