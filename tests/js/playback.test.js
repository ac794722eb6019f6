import assert from "node:assert/strict";
import { test } from "node:test";

import { keepPlayback, readPlayback } from "../../ui/player/playback.js";
import { define } from "./fake.js";

test("where the browser keeps nothing, list and player still agree on autoplay until the page is left", async () => {
  define("localStorage", {
    getItem() {
      throw new Error("storage is forbidden");
    },
    setItem() {
      throw new Error("storage is forbidden");
    },
  });
  assert.equal(readPlayback().autoplay, false);
  keepPlayback({ ...readPlayback(), autoplay: true, speed: 1.5 });
  assert.equal(readPlayback().speed, 1.5);
  const path = "../../ui/player/playback.js?another";
  const copy = await import(path); // as in the script of the list
  assert.equal(copy.readPlayback().autoplay, true);
});
