// What the board knows, and how a change reaches those who subscribed.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Outbox } from "../../ui/label/outbox.js";
import { makeDecision } from "../../ui/label/protocol.js";
import { PAGE } from "../../ui/label/queue_view.js";
import { BoardStore } from "../../ui/label/store.js";
import { FakeStorage, define } from "./fake.js";

/** @type {BoardStore} */
let store;

/** An answer of the server about a queue of 30 clips labelled Bark, the first four of them described. */
function answer(changes = {}) {
  const infos = Object.fromEntries([0, 1, 2, 3].map((at) => [at, { clip_id: `curated/${at}.wav`, labels: "Bark" }]));
  const whose = { view: "7 ada", queue: 7, annotator: "ada", scope: "here" };
  return { ...whose, start: 0, marks: "-".repeat(30), undo: [], infos, stored: [], refused: [], ...changes };
}

function decide(at) {
  const decided = { at, action: "accept", labels: "Bark", denied: "", batch: "" };
  store.outbox.add([makeDecision(store.data, store.infos.get(at) ?? { clip_id: "x", labels: "" }, decided)]);
}

beforeEach(() => {
  define("sessionStorage", new FakeStorage());
  store = new BoardStore({ mode: "one" }, new Outbox());
  store.take(answer());
});

test("who subscribed is told of a change, in order, until the subscription ends", () => {
  /** @type {string[]} */
  const told = [];
  const end = store.subscribe((_, isAnswer) => told.push(`first ${isAnswer}`));
  store.subscribe((queue) => told.push(`second ${queue.length}`));
  store.changed(true);
  end();
  store.changed();
  assert.deepEqual(told, ["first true", "second 30", "second 30"]);
});

test("a new queue begins with the first clip that is left", () => {
  assert.equal(store.at, 0);
  decide(0);
  store.take(answer({ view: "8 ada", queue: 8, start: 2 }));
  assert.equal(store.at, 2);
});

test("the same queue under another view keeps the place and the draft", () => {
  store.moveTo(3);
  store.toggleLabel("Meow");
  store.take(answer({ view: "7 ada blind" }));
  assert.equal(store.at, 3);
  assert.deepEqual(store.labels, ["Bark", "Meow"]);
});

test("another clip takes the draft away, the same one does not", () => {
  store.toggleLabel("Meow");
  assert.equal(store.moveTo(0), false);
  assert.ok(store.isChanged);
  assert.equal(store.moveTo(1), true);
  assert.ok(!store.isChanged);
});

test("nobody gets beyond the queue", () => {
  store.moveTo(99);
  assert.equal(store.at, 29);
  store.moveTo(-1);
  assert.equal(store.at, 0);
});

test("one clip asks for those that are left ahead, the next and the one before", () => {
  store.moveTo(5);
  decide(6);
  assert.deepEqual(store.wanted, [5, 7, 8, 9, 10, 11, 12, 13, 14, 6, 4]);
});

test("the grid asks for its page and the next one, as far as there are clips", () => {
  store.settings.mode = "grid";
  store.moveTo(25);
  assert.deepEqual(store.wanted, [24, 25, 26, 27, 28, 29]);
});

test("a decision is about the clip in view, or in the grid about the selection", () => {
  store.select(3);
  assert.deepEqual(store.targets, [0]);
  store.settings.mode = "grid";
  store.select(1, 0);
  assert.deepEqual(store.targets, [0, 1, 3]);
  store.select(3);
  assert.deepEqual(store.targets, [0, 1]);
});

test("a whole page is selected, and then nothing", () => {
  store.settings.mode = "grid";
  store.selectPage();
  assert.equal(store.selected.size, PAGE);
  store.selectPage();
  assert.equal(store.selected.size, 0);
});

test("another page of the grid has no selection", () => {
  store.settings.mode = "grid";
  store.select(1);
  store.moveTo(2);
  assert.equal(store.selected.size, 1);
  store.moveTo(PAGE);
  assert.equal(store.selected.size, 0);
});

test("the grid stays on its page while something is left on it", () => {
  store.settings.mode = "grid";
  store.moveTo(PAGE - 1);
  decide(PAGE - 1);
  assert.equal(store.nextAfter([PAGE - 1]), 0);
  for (let at = 0; at < PAGE; at += 1) decide(at);
  assert.equal(store.nextAfter([PAGE - 1]), PAGE);
});

test("choices are the clip's labels, what networks predict, and what was added", () => {
  store.infos.set(0, { clip_id: "curated/0.wav", labels: "Bark", likely: [["Meow", 0.4]] });
  store.toggleLabel("Knock");
  assert.deepEqual(store.choices, [["Bark", null], ["Meow", 0.4], ["Knock", null]]);
});

test("what is learned meanwhile moves no key of the clip in view", () => {
  const learned = (labels, likely) =>
    answer({ infos: { 0: { labels, likely: [[likely, 0.5]] }, 1: { labels, likely: [[likely, 0.5]] } } });
  store.take(learned("Bark", "Meow"));
  store.take(learned("Bark", "Knock"));
  assert.deepEqual([0, 1].map((at) => store.infos.get(at).likely[0][0]), ["Meow", "Knock"]);
  store.take(learned("Meow", "Knock")); // another label: what was likely may be what it has now
  assert.equal(store.infos.get(0).likely[0][0], "Knock");
});

test("what was answered leaves the outbox, and a refusal is told once", () => {
  decide(0);
  decide(1);
  const [first, second] = store.outbox.ops.map((op) => op.token);
  const refused = [[second, "No such clip."]];
  store.take(answer({ stored: [first], refused }));
  store.take(answer({ refused }));
  assert.deepEqual(store.outbox.ops, []);
  assert.deepEqual(store.refused, ["No such clip."]);
});

test("pictures that are not wanted go first", () => {
  [0, 1, 2].forEach((at) => store.clips.set(`curated/${at}.wav`, {}));
  store.prunePictures([0], 2);
  assert.deepEqual([...store.clips.keys()], ["curated/0.wav", "curated/2.wav"]);
});

test("suggestions come to the clip in view when there are some, and stay where they are from then on", () => {
  const suggesting = (...likely) => answer({ infos: { 0: { clip_id: "curated/0.wav", labels: "Bark", likely } } });
  const keys = () => store.choices.map(([name]) => name);
  store.take(suggesting());
  store.toggleLabel("Meow");
  store.take(suggesting(["Howl", 0.5]));
  assert.deepEqual(keys(), ["Bark", "Meow"], "somebody is about to decide");
  store.revert();
  store.take(suggesting(["Howl", 0.5], ["Rain", 0.1]));
  assert.deepEqual(keys(), ["Bark", "Howl", "Rain"]);
  store.take(suggesting(["Rain", 0.9], ["Howl", 0.05]));
  assert.deepEqual(keys(), ["Bark", "Howl", "Rain"]);
});
