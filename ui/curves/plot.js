// One panel of learning curves as SVG: axes, bands and lines, and the hairline above them.

import { linearTicks, logTicks, placeTicks, pointAt, timeText, valueRange } from "./scales.js";

const HEIGHT = 220;
const MARGIN = { top: 8, right: 10, bottom: 22, left: 44 };
const TICK_WIDTHS = { epochs: 34, time: 72 };
const NUM_VALUE_TICKS = 5;
const COLOURS = 10; // of the theme
const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 * @returns {SVGElement}
 */
function make(name, attributes, text) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * The CSS value of a colour of the theme.
 * @param {number} index
 */
export function colourOf(index) {
  return `var(--line-${index % COLOURS})`;
}

export class Plot {
  constructor() {
    this.figure = document.createElement("figure");
    this.caption = document.createElement("figcaption");
    this.svg = make("svg", { role: "img", height: HEIGHT });
    this.hair = make("g", { class: "hair" });
    this.figure.append(this.caption, this.svg);
    this.width = 0;
    /** @type {import("./scales.js").Range} */
    this.places = [1, 2];
    /** @type {import("./scales.js").Range} */
    this.values = [0, 1];
    /** @type {import("./scales.js").Panel | null} */
    this.panel = null;
    this.by = "epochs";
  }

  /**
   * @param {import("./scales.js").Panel} panel
   * @param {string} by
   * @param {import("./scales.js").Range} whole
   * @param {import("./scales.js").Range | null} view
   */
  draw(panel, by, whole, view) {
    this.panel = panel;
    this.by = by;
    this.places = view ?? whole;
    this.values = valueRange(panel, view);
    this.width = Math.max(this.figure.clientWidth, MARGIN.left + MARGIN.right + 1);
    this.caption.textContent = panel.log ? `${panel.title}, logarithmic` : panel.title;
    this.svg.setAttribute("width", String(this.width));
    this.svg.setAttribute("aria-label", panel.alt);
    this.svg.replaceChildren(this.drawAxes(), this.drawLines(), this.hair);
  }

  /** @param {number} place */
  xAt(place) {
    const [low, high] = this.places;
    return MARGIN.left + ((place - low) / (high - low)) * (this.width - MARGIN.left - MARGIN.right);
  }

  /** @param {number} x in pixels from the left of the panel */
  placeAt(x) {
    const [low, high] = this.places;
    const share = (x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
    return low + Math.min(Math.max(share, 0), 1) * (high - low);
  }

  /** @param {number} value */
  yAt(value) {
    const scale = this.panel?.log ? Math.log : (/** @type {number} */ each) => each;
    const [low, high] = this.values.map(scale);
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + (1 - (scale(value) - low) / (high - low)) * height;
  }

  drawAxes() {
    const axes = make("g", { class: "axes" });
    const [left, right] = [MARGIN.left, this.width - MARGIN.right];
    const bottom = HEIGHT - MARGIN.bottom;
    const [low, high] = this.values;
    for (const value of (this.panel?.log ? logTicks : linearTicks)(low, high, NUM_VALUE_TICKS + 1)) {
      const y = this.yAt(value);
      axes.append(make("line", { x1: left, x2: right, y1: y, y2: y }));
      axes.append(make("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, String(Number(value.toPrecision(3)))));
    }
    for (const place of placeTicks(this.places, this.by, this.mostTicks())) {
      const text = this.by === "epochs" ? String(place) : timeText(place);
      axes.append(make("text", { x: this.xAt(place), y: bottom + 16, "text-anchor": "middle" }, text));
    }
    return axes;
  }

  mostTicks() {
    const width = this.width - MARGIN.left - MARGIN.right;
    return Math.max(Math.floor(width / (this.by === "epochs" ? TICK_WIDTHS.epochs : TICK_WIDTHS.time)), 1);
  }

  drawLines() {
    const lines = make("g", { class: "lines" });
    const id = `clip-${Math.random().toString(36).slice(2)}`;
    const clip = make("clipPath", { id });
    const size = { width: this.width - MARGIN.left - MARGIN.right + 8, height: HEIGHT - MARGIN.top - MARGIN.bottom + 8 };
    clip.append(make("rect", { x: MARGIN.left - 4, y: MARGIN.top - 4, ...size }));
    lines.setAttribute("clip-path", `url(#${id})`);
    lines.append(clip);
    const all = this.panel?.lines ?? [];
    for (const [low, high] of this.panel?.bands ?? []) {
      const around = [...points(all[high], "y"), ...points(all[low], "y").reverse()];
      lines.append(make("path", { d: `${this.path(around)}Z`, class: "band", fill: colourOf(all[low].colour) }));
    }
    for (const line of all.filter((each) => each.drawn)) {
      const style = { stroke: colourOf(line.colour), "data-row": line.row };
      const kind = line.part ? "training" : "validation";
      if (line.y.some((value, i) => value !== line.measured[i])) {
        lines.append(make("path", { d: this.path(points(line, "measured")), class: "measured", ...style }));
      }
      lines.append(make("path", { d: this.path(points(line, "y")), class: kind, ...style }));
      if (line.x.length === 1) lines.append(this.dot(line, 0, 3));
      if (line.kept !== undefined) lines.append(this.dot(line, line.kept, 4.5));
    }
    return lines;
  }

  /**
   * @param {import("./scales.js").Line} line
   * @param {number} index
   * @param {number} radius
   */
  dot(line, index, radius) {
    const value = line.y[index];
    if (value === null || (this.panel?.log && value <= 0)) return make("g", {});
    const at = { cx: this.xAt(line.x[index]), cy: this.yAt(value), r: radius };
    return make("circle", { ...at, fill: colourOf(line.colour), "data-row": line.row });
  }

  /** @param {[number, number | null][]} line with gaps where a value is null */
  path(line) {
    let text = "";
    let isPenDown = false;
    for (const [x, y] of line) {
      const isShown = y !== null && (!this.panel?.log || y > 0);
      if (isShown) text += `${isPenDown ? "L" : "M"}${this.xAt(x).toFixed(1)} ${this.yAt(y).toFixed(1)}`;
      isPenDown = isShown;
    }
    return text || "M0 0";
  }

  /**
   * The hairline with a dot on each line, and what is being marked to be zoomed into.
   * @param {number | null} place
   * @param {import("./scales.js").Range | null} marked
   */
  point(place, marked) {
    this.hair.replaceChildren();
    const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
    if (marked) {
      const [from, to] = marked.map((each) => this.xAt(each)).sort((a, b) => a - b);
      this.hair.append(make("rect", { x: from, y: top, width: to - from, height: bottom - top }));
    }
    if (place === null || place < this.places[0] || place > this.places[1]) return;
    const x = this.xAt(place);
    this.hair.append(make("line", { x1: x, x2: x, y1: top, y2: bottom }));
    for (const line of this.panel?.lines ?? []) {
      const index = pointAt(line.x, place, this.by);
      if (line.drawn && index >= 0 && line.x[index] >= this.places[0]) this.hair.append(this.dot(line, index, 3));
    }
  }

  /** @param {number | null} row the one whose lines stand out; null for all alike */
  stress(row) {
    this.svg.querySelectorAll("[data-row]").forEach((line) => {
      line.classList.toggle("dim", row !== null && Number(/** @type {SVGElement} */ (line).dataset.row) !== row);
    });
  }
}

/**
 * @param {import("./scales.js").Line} line
 * @param {"y" | "measured"} which
 * @returns {[number, number | null][]}
 */
function points(line, which) {
  return line.x.map((x, i) => [x, line[which][i]]);
}
