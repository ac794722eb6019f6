import assert from "node:assert/strict";
import { test } from "node:test";

import { contrast, placeTexts, readableOn } from "../../ui/player/marks.js";

/** @typedef {[number, number, number, string]} Mark */

test("the highest value has its number, however narrow the marks are", () => {
  const values = [0.1, 0.2, 1, 0.9, 0.3, 0];
  const marks = values.map((value, i) => /** @type {Mark} */ ([i, i + 1, value, String(Math.round(100 * value))]));
  const narrow = placeTexts(marks, [5, 15, 25, 35, 45, 55], [13, 13, 20, 13, 13, 7]);
  assert.deepEqual(narrow, [2, 5]);
  assert.deepEqual(placeTexts(marks, [50, 150, 250, 350, 450, 550], [13, 13, 20, 13, 13, 7]).length, 6);
});

test("numbers are read on every shade of the strip", () => {
  for (let share = 0; share <= 255; share += 1) {
    const grey = `#${share.toString(16).padStart(2, "0").repeat(3)}`;
    assert.ok(contrast(grey, readableOn(grey)) >= 4.5, grey);
  }
  assert.equal(contrast("#000000", "#ffffff"), 21);
});
