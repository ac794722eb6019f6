// Panels of learning curves under one hairline. Whatever new data come, it stays where it is, and so does the zoom.

import { clamp } from "../shared/numbers.js";
import { Plot, colourOf } from "./plot.js";
import { placeRange, pointAt, timeText, valueText } from "./scales.js";

const DRAG_THRESHOLD = 6; // pixels; less is a click
const KEY_ZOOM = 2;
const TIME_STEPS_IN_RANGE = 200;

/**
 * @typedef {object} Chart
 * @property {string} by "epochs" or "time"
 * @property {{ name: string, kept?: number | null }[]} rows
 * @property {string[]} parts
 * @property {import("./scales.js").Panel[]} panels
 */

export class Curves {
  /**
   * @param {HTMLElement} root
   * @param {import("../shared/scope.js").Scope} scope
   */
  constructor(root, scope) {
    this.root = root;
    this.scope = scope;
    const find = (/** @type {string} */ selector) => /** @type {any} */ (root.querySelector(selector));
    this.plotsElement = /** @type {HTMLElement} */ (find(".plots"));
    this.range = /** @type {HTMLInputElement} */ (find("input"));
    this.placeText = /** @type {HTMLElement} */ (find(".place"));
    this.table = /** @type {HTMLTableElement} */ (find("table"));
    this.latest = /** @type {HTMLButtonElement} */ (find(".latest"));
    this.wholeButton = /** @type {HTMLButtonElement} */ (find(".whole"));
    /** @type {Chart} */
    this.chart = { by: "", rows: [], parts: [], panels: [] };
    /** @type {Plot[]} */
    this.plots = [];
    /** @type {import("./scales.js").Range} */
    this.whole = [1, 2];
    /** @type {import("./scales.js").Range | null} */
    this.view = null;
    /** @type {number | null} */
    this.place = null; // of the hairline; null: each line's last value is in the table
    /** @type {number | null} */
    this.dragFrom = null;
    this.width = 0;
    this.listen();
  }

  listen() {
    const { scope } = this;
    scope.on(this.range, "input", () => this.pointTo(Number(this.range.value)));
    scope.on(this.range, "keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    scope.on(this.latest, "click", () => this.pointTo(null));
    scope.on(this.wholeButton, "click", () => this.zoomTo(null));
    scope.on(this.plotsElement, "dblclick", () => {
      this.place = null;
      this.zoomTo(null);
    });
    scope.on(this.table, "pointerover", (event) => this.stress(event.target.closest("tbody tr")));
    scope.on(this.table, "pointerleave", () => this.stress(null));
    scope.observeSize(this.root, () => {
      if (this.root.clientWidth !== this.width) this.draw();
    });
  }

  /** @param {import("../shared/component.js").Update} update */
  update({ data }) {
    if (data.by !== this.chart.by) this.view = this.place = null; // seconds are no epochs
    this.chart = data;
    this.setColours();
    while (this.plots.length < data.panels.length) this.addPlot();
    this.plots.splice(data.panels.length).forEach((plot) => plot.figure.remove());
    this.draw();
  }

  /** The theme's colours, by which lines are told apart. */
  setColours() {
    const colours = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors").split(",");
    colours.forEach((colour, i) => this.root.style.setProperty(`--line-${i}`, colour.trim()));
  }

  addPlot() {
    const plot = new Plot();
    this.plots.push(plot);
    this.plotsElement.append(plot.figure);
    const { scope } = this;
    const placeOf = (/** @type {PointerEvent} */ event) =>
      plot.placeAt(event.clientX - plot.svg.getBoundingClientRect().left);
    scope.on(plot.svg, "pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button !== 0) return;
      this.dragFrom = placeOf(event);
      plot.svg.setPointerCapture(event.pointerId);
    });
    scope.on(plot.svg, "pointermove", (event) => this.pointTo(placeOf(event)));
    scope.on(plot.svg, "pointerup", (event) => {
      const from = this.dragFrom;
      this.dragFrom = null;
      if (from === null) return;
      const to = placeOf(event);
      if (Math.abs(plot.xAt(to) - plot.xAt(from)) < DRAG_THRESHOLD) return this.showPlace();
      this.zoomTo([Math.min(from, to), Math.max(from, to)]);
    });
    scope.on(plot.svg, "pointercancel", () => {
      this.dragFrom = null;
      this.showPlace();
    });
  }

  /** @param {HTMLElement | null} row of the table, whose lines stand out */
  stress(row) {
    this.plots.forEach((plot) => plot.stress(row ? Number(row.dataset.row) : null));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const zoom = { "+": 1 / KEY_ZOOM, "=": 1 / KEY_ZOOM, "-": KEY_ZOOM }[event.key];
    if (zoom) this.zoomBy(zoom);
    else if (event.key === "0") this.zoomTo(null);
    else if (event.key === "Escape") this.pointTo(null);
    else return;
    event.preventDefault();
  }

