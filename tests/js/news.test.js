import assert from "node:assert/strict";
import { test } from "node:test";

import { TabTitle, changedNames } from "../../ui/shared/news.js";

test("a cookie keeps the names of runs, each once and the latest ones", () => {
  assert.equal(changedNames("", "fsat_runs", { a: true }), "a");
  assert.equal(changedNames("other=1; fsat_runs=a~b; last=2", "fsat_runs", { c: true, a: false }), "b~c");
  assert.equal(changedNames("fsat_runs=a", "fsat_runs", { a: false }), "");
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`run${i}`, true]));
  const names = changedNames("", "fsat_runs", many).split("~");
  assert.deepEqual([names.length, names.at(-1)], [20, "run24"]);
});

test("a title stays over the page's own until it is taken back", () => {
  const page = { title: "Explore" };
  const tab = new TabTitle(/** @type {any} */ (page));
  tab.show("1/2 · Train");
  assert.equal(page.title, "1/2 · Train");
  page.title = "Clips"; // as Streamlit does when a page is drawn
  tab.keep();
  assert.equal(page.title, "1/2 · Train");
  tab.show("2/2 · Train");
  tab.show("");
  assert.equal(page.title, "Clips");
  page.title = "Label";
  tab.keep();
  assert.equal(page.title, "Label");
});
