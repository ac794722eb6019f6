// Draws a sound over time: waveform, pictures and rows of marks, one below the other.

import { clamp, niceAbove } from "../shared/numbers.js";
import { drawMarks } from "./marks.js";

// Of the waveform, of the first picture, and of each one after it.
const HEIGHTS = { wave: 132, first: 168, next: 112 };
const LOW_HEIGHTS = { wave: 76, first: 112, next: 88 };
const ROW_HEIGHT = 22;
const CAPTION_HEIGHT = 20;
const TIME_AXIS_HEIGHT = 24;
const MIN_GUTTER = 54;
const MAX_GUTTER = 150;
const RIGHT_MARGIN = 10;
const TICK_WIDTH = 90; // room for one label of the time axis
const TICK_HEIGHT = 15;
const MIN_BAR_HEIGHT = 1; // so that a stretch of silence is a line and not nothing
const DOT_SPACING = 5; // pixels between samples from which each is a dot

/** @typedef {{ start: number, span: number }} View what is in view, in seconds */

/**
 * @typedef {object} Wave
 * @property {number} start seconds that it covers, to `stop`
 * @property {number} stop
 * @property {number} first seconds of its first point
 * @property {number} step seconds from point to point
 * @property {boolean} isSamples whether each point is a sample, and not the extremes of several
 * @property {Float32Array} low
 * @property {Float32Array} high
 * @property {(i: number) => number} timeOf
 */

/**
 * @typedef {object} Picture
 * @property {string} caption
 * @property {HTMLImageElement} image
 * @property {number} start_s
 * @property {number} stop_s
 * @property {[number, string][]} ticks heights, from 0 at the bottom to 1, and what is written there
 */

/** @typedef {{ label: string, marks: [number, number, number, string][] }} Row from, to, value and text */
/** @typedef {{ pictures: Picture[], rows: Row[], low?: boolean }} Arranged low: below a list, in one view with it */
/** @typedef {{ duration_s: number, overview: Wave } & Arranged} Clip */

export class Drawing {
  /** @param {HTMLElement} root has a stage with two canvases: the drawing, and the moving parts above it */
  constructor(root) {
    this.root = root;
    const find = (/** @type {string} */ selector) => /** @type {any} */ (root.querySelector(selector));
    this.stage = /** @type {HTMLElement} */ (find(".stage"));
    this.lower = /** @type {HTMLCanvasElement} */ (find(".drawing"));
    this.upper = /** @type {HTMLCanvasElement} */ (find(".overlay"));
    this.clip = /** @type {Arranged} */ ({ pictures: [], rows: [] });
    this.lanes = arrange(this.clip);
    this.hasDots = false;
    this.view = { start: 0, span: 1 };
    this.palette = readPalette(root);
    this.width = this.gutter = 0;
    this.plotWidth = 1;
  }

  /** @param {Arranged} clip */
  load(clip) {
    this.clip = clip;
    this.lanes = arrange(clip);
    this.stage.style.height = `${this.lanes.height}px`;
  }

  resize() {
    this.palette = readPalette(this.root);
    this.width = this.stage.clientWidth;
    [this.lower, this.upper].forEach((canvas) => fitCanvas(canvas, this.width, this.lanes.height));
    this.gutter = this.measureGutter();
    this.plotWidth = Math.max(this.width - this.gutter - RIGHT_MARGIN, 1);
  }

  measureGutter() {
    const context = this.begin(this.lower);
    const labels = this.clip.rows.map((row) => context.measureText(row.label).width + 12);
    return clamp(Math.max(0, ...labels), MIN_GUTTER, MAX_GUTTER);
  }

  /** @param {number} x in CSS pixels from the left of the stage */
  timeAt(x) {
    return this.view.start + (clamp(x - this.gutter, 0, this.plotWidth) / this.plotWidth) * this.view.span;
  }

  /** @param {number} time in seconds */
  xAt(time) {
    return this.gutter + ((time - this.view.start) / this.view.span) * this.plotWidth;
  }

  /**
   * Draws everything that does not move while the sound plays.
   * @param {View} view
   * @param {Wave} wave
   * @param {Picture | null} [close] of a part that has all of the view; drawn over the first picture
   */
  draw(view, wave, close = null) {
    this.view = view;
    const context = this.begin(this.lower);
    this.drawTimeAxis(context);
    this.drawWave(context, wave);
    this.clip.pictures.forEach((picture, i) => {
      this.drawPicture(context, picture, this.lanes.pictures[i], i === 0 ? close : null);
    });
    this.clip.rows.forEach((row, i) => this.drawRow(context, row, this.lanes.rows[i]));
  }

  /**
   * @param {number} playhead in seconds
   * @param {{ x: number } | null} pointer
   */
  drawOverlay(playhead, pointer) {
    const context = this.begin(this.upper);
    if (pointer) this.drawPointer(context, pointer);
    this.drawPlayhead(context, this.xAt(playhead));
  }

  /** @param {HTMLCanvasElement} canvas */
  begin(canvas) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(pixelRatio(), 0, 0, pixelRatio(), 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.font = this.palette.font;
    context.lineWidth = 1;
    return context;
  }

