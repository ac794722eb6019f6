// Numbers of learning curves: axes, ticks, and the point of a line at a place.

import { niceAbove } from "../shared/numbers.js";

/**
 * @typedef {object} Line
 * @property {number} row of the table
 * @property {number} part 0 for validation, 1 for training
 * @property {number} colour
 * @property {boolean} drawn
 * @property {number[]} x epochs, or seconds
 * @property {(number | null)[]} y as drawn
 * @property {(number | null)[]} measured
 * @property {number} [kept] index of the epoch that is kept
 */

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} alt
 * @property {boolean} log
 * @property {number | null} top the highest value that can be
 * @property {Line[]} lines
 * @property {[number, number][]} bands between which lines there is one
 */

/** @typedef {[number, number]} Range */

const LINE_HEIGHT_LOG = 0.05; // of a decade, above and below a single value

/**
 * Round values from low to high, at most so many.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function linearTicks(low, high, most) {
  const step = niceAbove((high - low) / Math.max(most, 1));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // From whole numbers, so that 0.1 three times is 0.3.
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * Values from low to high on a logarithmic axis: 1, 2 and 5 of each decade, or the decades alone.
 * @param {number} low greater than 0
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function logTicks(low, high, most) {
  for (const factors of [[1, 2, 5], [1]]) {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      found.push(...factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))));
    }
    const shown = found.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
    if (shown.length >= 2 && shown.length <= most) return shown;
  }
  return [low, high];
}

/**
 * The values that a panel shows: all that can be, or, in a part of the axis, those there.
 * @param {Panel} panel
 * @param {Range | null} view the part of the horizontal axis; null for all
 * @returns {Range}
 */
export function valueRange(panel, view) {
  /** @type {number[]} */
  const values = [];
  for (const line of panel.lines) {
    line.x.forEach((x, i) => {
      if (view && (x < view[0] || x > view[1])) return;
      for (const value of [line.y[i], line.measured[i]]) {
        if (value !== null && (!panel.log || value > 0)) values.push(value);
      }
    });
  }
  if (!values.length) return panel.log ? [0.1, 1] : [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (panel.log) {
    const margin = 10 ** LINE_HEIGHT_LOG;
    return [low / margin, high * margin];
  }
  if (!view) return panel.top === null ? [Math.min(low, 0), high > 0 ? high * 1.05 : 1] : [Math.min(low, 0), panel.top];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.05 || 0.05;
  return [low - margin, high + margin];
}

/**
 * All of the horizontal axis.
 * @param {Panel[]} panels
 * @param {string} by "epochs" or "time"
 * @returns {Range}
 */
export function placeRange(panels, by) {
  const last = Math.max(0, ...panels.flatMap((panel) => panel.lines.map((line) => line.x.at(-1) ?? 0)));
  return by === "epochs" ? [1, Math.max(last, 2)] : [0, last || 1];
}

/**
 * The index of a line's point at a place, -1 where it has none there.
 * @param {number[]} xs ascending
 * @param {number | null} place null for the last one
 * @param {string} by at this epoch, or the last one that had ended at this time
 */
export function pointAt(xs, place, by) {
  if (place === null) return xs.length - 1;
  return by === "epochs" ? xs.indexOf(place) : xs.findLastIndex((x) => x <= place);
}

/**
 * A value of the table: three digits after the point, more for what is small.
 * @param {number | null | undefined} value
 */
export function valueText(value) {
  if (value === null || value === undefined) return "–";
  return value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(2) : value.toFixed(3);
}

/**
 * A length of time: `36 s`, `12 min 5 s`, `3 h 20 min`.
 * @param {number} seconds
 */
export function timeText(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.floor((whole % 3600) / 60);
  return `${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
}

/**
 * Ticks of the horizontal axis: whole epochs, or times of a clock.
 * @param {Range} range
 * @param {string} by
 * @param {number} most
 * @returns {number[]}
 */
export function placeTicks([low, high], by, most) {
  if (by === "epochs") return linearTicks(low, high, most).filter(Number.isInteger);
  const step = TIME_STEPS.find((each) => (high - low) / each <= most) ?? niceAbove((high - low) / most / 3600) * 3600;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(Math.floor(high / step + 1e-9) - first + 1, 0) }, (_, i) => (first + i) * step);
}

const TIME_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200];
