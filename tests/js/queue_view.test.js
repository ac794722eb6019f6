import assert from "node:assert/strict";
import { test } from "node:test";

import { QueueView } from "../../ui/label/queue_view.js";

/** @param {any} facts */
const view = ({ marks = "", undo = [], ops = [] }) =>
  new QueueView({ queue: 1, annotator: "ada", marks, undo }, ops.map((/** @type {any} */ op) => ({ queue: 1, annotator: "ada", ...op })));

test("operations of another queue or another person do not show", () => {
  const other = [{ at: 0, action: "accept", queue: 2 }, { at: 0, action: "accept", annotator: "bob" }];
  assert.equal(view({ marks: "--", ops: other }).marks.join(""), "--");
});

test("the next clip that is left is looked for behind, then from the start", () => {
  const queue = view({ marks: "-a-x" });
  assert.deepEqual([0, 1, 2, 3].map((at) => queue.nextLeft(at)), [2, 2, 0, 0]);
  assert.equal(view({ marks: "ar" }).nextLeft(0), -1);
});

test("so many that are left, from a position on", () => {
  assert.deepEqual(view({ marks: "-a-x--" }).left(1, 2), [2, 4]);
  assert.deepEqual(view({ marks: "-a-x--" }).left(5, 8), [5]);
});

test("a queue is finished when nothing is left", () => {
  assert.equal(view({ marks: "ar" }).isFinished, true);
  assert.equal(view({ marks: "a-" }).isFinished, false);
});

test("what is on its way counts before what is stored", () => {
  const stored = { mine: { action: "accept", labels: "Bark" } };
  const op = { at: 0, action: "relabel", labels: "Meow", token: "t" };
  assert.equal(view({ marks: "a" }).mine(0, stored).action, "accept");
  assert.equal(view({ marks: "a", ops: [op] }).mine(0, stored).labels, "Meow");
  assert.equal(view({ marks: "-" }).mine(0, stored), null);
});

test("undo takes the last one that is not taken back yet, stored or on its way", () => {
  const undo = [{ token: "s1", at: [0] }, { token: "s2", at: [1] }];
  assert.equal(view({ marks: "aa-", undo }).last.token, "s2");
  assert.equal(view({ marks: "aa-", undo, ops: [{ action: "undo", undoes: "s2", at: [1] }] }).last.token, "s1");
  assert.equal(view({ marks: "aa-", undo, ops: [{ action: "accept", token: "t", batch: "", at: 2 }] }).last.token, "t");
});
