import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTIONS, describeClash, freeKey, keyLabel, keyMap, readKey, whyTaken } from "../../ui/label/keys.js";
import { FakeElement, define } from "./fake.js";

define("document", { querySelector: () => null });

/**
 * @param {string} key
 * @param {any} facts
 */
function press(key, { code = "", target = {}, graph = false, chosen = {}, byPointer = true, fixed = [], ...facts } = {}) {
  const event = { key, code, ...facts, getModifierState: () => graph, composedPath: () => [new FakeElement(target)] };
  return readKey(/** @type {any} */ (event), keyMap(chosen), byPointer, fixed);
}

const FIXED = [{ key: "q", code: "KeyQ", label: "Howl" }, { key: ",", code: "Comma", label: "Meow" }];

test("no two actions have one key", () => {
  const keys = Object.values(keyMap({}));
  assert.equal(new Set(keys).size, ACTIONS.length);
});

test("a chosen key takes the usual one's place, for that action alone", () => {
  const map = keyMap({ accept: "q" });
  assert.equal(map.accept, "q");
  assert.equal(map.relabel, "r");
});

test("keys are written as they are on a keyboard", () => {
  assert.deepEqual(["a", " ", "[", "Backspace"].map(keyLabel), ["A", "Space", "[", "Backspace"]);
});

test("a letter is its action, in capitals too", () => {
  assert.deepEqual([press("x"), press("X")], [{ name: "remove" }, { name: "remove" }]);
  assert.deepEqual(press("q", { chosen: { remove: "q" } }), { name: "remove" });
  assert.equal(press("y"), null);
});

test("Ctrl Z undoes, and no other key with Ctrl or Alt is the board's", () => {
  assert.deepEqual(press("z", { ctrlKey: true }), { name: "undo" });
  assert.equal(press("z", { ctrlKey: true, shiftKey: true }), null);
  assert.equal(press("a", { ctrlKey: true }), null);
  assert.equal(press("a", { altKey: true }), null);
});

test("AltGr, which reports Ctrl and Alt, types its character", () => {
  assert.deepEqual(press("[", { ctrlKey: true, altKey: true, graph: true }), { name: "slower" });
});

test("digits choose by their place on the keyboard, with Shift alone", () => {
  assert.deepEqual(press("!", { code: "Digit1", shiftKey: true }), { name: "choose", place: 0, alone: true });
  assert.deepEqual(press("9", { code: "Numpad9", shiftKey: false }), { name: "choose", place: 8, alone: false });
  assert.equal(press("0", { code: "Digit0" }), null);
});

test("arrows, Enter, Esc and ? mean what the help says", () => {
  assert.deepEqual(press("ArrowUp"), { name: "move", step: [0, -1] });
  assert.deepEqual(press("Enter"), { name: "confirm" });
  assert.deepEqual(press("Escape"), { name: "revert" });
  assert.deepEqual(press("?"), { name: "help" });
});

test("in a text field keys write", () => {
  assert.equal(press("a", { target: { is: ["input"] } }), null);
  assert.equal(press("z", { ctrlKey: true, target: { is: ["input"] } }), null);
});

test("a key of a class is that class, with Shift alone, whatever character that makes", () => {
  assert.deepEqual(press("q", { fixed: FIXED, shiftKey: false }), { name: "fixed", label: "Howl", alone: false });
  assert.deepEqual(press("Q", { fixed: FIXED, shiftKey: true }), { name: "fixed", label: "Howl", alone: true });
  assert.deepEqual(press("<", { fixed: FIXED, shiftKey: true, code: "Comma" }), { name: "fixed", label: "Meow", alone: true });
  assert.equal(press("q", { fixed: FIXED, target: { is: ["input"] } }), null);
});

test("a key that is an action's in this browser and a class's does neither, and says so", () => {
  const asked = press("q", { fixed: FIXED, chosen: { remove: "q" } });
  assert.equal(asked?.name, "clash");
  assert.match(asked?.text ?? "", /^Q is your key for Howl and, in this browser, "Remove the clip/);
  assert.equal(describeClash(FIXED[0], keyMap({})), "");
});

test("a class cannot have a key that the board or another class has, and is told so", () => {
  const why = (key) => whyTaken(key, keyMap({ remove: "e" }), FIXED);
  assert.equal(why("w"), "");
  assert.equal(why("x"), ""); // which another choice has set free
  assert.match(why("e"), /taken: "Remove the clip/);
  assert.match(why("q"), /key for Howl already/);
  for (const key of ["1", "?", " ", "enter", "f5"]) assert.match(why(key), /no digit 1 to 9/);
  assert.equal(why("0"), "");
});

test("a class gets a free letter of its name, else another one, as long as there are any", () => {
  const map = keyMap({});
  assert.equal(freeKey("Howl", map, []), "h");
  assert.equal(freeKey("Howl", map, [{ key: "h", code: "", label: "" }]), "o");
  assert.equal(freeKey("(Jazz)", map, []), "b");
  /** @type {any[]} */
  const all = [];
  for (let key = freeKey("x", map, all); key; key = freeKey("x", map, all)) all.push({ key, code: "", label: "" });
  assert.ok(all.length >= 20);
});