  inLane(context, lane, paint) {
    context.save();
    context.beginPath();
    context.rect(this.gutter, lane.top, this.plotWidth, lane.height);
    context.clip();
    paint();
    context.restore();
  }

  // --- axes and captions

  drawTimeAxis(context) {
    const { start, span } = this.view;
    const step = niceAbove((span / this.plotWidth) * TICK_WIDTH);
    const decimals = clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 9);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (let i = Math.ceil(start / step - 1e-9); i * step <= start + span * (1 + 1e-9); i += 1) {
      const x = Math.round(this.xAt(i * step)) + 0.5;
      context.strokeStyle = this.palette.line;
      strokeLine(context, x, this.lanes.wave.top, x, this.lanes.bottom + 4);
      const label = `${(i * step).toFixed(decimals)} s`;
      const half = context.measureText(label).width / 2;
      context.fillStyle = this.palette.faint;
      context.fillText(label, clamp(x, half, this.width - half), this.lanes.bottom + 8);
    }
  }

  drawCaption(context, caption, lane) {
    context.fillStyle = this.palette.faint;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(caption, this.gutter + 10, lane.top - 6); // clear of a playhead at 0 s
  }

  drawTick(context, label, y) {
    context.fillStyle = this.palette.faint;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(label, this.gutter - 7, y);
  }

  // --- waveform

  drawWave(context, wave) {
    const lane = this.lanes.wave;
    const [first, stop] = pointsInView(wave, this.view);
    const fullScale = niceScale(wave, first, stop);
    const yAt = (value) => lane.top + (lane.height / 2) * (1 - (0.94 * value) / fullScale);
    this.drawCaption(context, "Waveform", lane);
    [fullScale, 0, -fullScale].forEach((value) => this.drawAmplitude(context, value, yAt(value)));
    context.strokeStyle = this.palette.wave;
    context.fillStyle = this.palette.wave;
    this.inLane(context, lane, () => {
      if (wave.isSamples) this.drawSamples(context, wave, first, stop, yAt);
      else this.drawEnvelope(context, wave, first, stop, yAt);
    });
    this.hasDots = wave.isSamples && this.spacing(wave) >= DOT_SPACING;
  }

  drawAmplitude(context, value, y) {
    const line = Math.round(y) + 0.5;
    context.strokeStyle = this.palette.line;
    strokeLine(context, this.gutter, line, this.gutter + this.plotWidth, line);
    this.drawTick(context, String(Number(value.toPrecision(1))).replace("-", "−"), line);
  }

  spacing(wave) {
    return (wave.step / this.view.span) * this.plotWidth;
  }

  // One bar per bin: filling an outline through that many points takes longer than several frames.
  drawEnvelope(context, wave, first, stop, yAt) {
    for (let i = first; i < stop; i += 1) {
      const left = Math.floor(this.xAt(wave.timeOf(i - 0.5)));
      const right = Math.ceil(this.xAt(wave.timeOf(i + 0.5)));
      const top = yAt(wave.high[i]);
      context.fillRect(left, top, right - left, Math.max(yAt(wave.low[i]) - top, MIN_BAR_HEIGHT));
    }
  }

  drawSamples(context, wave, first, stop, yAt) {
    context.beginPath();
    for (let i = first; i < stop; i += 1) context.lineTo(this.xAt(wave.timeOf(i)), yAt(wave.high[i]));
    context.lineWidth = 1.4;
    context.lineJoin = "round";
    context.stroke();
    if (this.spacing(wave) < DOT_SPACING) return;
    for (let i = first; i < stop; i += 1) {
      context.beginPath();
      context.arc(this.xAt(wave.timeOf(i)), yAt(wave.high[i]), 2.6, 0, 2 * Math.PI);
      context.fill();
    }
  }

  // --- pictures and rows

  drawPicture(context, picture, lane, close) {
    const { caption, ticks } = picture;
    this.drawCaption(context, caption, lane);
    context.fillStyle = this.palette.panel;
    context.fillRect(this.gutter, lane.top, this.plotWidth, lane.height);
    this.drawImage(context, picture, lane);
    if (close) this.drawImage(context, close, lane);
    let lastY = Infinity;
    ticks.forEach(([height, label]) => {
      const y = Math.round(lane.top + lane.height * (1 - height)) + 0.5;
      if (lastY - y < TICK_HEIGHT) return;
      context.strokeStyle = this.palette.faint;
      strokeLine(context, this.gutter - 4, y, this.gutter, y);
      this.drawTick(context, label, y);
      lastY = y;
    });
  }

  drawImage(context, { image, start_s: start, stop_s: stop }, lane) {
    if (!image.complete || !image.naturalWidth) return;
    const left = this.xAt(start);
    const width = this.xAt(stop) - left;
    this.inLane(context, lane, () => context.drawImage(image, left, lane.top, width, lane.height));
  }

  drawRow(context, { label, marks }, lane) {
    const middle = lane.top + lane.height / 2;
    context.fillStyle = this.palette.text;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(shorten(context, label, this.gutter - 10), this.gutter - 7, middle);
    context.fillStyle = this.palette.panel;
    context.fillRect(this.gutter, lane.top + 2, this.plotWidth, lane.height - 4);
    const drawing = { palette: this.palette, xAt: (time) => this.xAt(time) };
    this.inLane(context, lane, () => drawMarks(context, marks, lane, drawing));
  }

  // --- pointer and playhead

  drawPointer(context, { x }) {
    const at = clamp(x, this.gutter, this.gutter + this.plotWidth);
    this.drawUpright(context, at, this.lanes.wave.top, 1, this.palette.faint);
  }

  drawPlayhead(context, x) {
    if (x < this.gutter - 1 || x > this.gutter + this.plotWidth + 1) return;
    const top = this.lanes.wave.top - 4;
    this.drawUpright(context, x, top, 2, this.palette.playhead);
    context.fillStyle = this.palette.playhead;
    context.beginPath();
    context.moveTo(x - 5, top - 5);
    context.lineTo(x + 5, top - 5);
    context.lineTo(x, top + 2);
    context.fill();
  }

  // A line through all lanes, with a rim that keeps it visible on any picture.
  drawUpright(context, x, top, width, colour) {
    context.globalAlpha = 0.6;
    context.strokeStyle = this.palette.background;
    context.lineWidth = width + 2;
    strokeLine(context, x, top, x, this.lanes.bottom);
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = width;
    strokeLine(context, x, top, x, this.lanes.bottom);
  }
}

