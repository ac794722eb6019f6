import assert from "node:assert/strict";
import { test } from "node:test";

import {
  linearTicks,
  logTicks,
  placeRange,
  placeTicks,
  pointAt,
  timeText,
  valueRange,
  valueText,
} from "../../ui/curves/scales.js";

/** @param {Partial<import("../../ui/curves/scales.js").Line>} line */
const line = (line) => {
  const y = line.y ?? [];
  return { row: 0, part: 0, colour: 0, drawn: true, x: y.map((_, i) => i + 1), y, measured: line.y ?? [], ...line };
};
/** @param {Partial<import("../../ui/curves/scales.js").Panel>} panel */
const makePanel = (panel) => ({ title: "", alt: "", log: false, top: null, lines: [], bands: [], ...panel });

test("ticks are round, and none is left out at the ends", () => {
  assert.deepEqual(linearTicks(0, 1, 6), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(0.09, 0.31, 6), [0.1, 0.15, 0.2, 0.25, 0.3]);
  assert.deepEqual(placeTicks([1, 3], "epochs", 6), [1, 2, 3]);
  assert.deepEqual(placeTicks([0, 150], "time", 4), [0, 60, 120]);
});

test("a logarithmic axis has 1, 2 and 5 of a decade, or decades alone where these are many", () => {
  assert.deepEqual(logTicks(0.4, 3, 6), [0.5, 1, 2]);
  assert.deepEqual(logTicks(0.001, 100, 6), [0.001, 0.01, 0.1, 1, 10, 100]);
  assert.deepEqual(logTicks(1.1, 1.2, 6), [1.1, 1.2]);
});

test("a panel shows all that can be, and in a part of the axis what is there", () => {
  const panel = makePanel({ top: 1, lines: [line({ y: [0.1, 0.5, null, 0.9] })] });
  assert.deepEqual(valueRange(panel, null), [0, 1]);
  const [low, high] = valueRange(panel, [2, 4]);
  assert.ok(low > 0.45 && low < 0.5 && high > 0.9 && high < 0.95);
  assert.deepEqual(valueRange(makePanel({}), null), [0, 1]);
});

test("what is not above 0 does not count on a logarithmic axis", () => {
  const [low, high] = valueRange(makePanel({ log: true, lines: [line({ y: [0, -1, 2, 4] })] }), null);
  assert.ok(low > 1.5 && low < 2 && high > 4);
  assert.deepEqual(valueRange(makePanel({ log: true, lines: [line({ y: [0] })] }), null), [0.1, 1]);
});

test("the axis reaches to the last epoch, or to the end of the longest fold", () => {
  assert.deepEqual(placeRange([makePanel({ lines: [line({ y: [1] })] })], "epochs"), [1, 2]);
  const timed = [line({ x: [2, 4], y: [1, 1] }), line({ x: [3], y: [1] })];
  assert.deepEqual(placeRange([makePanel({ lines: timed })], "time"), [0, 4]);
});

test("a line has a value at its own epochs, and from one time to the next", () => {
  assert.equal(pointAt([1, 2, 3], 2, "epochs"), 1);
  assert.equal(pointAt([1, 2, 3], 4, "epochs"), -1);
  assert.equal(pointAt([2, 4], 3.9, "time"), 0);
  assert.equal(pointAt([2, 4], 1, "time"), -1);
  assert.equal(pointAt([1, 2, 3], null, "epochs"), 2);
});

test("values and times are short", () => {
  assert.deepEqual([0.71234, 0, 0.00123, null].map(valueText), ["0.712", "0.000", "0.0012", "–"]);
  assert.deepEqual([0.5, 36, 725, 12_000].map(timeText), ["0.5 s", "36 s", "12 min 5 s", "3 h 20 min"]);
});
