// Dots, painted into an image pixel by pixel: without a graphics card that is the fastest that a browser has.

import { FULL } from "./places.js";

/** @typedef {[number, number, number]} Rgb */

const RING = 10; // colours from this one on are drawn as rings
const FAINT = 0.13;
const STRONG = 0.88;
const SCALE_STEPS = 256;
const NUM_LAYERS = 4; // faint, grey, in colour, and what is not to be hidden

/**
 * How much of each pixel of a small square a dot covers.
 * @param {number} radius in pixels
 * @param {boolean} isRing
 */
export function coverOf(radius, isRing) {
  const side = 2 * Math.ceil(radius) + 1;
  const middle = (side - 1) / 2;
  const cover = new Float32Array(side * side);
  const width = Math.max(radius * 0.4, 1);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const far = Math.hypot(x - middle, y - middle);
      const outside = Math.min(Math.max(radius - far + 0.5, 0), 1);
      const hole = isRing ? Math.min(Math.max(radius - width - far + 0.5, 0), 1) : 0;
      cover[y * side + x] = outside - hole;
    }
  }
  return { side, cover };
}

/**
 * What each clip is painted with.
 * @param {import("./places.js").Colours} colours
 * @param {{ groups: Rgb[], scale: Rgb[], grey: Rgb, background: Rgb }} theme
 */
export function paintOf(colours, theme) {
  if (!colours.groups.length) {
    const steps = Array.from({ length: SCALE_STEPS }, (_, i) => between(theme.scale, i / (SCALE_STEPS - 1)));
    const grey = between([theme.background, theme.grey], 0.6);
    return {
      rgbOf: (code) => (code === FULL ? grey : steps[Math.round((code / (FULL - 1)) * (SCALE_STEPS - 1))]),
      isRing: () => false,
      layerOf: (code) => (code === FULL ? 1 : code < FULL / 2 ? 2 : 3), // what is high is not hidden by what is low
    };
  }
  const of = colours.groups.map(({ colour }) => (colour < 0 ? theme.grey : theme.groups[colour % RING]));
  return {
    rgbOf: (code) => of[code],
    isRing: (code) => colours.groups[code].colour >= RING,
    layerOf: (code) => (colours.groups[code].colour < 0 ? 1 : 2),
  };
}

/**
 * A colour along a scale of some.
 * @param {Rgb[]} stops
 * @param {number} share from 0 to 1
 * @returns {Rgb}
 */
export function between(stops, share) {
  const at = share * (stops.length - 1);
  const first = Math.min(Math.floor(at), stops.length - 2);
  const part = at - first;
  return /** @type {Rgb} */ (stops[first].map((value, i) => value + (stops[first + 1][i] - value) * part));
}

/**
 * Give an image one colour.
 * @param {{ data: Uint8ClampedArray }} image
 * @param {Rgb} colour
 */
export function fill({ data }, colour) {
  data.set([...colour, 255]);
  for (let done = 4; done < data.length; done *= 2) data.copyWithin(done, 0, Math.min(done, data.length - done));
}

/**
 * Paint dots: the faint ones first, then grey ones, then the others.
 * @param {{ data: Uint8ClampedArray, width: number, height: number }} image of one colour
 * @param {ArrayLike<number>} xs in pixels of the image
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number>} codes
 * @param {ReturnType<typeof paintOf>} paint
 * @param {number} radius
 * @param {(i: number) => boolean} isFaint
 */
export function paintDots(image, xs, ys, codes, paint, radius, isFaint) {
  const { data, width, height } = image;
  const covers = [coverOf(radius, false), coverOf(radius, true)];
  const { side } = covers[0];
  const half = (side - 1) / 2;
  const layers = new Uint8Array(xs.length);
  for (let i = 0; i < xs.length; i += 1) layers[i] = isFaint(i) ? 0 : paint.layerOf(codes[i]);
  for (let layer = 0; layer < NUM_LAYERS; layer += 1) {
    const strength = layer ? STRONG : FAINT;
    for (let i = 0; i < xs.length; i += 1) {
      if (layers[i] !== layer) continue;
      const left = Math.round(xs[i]) - half;
      const top = Math.round(ys[i]) - half;
      if (left < 0 || top < 0 || left + side > width || top + side > height) continue;
      const [red, green, blue] = paint.rgbOf(codes[i]);
      const { cover } = covers[paint.isRing(codes[i]) ? 1 : 0];
      for (let y = 0, k = 0; y < side; y += 1) {
        let at = ((top + y) * width + left) * 4;
        for (let x = 0; x < side; x += 1, k += 1, at += 4) {
          const share = cover[k] * strength;
          if (!share) continue;
          data[at] += (red - data[at]) * share;
          data[at + 1] += (green - data[at + 1]) * share;
          data[at + 2] += (blue - data[at + 2]) * share;
        }
      }
    }
  }
}
