import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { isForPage, pageKey } from "../../ui/shared/keyboard.js";
import { FakeElement, define } from "./fake.js";

/** @type {{} | null} what is open on the page */
let overlay;

beforeEach(() => {
  overlay = null;
  define("document", { querySelector: () => overlay });
});

/**
 * What the page hears of a key that is pressed in an element which matches these selectors.
 * @param {string} key
 * @param {string[]} is
 * @param {any} facts
 */
function press(key, is = [], { byPointer = true, graph = false, ...facts } = {}) {
  const event = { key, ...facts, getModifierState: () => graph, composedPath: () => [new FakeElement({ is })] };
  return pageKey(/** @type {any} */ (event), byPointer);
}

test("letters are keys in capitals too, and named keys are what they are called", () => {
  assert.deepEqual(["n", "N", " ", "ArrowLeft"].map((key) => press(key)), ["n", "n", " ", "ArrowLeft"]);
});

test("a short cut is the browser's, and AltGr, which reports Ctrl and Alt, types its character", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.equal(press("n", [], { [held]: true }), "");
  assert.equal(press("[", [], { ctrlKey: true, altKey: true, graph: true }), "[");
});

test("in a field keys write, and in a language of many characters they make one", () => {
  assert.equal(press("n", ["input"]), "");
  assert.equal(press("n", ["textarea"]), "");
  assert.equal(press("n", [], { isComposing: true }), "");
});

test("a switch and a list that were clicked leave all keys to the page", () => {
  for (const is of [["input", "[type=checkbox]"], ["input", "[type=range]"], ["input", "input[role=combobox]"]]) {
    assert.deepEqual([press("n", is), press(" ", is)], ["n", " "]);
  }
});

test("what Tab has reached keeps the keys that press it, and a list all of them", () => {
  for (const is of [["button"], ["a"], ["input", "[type=checkbox]"]]) {
    assert.deepEqual([" ", "Enter", "ArrowUp", "n"].map((key) => press(key, is, { byPointer: false })), ["", "", "", "n"]);
    assert.equal(press(" ", is), " ");
  }
  assert.equal(press("n", ["input", "input[role=combobox]"], { byPointer: false }), "");
});

test("what is open above the page has all keys, short cuts too", () => {
  overlay = {};
  assert.equal(press("n"), "");
  const event = /** @type {any} */ ({ key: "z", ctrlKey: true, composedPath: () => [new FakeElement({ is: [] })] });
  assert.ok(!isForPage(event, true));
  overlay = null;
  assert.ok(isForPage(event, true));
});
