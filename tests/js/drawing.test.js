import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeWave } from "../../ui/player/drawing.js";

/** @param {number[]} levels */
const pack = (levels) => Buffer.from(new Int16Array(levels).buffer).toString("base64");
const range = { start_s: 1, stop_s: 3, first_s: 1.5, step_s: 0.5, scale: 0.5 };

test("samples are one line: the lowest are the highest", () => {
  const wave = decodeWave({ ...range, is_samples: true, high: pack([32767, 0, -32767]) });
  assert.deepEqual([...wave.high], [0.5, 0, -0.5]);
  assert.equal(wave.low, wave.high);
  assert.equal(wave.isSamples, true);
});

test("an envelope has its own lowest values", () => {
  const wave = decodeWave({ ...range, is_samples: false, low: pack([-32767, 0]), high: pack([0, 32767]) });
  assert.deepEqual([[...wave.low], [...wave.high]], [[-0.5, 0], [0, 0.5]]);
  assert.equal(wave.isSamples, false);
});

test("a point's time counts from the first point", () => {
  const wave = decodeWave({ ...range, is_samples: true, high: pack([0, 0]) });
  assert.deepEqual([wave.start, wave.stop, wave.timeOf(0), wave.timeOf(3)], [1, 3, 1.5, 3]);
});