// Where each lane lies, from the top: waveform, pictures, rows, time axis.
/** @param {Arranged} clip */
function arrange({ pictures, rows, low }) {
  const heights = low ? LOW_HEIGHTS : HEIGHTS;
  let bottom = 0;
  const place = (space, height) => {
    const lane = { top: bottom + space, height };
    bottom = lane.top + height;
    return lane;
  };
  const wave = place(CAPTION_HEIGHT, heights.wave);
  const placed = pictures.map((_, i) => place(CAPTION_HEIGHT + 6, i ? heights.next : heights.first));
  const lines = rows.map((_, i) => place(i ? 0 : 10, ROW_HEIGHT));
  return { wave, pictures: placed, rows: lines, bottom, height: bottom + TIME_AXIS_HEIGHT };
}

// Indices of the points of a waveform to draw: those in view, and a neighbour on each side.
function pointsInView({ first, step, high }, { start, span }) {
  const from = Math.floor((start - first) / step) - 1;
  const to = Math.ceil((start + span - first) / step) + 2;
  return [clamp(from, 0, high.length), clamp(to, 0, high.length)];
}

// Full scale: the next nice number above what is in view, so that quiet parts can be seen.
function niceScale({ high, low }, first, stop) {
  let peak = 0;
  for (let i = first; i < stop; i += 1) peak = Math.max(peak, high[i], -low[i]);
  return peak > 0 ? niceAbove(peak) : 1;
}

/**
 * Unpacks a waveform as `fsat_core.audio.packing` sends it.
 * @param {{ start_s: number, stop_s: number, first_s: number, step_s: number, scale: number, is_samples: boolean,
 *   low?: string, high: string }} packed
 * @returns {Wave}
 */
export function decodeWave({ start_s, stop_s, first_s, step_s, scale, is_samples, low, high }) {
  const decoded = decodeInt16(high, scale);
  return {
    start: start_s,
    stop: stop_s,
    first: first_s,
    step: step_s,
    isSamples: is_samples,
    high: decoded,
    low: low === undefined ? decoded : decodeInt16(low, scale),
    timeOf: (i) => first_s + i * step_s,
  };
}

function decodeInt16(text, scale) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Float32Array.from(new Int16Array(bytes.buffer), (level) => (level / 32767) * scale);
}

/**
 * @param {any} picture as the server sends it
 * @returns {Picture}
 */
export function decodePicture(picture) {
  const image = new Image();
  image.src = `data:image/jpeg;base64,${picture.jpeg}`;
  return { ...picture, image };
}

/**
 * Draws once, when all pictures are decoded. A damaged picture leaves its place empty.
 * @param {Picture[]} pictures
 * @param {() => void} draw
 */
export function whenDecoded(pictures, draw) {
  Promise.allSettled(pictures.map(({ image }) => image.decode())).then(draw);
}

function readPalette(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const [text, background] = [read("text-color"), read("background-color")];
  const [wave, playhead] = read("chart-categorical-colors").split(",");
  return {
    text,
    background,
    wave,
    playhead,
    faint: `color-mix(in srgb, ${text} 65%, ${background})`,
    line: `color-mix(in srgb, ${text} 12%, ${background})`,
    panel: read("secondary-background-color"),
    font: `12px ${read("font")}`,
  };
}

// A canvas of this size in CSS pixels, sharp on any screen.
function fitCanvas(canvas, width, height) {
  canvas.width = Math.round(width * pixelRatio());
  canvas.height = Math.round(height * pixelRatio());
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

export function pixelRatio() {
  return window.devicePixelRatio || 1;
}

function strokeLine(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function shorten(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
