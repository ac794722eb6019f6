// The label board's side of the protocol; tests/unit/labels/board/test_protocol.py reads the same fixture.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as protocol from "../../ui/label/protocol.js";
import { QueueView } from "../../ui/label/queue_view.js";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/label_board_protocol.json", import.meta.url), "utf8"));
const { queue_id: queue, annotator, clip_ids: clipIds } = fixture.queue;

/** The queue as it was before any operation, with these on their way. */
const view = (/** @type {any[]} */ ops) =>
  new QueueView({ queue, annotator, marks: fixture.not_decided.repeat(clipIds.length), undo: [] }, ops);

test("the constants are those of the fixture", () => {
  assert.deepEqual(
    [protocol.NOT_DECIDED, protocol.LETTERS, protocol.UNDO, protocol.AHEAD, protocol.BEHIND],
    [fixture.not_decided, fixture.letters, fixture.undo, fixture.ahead, fixture.behind],
  );
});

for (const { name, ops, marks, undo, next_left: nextLeft } of fixture.cases) {
  test(`marks: ${name}`, () => assert.equal(view(ops).marks.join(""), marks));
  test(`undo: ${name}`, () => assert.deepEqual(view(ops).last, undo));
  test(`next: ${name}`, () => assert.equal(view(ops).nextLeft(nextLeft[0]), nextLeft[1]));
}

test("a decision has the fields of the fixture", () => {
  const data = { queue, annotator, run: "r" };
  const info = { clip_id: clipIds[0], labels: "Bark" };
  const op = protocol.makeDecision(data, info, { at: 0, action: "accept", labels: "Bark", denied: "", batch: "" });
  assert.deepEqual(Object.keys(op).sort(), [...fixture.fields.decision].sort());
  assert.deepEqual([op.clip_id, op.previous, op.run, op.annotator], [clipIds[0], "Bark", "r", annotator]);
});

test("an undo has the fields of the fixture", () => {
  const op = protocol.makeUndo({ queue, annotator, run: "" }, { token: "t1", at: [1, 2] });
  assert.deepEqual(Object.keys(op).sort(), [...fixture.fields.undo].sort());
  assert.deepEqual([op.action, op.undoes, op.at], ["undo", "t1", [1, 2]]);
});

test("keys of classes have the fields of the fixture", () => {
  const op = protocol.makeKeys({ queue, annotator, run: "" }, [{ key: "q", code: "KeyQ", label: "Howl" }]);
  assert.deepEqual(Object.keys(op).sort(), [...fixture.fields.keys].sort());
  assert.equal(op.action, fixture.keys);
});

test("each operation has a token of its own", () => {
  const tokens = Array.from({ length: 100 }, () => protocol.newToken());
  assert.equal(new Set(tokens).size, 100);
  assert.match(tokens[0], /^[0-9a-f]{32}$/);
});
