import assert from "node:assert/strict";
import { test } from "node:test";

import { clamp, niceAbove } from "../../ui/shared/numbers.js";

test("clamp keeps a value between two others", () => {
  assert.deepEqual([-1, 0.5, 7].map((value) => clamp(value, 0, 1)), [0, 0.5, 1]);
});

for (const [smallest, nice] of [[1, 1], [1.1, 2], [2, 2], [3, 5], [5.01, 10], [0.03, 0.05], [730, 1000]]) {
  test(`the nice number above ${smallest} is ${nice}`, () => {
    assert.ok(Math.abs(niceAbove(smallest) / nice - 1) < 1e-12);
  });
}

test("a nice number that rounding put a little lower stays what it is", () => {
  assert.equal(niceAbove(0.1 + 0.1 + 1e-17), 0.2);
  assert.equal(niceAbove(2 * (1 + 1e-12)), 2);
});
