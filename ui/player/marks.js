// A row of marks over time, and the numbers in it: the highest value never goes without its own.

import { clamp } from "../shared/numbers.js";

const PADDING = 3; // pixels between a mark's rim and its row's, and between two numbers
const LEAST_SHARE = 0.06; // of the colour, where the value is 0

/** @typedef {[number, number, number, string]} Mark from, to, value and text */
/** @typedef {{ panel: string, wave: string }} Palette */

/**
 * Draw the marks of a row, and their texts above all of them.
 * @param {CanvasRenderingContext2D} context
 * @param {Mark[]} marks
 * @param {{ top: number, height: number }} lane
 * @param {{ palette: Palette, xAt: (time: number) => number }} drawing
 */
export function drawMarks(context, marks, { top, height }, { palette, xAt }) {
  const inks = marks.map(([, , value]) => {
    const share = LEAST_SHARE + (1 - LEAST_SHARE) * clamp(value, 0, 1);
    return mix(normal(context, palette.wave), normal(context, palette.panel), share);
  });
  marks.forEach(([start, stop], i) => {
    context.fillStyle = inks[i];
    context.fillRect(xAt(start), top + PADDING - 1, Math.max(xAt(stop) - xAt(start), 1), height - 2 * PADDING + 2);
  });
  context.textAlign = "center";
  context.lineJoin = "round";
  context.lineWidth = 3;
  const widths = marks.map(([, , , text]) => context.measureText(text).width);
  const middles = marks.map(([start, stop]) => (xAt(start) + xAt(stop)) / 2);
  for (const i of placeTexts(marks, middles, widths)) {
    context.strokeStyle = inks[i]; // where a number is wider than its mark
    context.fillStyle = readableOn(inks[i]);
    const at = /** @type {const} */ ([marks[i][3], middles[i], top + height / 2]);
    context.strokeText(...at);
    context.fillText(...at);
  }
}

/**
 * Which marks show their text: the highest first, and then those that still find room.
 * @param {Mark[]} marks
 * @param {number[]} middles of the marks
 * @param {number[]} widths of the texts
 * @returns {number[]} their numbers
 */
export function placeTexts(marks, middles, widths) {
  const order = marks.map((_, i) => i).filter((i) => marks[i][3]);
  order.sort((a, b) => marks[b][2] - marks[a][2] || a - b);
  const placed = /** @type {number[]} */ ([]);
  const isFree = (i) =>
    placed.every((j) => Math.abs(middles[i] - middles[j]) >= (widths[i] + widths[j]) / 2 + 2 * PADDING);
  for (const i of order) if (isFree(i)) placed.push(i);
  return placed;
}

/** Black or white, whichever is read better on a colour: one of them always is, at 4.5 to 1 or more. */
export function readableOn(ground) {
  const [black, white] = ["#000000", "#ffffff"];
  return contrast(ground, black) > contrast(ground, white) ? black : white;
}

/** How two colours differ, from 1 to 21, as WCAG has it. */
export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = channels(colour)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// A colour with so much of the first in it.
function mix(colour, ground, share) {
  const grounds = channels(ground);
  const mixed = channels(colour).map((value, i) => Math.round(share * value + (1 - share) * grounds[i]));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

// A colour as `#rrggbb`, however the theme writes it: so a canvas answers.
function normal(context, colour) {
  context.fillStyle = colour;
  return context.fillStyle;
}