  /** @param {number} factor of what is in view, around the hairline */
  zoomBy(factor) {
    const [low, high] = this.view ?? this.whole;
    const centre = this.place ?? high;
    const span = (high - low) * factor;
    const from = clamp(centre - span / 2, this.whole[0], Math.max(this.whole[1] - span, this.whole[0]));
    this.zoomTo([from, from + span]);
  }

  /** @param {import("./scales.js").Range | null} view */
  zoomTo(view) {
    const [low, high] = this.whole;
    if (view && this.chart.by === "epochs") {
      const from = clamp(Math.round(view[0]), low, high - 1);
      view = [from, Math.max(Math.round(view[1]), from + 1)];
    }
    this.view = view && view[1] - view[0] < high - low ? view : null;
    this.draw();
  }

  /** @param {number | null} place */
  pointTo(place) {
    this.place = place !== null && this.chart.by === "epochs" ? Math.round(place) : place;
    this.showPlace(place);
  }

  draw() {
    this.width = this.root.clientWidth;
    const { by, panels } = this.chart;
    this.whole = placeRange(panels, by);
    this.plots.forEach((plot, i) => plot.draw(panels[i], by, this.whole, this.view));
    const [low, high] = this.view ?? this.whole;
    this.range.min = String(low);
    this.range.max = String(high);
    this.range.step = by === "epochs" ? "1" : String((high - low) / TIME_STEPS_IN_RANGE);
    this.wholeButton.hidden = !this.view;
    this.showPlace();
  }

  /** @param {number | null} marked where a drag has come to */
  showPlace(marked = null) {
    const { by, panels } = this.chart;
    /** @type {import("./scales.js").Range | null} */
    const dragged = this.dragFrom !== null && marked !== null ? [this.dragFrom, marked] : null;
    this.plots.forEach((plot) => plot.point(this.place, dragged));
    this.range.value = String(this.place ?? Number(this.range.max));
    const words = by === "epochs" ? `Epoch ${this.place}` : `After ${timeText(this.place ?? 0)}`;
    this.placeText.textContent = this.place === null ? "Latest epoch" : words;
    this.range.setAttribute("aria-valuetext", this.placeText.textContent);
    this.latest.hidden = this.place === null;
    this.table.replaceChildren(this.tableHead(), this.tableBody(panels, by));
  }

  tableHead() {
    const { rows, parts, panels } = this.chart;
    const titles = cells("tr", [cell("td", ""), ...panels.map((panel) => cell("th", panel.title, parts.length))]);
    const below = cells("tr", [
      cell("td", ""),
      ...panels.flatMap((panel) => parts.map((part, i) => this.partCell(panel, part, i))),
    ]);
    if (rows.some((row) => "kept" in row)) {
      titles.append(cell("td", ""));
      below.append(cell("th", "Kept epoch"));
    }
    const head = document.createElement("thead");
    head.append(titles, below);
    return head;
  }

  /**
   * @param {import("./scales.js").Panel} panel
   * @param {string} part
   * @param {number} index
   */
  partCell(panel, part, index) {
    const element = cell("th", part);
    const colours = new Set(panel.lines.filter((line) => line.part === index).map((line) => line.colour));
    element.prepend(swatch(index > 0, colours.size === 1 ? [...colours][0] : null));
    return element;
  }

  /**
   * @param {import("./scales.js").Panel[]} panels
   * @param {string} by
   */
  tableBody(panels, by) {
    const body = document.createElement("tbody");
    this.chart.rows.forEach((row, i) => {
      const name = cell("th", row.name);
      const own = panels[0].lines.filter((line) => line.row === i && line.drawn);
      if (own.length && new Set(own.map((line) => line.colour)).size === 1) {
        name.prepend(swatch(false, own[0].colour));
      }
      const values = panels.flatMap((panel) =>
        this.chart.parts.map((_, part) => {
          const line = panel.lines.find((each) => each.row === i && each.part === part);
          return cell("td", valueText(line?.measured[pointAt(line.x, this.place, by)]));
        }),
      );
      if ("kept" in row) values.push(cell("td", String(row.kept ?? "–")));
      const element = cells("tr", [name, ...values]);
      element.dataset.row = String(i);
      body.append(element);
    });
    return body;
  }
}

/**
 * @param {"th" | "td"} name
 * @param {string} text
 * @param {number} columns
 */
function cell(name, text, columns = 1) {
  const element = document.createElement(name);
  element.textContent = text;
  if (columns > 1) element.colSpan = columns;
  return element;
}

/**
 * @param {string} name
 * @param {HTMLElement[]} children
 */
function cells(name, children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

/**
 * @param {boolean} isDashed
 * @param {number | null} colour null for that of the text
 */
function swatch(isDashed, colour) {
  const element = document.createElement("span");
  element.className = isDashed ? "swatch dashed" : "swatch";
  if (colour !== null) element.style.color = colourOf(colour);
  return element;
}
