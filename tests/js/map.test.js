// The map's arithmetic: where dots are, which lie in an outline, and what is painted.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fill, paintDots, paintOf } from "../../ui/explore/dots.js";
import { Camera, boxOf, nearestTo, nextTowards, within } from "../../ui/explore/geometry.js";
import { decodeClips, decodeColours, inflateTexts, packBits } from "../../ui/explore/places.js";

const words = (/** @type {number[]} */ numbers) =>
  Buffer.from(new Uint8Array(Uint16Array.from(numbers).buffer)).toString("base64");

const THEME = /** @type {any} */ ({
  groups: [[255, 0, 0], ...Array(9).fill([0, 255, 0])],
  scale: [
    [0, 0, 0],
    [0, 0, 250],
  ],
  grey: [100, 100, 100],
  background: [255, 255, 255],
});

test("places come as numbers, names packed, and a choice goes back as bits", async () => {
  const clips = decodeClips({ key: "k", num: 2, places: words([0, 0, 65535, 65535]) });
  assert.deepEqual([[...clips.xs], [...clips.ys]], [[0, 1], [1, 0]]);
  const { deflateSync } = await import("node:zlib");
  const texts = [["curated/a.wav"], ["Bark"]];
  assert.deepEqual(await inflateTexts(deflateSync(JSON.stringify(texts)).toString("base64")), texts);
  assert.equal(packBits(Uint8Array.from([1, 0, 0, 1, 0, 0, 0, 0, 1])), Buffer.from([9, 1]).toString("base64"));
});

test("a zoom keeps the pixel that it is about, and ends at the whole map", () => {
  const camera = Object.assign(new Camera(), { width: 400, height: 200 });
  const at = (/** @type {number} */ x) => {
    const pixels = new Float32Array(1);
    camera.project([x], "x", pixels);
    return pixels[0];
  };
  const before = at(0.7);
  camera.zoomBy(3, before, 50);
  assert.ok(Math.abs(at(0.7) - before) < 1e-3);
  camera.pan(30, 0);
  assert.ok(Math.abs(at(0.7) - before - 30) < 1e-3);
  camera.zoomBy(0.01);
  assert.ok(camera.isWhole);
});

test("dots are found by the pointer, by keys and within an outline", () => {
  const [xs, ys] = [
    [0, 10, 20, 12],
    [0, 0, 0, 30],
  ];
  assert.equal(nearestTo(xs, ys, 11, 1, 5), 1);
  assert.equal(nearestTo(xs, ys, 100, 100, 5), -1);
  assert.equal(nextTowards(xs, ys, 0, [1, 0]), 1);
  assert.equal(nextTowards(xs, ys, 1, [0, 1]), 3);
  assert.equal(nextTowards(xs, ys, 2, [1, 0]), -1);
  assert.deepEqual([...within(xs, ys, boxOf([25, 10], [5, -10]))], [0, 1, 1, 0]);
  const angle = /** @type {[number, number][]} */ ([[-5, -5], [25, -5], [25, 40], [5, 40], [5, 5], [-5, 5]]);
  assert.deepEqual([...within(xs, ys, angle)], [1, 1, 1, 1]);
  assert.deepEqual([...within([0], [20], angle)], [0], "the corner is not of it");
});

test("dots have their group's colour, grey ones lie below, faint ones are pale", () => {
  const colours = decodeColours({
    key: "c",
    names: ["a", "b"],
    colours: [0, -1],
    counts: [1, 1],
    codes: words([0, 1]),
    rest: "b",
  });
  const image = { data: new Uint8ClampedArray(20 * 20 * 4), width: 20, height: 20 };
  const middle = () => [...image.data.slice((10 * 20 + 10) * 4, (10 * 20 + 10) * 4 + 3)];
  fill(image, [255, 255, 255]);
  assert.equal(Math.min(...image.data), 255);
  paintDots(image, [10, 10], [10, 10], colours.codes, paintOf(colours, THEME), 3, () => false);
  assert.ok(middle()[0] > 200 && middle()[1] < 40, "the coloured one is above, although it comes first");
  fill(image, [255, 255, 255]);
  paintDots(image, [10], [10], [0], paintOf(colours, THEME), 3, () => true);
  assert.ok(middle()[1] > 200);
});

test("a number has its place on the scale, and none is grey", () => {
  const scale = { key: "s", scale: "Suspicion", ends: ["low", "high"], num_known: 2, codes: words([0, 65534, 65535]), rest: "-" };
  const paint = paintOf(decodeColours(scale), THEME);
  assert.deepEqual([...paint.rgbOf(65534)], [0, 0, 250]);
  assert.deepEqual([0, 65534, 65535].map(paint.layerOf), [2, 3, 1]);
});
