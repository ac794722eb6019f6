import assert from "node:assert/strict";
import { test } from "node:test";

import { ROW_HEIGHT, firstInView, heightOf, scrollTo } from "../../ui/clips/scrolling.js";

const HEIGHT = 10 * ROW_HEIGHT;

test("a short list scrolls row by row", () => {
  assert.equal(heightOf(100), 100 * ROW_HEIGHT);
  assert.equal(firstInView(100, 2.5 * ROW_HEIGHT, HEIGHT), 2.5);
});

test("all rows of a million are within what a browser draws, the last one at the very end", () => {
  const total = 1_000_000;
  assert.ok(heightOf(total) < 15_000_000);
  assert.equal(firstInView(total, 0, HEIGHT), 0);
  assert.ok(Math.abs(firstInView(total, heightOf(total) - HEIGHT, HEIGHT) - (total - 10)) < 1e-6);
});

test("a row in view needs no scrolling, another comes in at the nearer edge", () => {
  for (const total of [1_000, 1_000_000]) {
    const start = scrollTo(500, total, 0, HEIGHT);
    assert.ok(Math.abs(firstInView(total, start, HEIGHT) - 491) < 1e-6);
    assert.equal(scrollTo(495, total, start, HEIGHT), start);
    assert.ok(Math.abs(firstInView(total, scrollTo(480, total, start, HEIGHT), HEIGHT) - 480) < 1e-6);
  }
});

test("a list lower than its view stays where it is", () => {
  assert.equal(scrollTo(2, 3, 0, HEIGHT), 0);
  assert.equal(firstInView(3, 0, HEIGHT), 0);
});
