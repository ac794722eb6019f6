// What keys and clicks decide.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Actions } from "../../ui/label/actions.js";
import { Outbox } from "../../ui/label/outbox.js";
import { BoardStore } from "../../ui/label/store.js";
import { FakeStorage, define } from "./fake.js";

/** @type {BoardStore} */
let store;
/** @type {Actions} */
let actions;

/** The decisions that were made, in short. */
const decided = () =>
  store.outbox.ops.map(({ at, action, labels, denied }) => [at, action, labels, denied].filter((part) => part !== ""));

beforeEach(() => {
  define("sessionStorage", new FakeStorage());
  define("localStorage", new FakeStorage());
  store = new BoardStore({ mode: "one", autoplay: false }, new Outbox());
  const clip = (at) => ({ clip_id: `curated/${at}.wav`, labels: "Bark", denied: "", likely: [["Howl", 0.6]] });
  const infos = Object.fromEntries([0, 1, 2, 3].map((at) => [at, clip(at)]));
  infos[3].denied = "Purr";
  store.take({
    view: "7 ada", queue: 7, annotator: "ada", scope: "here", run: "", start: 0, marks: "----", undo: [], infos,
    stored: [], refused: [], fixed: [{ key: "q", code: "KeyQ", label: "Howl" }],
  });
  const nothing = /** @type {any} */ ({ ask() {}, choose() {} });
  actions = new Actions(store, nothing, nothing, () => {});
});

test("the key for it and a digit deny a suggestion, and Enter decides so", () => {
  actions.act({ name: "deny" });
  assert.ok(store.isDenying);
  actions.act({ name: "choose", place: 1 });
  assert.deepEqual([store.labels, store.denied, store.isDenying], [["Bark"], ["Howl"], false]);
  actions.act({ name: "confirm" });
  assert.deepEqual(decided(), [[0, "accept", "Bark", "Howl"]]);
  assert.equal(store.at, 1);
});

test("a label that is denied is taken away, and of a clip without others only the denial is sent", () => {
  actions.act({ name: "deny" });
  actions.act({ name: "choose", place: 0, alone: true });
  assert.deepEqual(decided(), [[0, "relabel", "Bark"]]);
  assert.equal(store.outbox.ops[0].labels, "");
  assert.equal(store.outbox.ops[0].denied, "Bark");
});

test("who gives a denied class no longer denies it, and a second click on minus says nothing of it", () => {
  actions.deny("Howl");
  actions.pick("Howl", false);
  assert.deepEqual([store.labels, store.denied], [["Bark", "Howl"], []]);
  actions.deny("Howl");
  actions.deny("Howl");
  assert.deepEqual([store.labels, store.denied, store.isChanged], [["Bark"], [], false]);
});

test("Esc calls the denial off and leaves what was chosen; any other key does, too", () => {
  actions.pick("Howl", false);
  actions.act({ name: "deny" });
  actions.act({ name: "revert" });
  assert.deepEqual([store.isDenying, store.labels], [false, ["Bark", "Howl"]]);
  actions.act({ name: "deny" });
  actions.act({ name: "loop" });
  assert.equal(store.isDenying, false);
});

test("undo takes a denial back like any decision", () => {
  actions.deny("Bark");
  actions.act({ name: "confirm" });
  assert.deepEqual(store.queue.mine(0, store.infos.get(0))?.denied, "Bark");
  actions.act({ name: "undo" });
  assert.equal(store.at, 0);
  assert.equal(store.queue.mine(0, store.infos.get(0)), null);
  assert.deepEqual([store.labels, store.denied], [["Bark"], []]);
});

test("what others deny stays denied, accepted or relabelled, alone or many at once", () => {
  actions.go(3);
  assert.deepEqual(store.choices.map(([name]) => name), ["Bark", "Howl", "Purr"]);
  actions.act({ name: "accept" });
  store.settings.mode = "grid";
  [1, 3].forEach((at) => store.select(at));
  actions.confirm(["Howl"], []);
  assert.deepEqual(decided(), [
    [3, "accept", "Bark", "Purr"],
    [1, "relabel", "Howl"],
    [3, "relabel", "Howl", "Purr"],
  ]);
});

test("what is decided so already leaves no draft where no other clip is left", () => {
  actions.pick("Howl", true);
  [1, 2, 3].forEach((at) => {
    actions.go(at);
    actions.act({ name: "remove" });
  });
  actions.go(0);
  actions.pick("Howl", true);
  assert.equal(store.at, 0);
  assert.deepEqual(store.labels, ["Bark"]);
  assert.match(store.notice, /Decided so already/);
});

test("a key of a class gives it or takes it away, and with Shift decides and goes on", () => {
  actions.act({ name: "fixed", label: "Howl" });
  assert.deepEqual([store.labels, store.at], [["Bark", "Howl"], 0]);
  actions.act({ name: "fixed", label: "Howl", alone: true });
  actions.act({ name: "deny" });
  actions.act({ name: "fixed", label: "Howl", alone: true });
  assert.deepEqual(decided(), [[0, "relabel", "Howl"], [1, "accept", "Bark", "Howl"]]);
  assert.equal(store.at, 2);
});

test("in the grid a key of a class is about all that are selected, and undone as one", () => {
  store.settings.mode = "grid";
  store.infos.get(1).labels = "Howl";
  [0, 1, 3].forEach((at) => store.select(at));
  actions.act({ name: "fixed", label: "Howl" });
  assert.deepEqual(decided(), [[0, "relabel", "Bark,Howl"], [1, "accept", "Howl"], [3, "relabel", "Bark,Howl", "Purr"]]);
  assert.equal(new Set(store.outbox.ops.map(({ batch }) => batch)).size, 1);
  [0, 3].forEach((at) => store.select(at));
  actions.act({ name: "deny" });
  actions.act({ name: "fixed", label: "Howl" });
  assert.deepEqual(decided().slice(3), [[0, "accept", "Bark", "Howl"], [3, "accept", "Bark", "Purr,Howl"]]);
  store.select(1);
  actions.act({ name: "fixed", label: "Howl" });
  assert.equal(store.outbox.ops.length, 5);
  assert.match(store.notice, /no label would be left/);
  actions.act({ name: "undo" });
  assert.equal(store.queue.mine(0, store.infos.get(0)), null);
});

test("keys of classes that are not known are not replaced", () => {
  let isOpen = false;
  actions.views = { keys: { open: () => (isOpen = true) } };
  store.data.fixed = null;
  actions.act({ name: "keys" });
  assert.ok(!isOpen);
  assert.match(store.notice, /cannot be read/);
  store.data.fixed = [];
  actions.act({ name: "keys" });
  assert.ok(isOpen);
});

test("keys of classes hold from the moment they are set, and are no decisions", () => {
  actions.setFixedKeys([{ key: "w", code: "KeyW", label: "Bark" }]);
  assert.deepEqual(store.fixed, [{ key: "w", code: "KeyW", label: "Bark" }]);
  assert.equal(store.queue.marks.join(""), "----");
  assert.equal(store.queue.last, null);
});
