// What keys do on Clips while answers are on their way.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ClipList } from "../../ui/clips/list.js";
import { ASK_PLAYER } from "../../ui/player/playback.js";
import { FakeElement, FakeStorage, define } from "./fake.js";

class UndrawnList extends ClipList {
  listen() {}
  measure() {}
  reveal() {}
  draw() {}
}

/** @type {UndrawnList} */
let list;
/** @type {string[]} what the player was asked */
let actions;
/** @type {string[]} the clips that the player was to play before they are drawn */
let ahead;
/** @type {any[]} what the server was asked */
let asked;
/** @type {() => void} what the player does when it is asked which clip it has */
let report;
/** @type {() => void} what it does when it is told to play */
let start;

const row = (name) => [`curated/${name}`, false, name];

/** The server's answer to the last ask but `behind`. */
function answer(data, behind = 0) {
  const setStateValue = (_, value) => asked.push(value);
  const rows = ["a", "b", "c", "d"].map(row);
  const usual = { list: "by name", n: list.n - behind, order: "name", columns: [], total: 4, at: 0, first: 0, rows };
  list.update({ data: { ...usual, ...data }, setStateValue });
}

/** The player has this clip now. */
function load(name) {
  list.hear({ what: "loaded", clip: `curated/${name}` });
}

function playFirst() {
  list.hear({ what: "playing", clip: "curated/a", isPlaying: true });
}

function press(key, facts = {}) {
  const event = { key, getModifierState: () => false, composedPath: () => [new FakeElement({})], ...facts };
  let isTaken = false;
  list.pressKey(/** @type {any} */ ({ ...event, preventDefault: () => (isTaken = true) }));
  return isTaken;
}

beforeEach(() => {
  define("localStorage", new FakeStorage());
  actions = [];
  ahead = [];
  asked = [];
  report = start = () => {};
  const page = Object.assign(new EventTarget(), { querySelector: () => null });
  page.addEventListener(ASK_PLAYER, (/** @type {any} */ { detail: { action, clip } }) => {
    if (action === "report") report();
    else if (action === "ahead") ahead.push(clip);
    else actions.push(action);
    if (action === "play") start();
  });
  define("document", page);
  const view = { scrollTop: 0, clientHeight: 300 };
  list = new UndrawnList(/** @type {any} */ ({ querySelector: () => view }), /** @type {any} */ (null));
  answer({ n: 0 });
  load("a");
});

test("space plays the clip that is on its way, and not the one before", () => {
  press("n");
  assert.deepEqual(ahead, []);
  press(" ");
  assert.deepEqual(ahead, ["curated/b"]);
  answer({ at: 1 });
  assert.ok(!actions.includes("play"), "its drawing comes after the list");
  load("b");
  assert.equal(actions.at(-1), "play");
  press(" ");
  assert.equal(actions.at(-1), "toggle");
});

test("of a clip that plays, the next one is heard before it is drawn, where its row is known", () => {
  playFirst();
  press("n");
  assert.deepEqual([actions, ahead], [["leave"], ["curated/b"]]);
  list.rows.delete(2);
  press("n");
  assert.deepEqual([actions, ahead], [["leave", "leave"], ["curated/b"]]);
});

test("the player's own button is about the clip that is on its way, too", () => {
  press("n");
  list.hear({ what: "toggle" });
  answer({ at: 1 });
  load("b");
  assert.deepEqual([ahead, actions.at(-1)], [["curated/b"], "play"]);
});

test("a second press of space calls it off", () => {
  press("n");
  press(" ");
  press(" ");
  assert.equal(actions.at(-1), "leave", "it may play already");
  answer({ at: 1 });
  load("b");
  assert.ok(!actions.includes("play"));
});

test("there and back at once plays on, although the server saw the last step alone", () => {
  playFirst();
  press("n");
  press("p");
  report = () => load("a");
  answer({ at: 0 });
  assert.deepEqual(actions.at(-1), "play");
});

test("a clip that is passed on the way is not played", () => {
  playFirst();
  press("n");
  press("n");
  answer({ at: 1 }, 1);
  load("b");
  assert.ok(!actions.includes("play"));
  answer({ at: 2 });
  load("c");
  assert.equal(actions.filter((action) => action === "play").length, 1);
});

test("what is asked for names the clip, which another order has elsewhere", () => {
  list.data.columns = [{ orders: ["longest", "shortest"] }];
  list.sort({ dataset: { column: "0" } });
  press("n");
  assert.deepEqual(
    asked.map(({ order, at, clip }) => [order, at, clip]),
    [["longest", 0, "curated/a"], ["longest", 1, "curated/b"]],
  );
  const sorted = { list: "by length", order: "longest", rows: ["d", "c", "b", "a"].map(row) };
  answer({ ...sorted, at: 3 }, 1);
  answer({ ...sorted, at: 2 });
  assert.equal(list.at, 2);
});

test("a key that is held steps on, presses nothing again, and never scrolls the page", () => {
  assert.ok(press("n", { repeat: true }));
  answer({ at: 1 });
  load("b");
  for (const key of [" ", "l", "o"]) assert.ok(press(key, { repeat: true }), key);
  assert.deepEqual(actions, ["leave"]);
  assert.ok(!press("y"));
});

test("play on a clip that cannot be read is a wish for the next one", () => {
  const rows = ["a", "b", "c", "d"].map(row);
  rows[1][1] = true;
  list.rows.clear();
  answer({ rows });
  press("n");
  answer({ rows, at: 1 });
  press(" ");
  assert.ok(!actions.includes("toggle"), "the player has the clip before");
  press("n");
  answer({ rows, at: 2 });
  load("c");
  assert.equal(actions.at(-1), "play");
});

test("a sound that was over before its clip was drawn leads to the next one, where that is wanted", () => {
  localStorage.setItem("fsat-playback", JSON.stringify({ autoplay: true }));
  playFirst();
  press("n");
  start = () => list.hear({ what: "ended" });
  answer({ at: 1 });
  load("b");
  assert.equal(list.at, 2);
  start = () => {};
  answer({ at: 2 });
  load("c");
  assert.equal(actions.filter((action) => action === "play").length, 2);
});
