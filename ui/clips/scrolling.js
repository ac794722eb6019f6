// Which rows of a list of any length are in view.
//
// Browsers draw nothing far beyond ten million pixels, so a longer list is scrolled through in larger steps.

import { clamp } from "../shared/numbers.js";

export const ROW_HEIGHT = 30;
const MOST_PIXELS = 9_000_000;

/**
 * @param {number} total rows
 * @returns {number} pixels to scroll through
 */
export function heightOf(total) {
  return Math.min(total * ROW_HEIGHT, MOST_PIXELS);
}

// How many pixels of rows one pixel of scrolling passes.
function stepOf(total, height) {
  const hidden = heightOf(total) - height;
  return hidden > 0 ? (total * ROW_HEIGHT - height) / hidden : 1;
}

/**
 * The first row in view, with the part of it that is above.
 * @param {number} total rows
 * @param {number} scrollTop
 * @param {number} height of the view, in pixels
 */
export function firstInView(total, scrollTop, height) {
  return (scrollTop * stepOf(total, height)) / ROW_HEIGHT;
}

/**
 * Where to scroll to, so that a row is in view, by the shortest way.
 * @param {number} at
 * @param {number} total rows
 * @param {number} scrollTop
 * @param {number} height
 */
export function scrollTo(at, total, scrollTop, height) {
  const first = firstInView(total, scrollTop, height);
  const lowest = at + 1 - height / ROW_HEIGHT;
  const wanted = clamp(first, Math.min(lowest, at), at);
  return wanted === first ? scrollTop : (wanted * ROW_HEIGHT) / stepOf(total, height);
}
