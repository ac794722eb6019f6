// Where dots are on the canvas, and which of them lie near a point or within an outline.

import { clamp } from "../shared/numbers.js";

const MARGIN = 0.04; // of the canvas, around the whole map
const MOST_ZOOM = 60;

/** Turns places on the map, from 0 to 1, into pixels. */
export class Camera {
  constructor() {
    this.width = this.height = 1;
    this.zoom = 1;
    this.x = this.y = 0.5; // what is in the middle
  }

  get scale() {
    return Math.min(this.width, this.height) * (1 - 2 * MARGIN) * this.zoom;
  }

  get isWhole() {
    return this.zoom === 1 && this.x === 0.5 && this.y === 0.5;
  }

  showWhole() {
    this.zoom = 1;
    this.x = this.y = 0.5;
  }

  /** @param {number} dx @param {number} dy in pixels */
  pan(dx, dy) {
    this.x = clamp(this.x - dx / this.scale, 0, 1);
    this.y = clamp(this.y - dy / this.scale, 0, 1);
  }

  /** @param {number} factor @param {number} x @param {number} y the pixel that stays where it is */
  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const [left, top] = [(x - this.width / 2) / this.scale + this.x, (y - this.height / 2) / this.scale + this.y];
    this.zoom = clamp(this.zoom * factor, 1, MOST_ZOOM);
    if (this.zoom === 1) return this.showWhole();
    this.x = clamp(left - (x - this.width / 2) / this.scale, 0, 1);
    this.y = clamp(top - (y - this.height / 2) / this.scale, 0, 1);
  }

  /**
   * @param {ArrayLike<number>} values places along one axis
   * @param {"x" | "y"} axis
   * @param {Float32Array} pixels is filled
   */
  project(values, axis, pixels) {
    const middle = (axis === "x" ? this.width : this.height) / 2;
    const { scale } = this;
    const centre = this[axis];
    for (let i = 0; i < pixels.length; i += 1) pixels[i] = middle + (values[i] - centre) * scale;
  }
}

/**
 * The dot that is nearest to a point, no farther than `within`; -1 where there is none.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
export function nearestTo(xs, ys, x, y, within) {
  let best = -1;
  let least = within * within;
  for (let i = 0; i < xs.length; i += 1) {
    const far = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
    if (far <= least) [best, least] = [i, far];
  }
  return best;
}

/**
 * The dot that is next in a direction: near, and not far aside; -1 where there is none.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} from
 * @param {[number, number]} direction of length 1
 */
export function nextTowards(xs, ys, from, [dx, dy]) {
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < xs.length; i += 1) {
    const ahead = (xs[i] - xs[from]) * dx + (ys[i] - ys[from]) * dy;
    if (ahead <= 0) continue;
    const aside = (xs[i] - xs[from]) * dy - (ys[i] - ys[from]) * dx;
    const far = ahead + 3 * Math.abs(aside);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

/**
 * 1 for each dot within an outline.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {[number, number][]} outline closed by itself
 */
export function within(xs, ys, outline) {
  const inside = new Uint8Array(xs.length);
  const [left, right] = rangeOf(outline.map(([x]) => x));
  const [top, bottom] = rangeOf(outline.map(([, y]) => y));
  for (let i = 0; i < xs.length; i += 1) {
    const [x, y] = [xs[i], ys[i]];
    if (x < left || x > right || y < top || y > bottom) continue;
    for (let a = 0, b = outline.length - 1; a < outline.length; b = a, a += 1) {
      const [ax, ay] = outline[a];
      const [bx, by] = outline[b];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside[i] ^= 1;
    }
  }
  return inside;
}

/**
 * The corners of a box.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {[number, number][]}
 */
export function boxOf([ax, ay], [bx, by]) {
  return [
    [ax, ay],
    [bx, ay],
    [bx, by],
    [ax, by],
  ];
}

/** @param {number[]} values */
function rangeOf(values) {
  return [Math.min(...values), Math.max(...values)];
}
