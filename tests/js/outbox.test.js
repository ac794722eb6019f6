import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Outbox } from "../../ui/label/outbox.js";
import { FakeStorage, define } from "./fake.js";

/** @param {string} token */
const op = (token) => ({ token });
/** @param {string} scope */
const open = (scope) => {
  const outbox = new Outbox();
  outbox.open(scope);
  return outbox;
};

beforeEach(() => define("sessionStorage", new FakeStorage()));

test("what is not answered survives a reload", () => {
  open("a").add([op("1"), op("2")]);
  assert.deepEqual(open("a").ops, [op("1"), op("2")]);
});

test("what was decided on one database is not sent to another", () => {
  open("a").add([op("1")]);
  const outbox = open("b");
  assert.deepEqual(outbox.ops, []);
  outbox.open("a");
  assert.deepEqual(outbox.ops, [op("1")]);
});

test("what is answered goes, from the storage too; the rest stays in order", () => {
  const outbox = open("a");
  outbox.add([op("1"), op("2"), op("3")]);
  outbox.settle(["2", "unknown"]);
  assert.deepEqual(outbox.ops, [op("1"), op("3")]);
  assert.deepEqual(open("a").ops, [op("1"), op("3")]);
});

test("a storage that holds something else counts as empty", () => {
  sessionStorage.setItem("fsat-label-outbox:a", "{");
  assert.deepEqual(open("a").ops, []);
});

test("without a storage decisions are kept as long as the page", () => {
  define("sessionStorage", undefined);
  const outbox = open("a");
  outbox.add([op("1")]);
  assert.deepEqual(outbox.ops, [op("1")]);
});
