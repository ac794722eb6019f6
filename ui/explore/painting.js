// What is drawn of a map: its dots, and above them the outline of a choice, rings, and the card of a clip.

import { fill, paintDots, paintOf } from "./dots.js";
import { FULL } from "./places.js";

const MANY = 3000; // clips, from which on dots are small
const MOST_GROWTH = 2.5;
const RING_PICKED = 9; // pixels
const RING_POINTED = 7;

/** @typedef {import("./map.js").SoundMap} SoundMap */

export class Painting {
  /** @param {SoundMap} map */
  constructor(map) {
    this.map = map;
    this.dots = /** @type {HTMLCanvasElement} */ (map.find(".dots"));
    this.overlay = /** @type {HTMLCanvasElement} */ (map.find(".overlay"));
    this.card = map.find(".card");
    this.ratio = 1; // pixels of the screen in one of the page
  }

  drawDots() {
    const { map, dots } = this;
    const { clips, colours, camera, theme, stage } = map;
    const { clientWidth: width, clientHeight: height } = stage;
    if (!width || !height || colours?.codes.length !== clips.num) return;
    this.ratio = devicePixelRatio || 1;
    Object.assign(camera, { width, height });
    camera.project(clips.xs, "x", map.xs);
    camera.project(clips.ys, "y", map.ys);
    const context = this.prepare(dots);
    const image = context.createImageData(dots.width, dots.height);
    fill(image, theme.background);
    const [xs, ys] = [map.xs, map.ys].map((all) => (this.ratio === 1 ? all : all.map((each) => each * this.ratio)));
    const radius = (clips.num < MANY ? 3.5 : 2) * Math.min(camera.zoom ** 0.4, MOST_GROWTH) * this.ratio;
    paintDots(image, xs, ys, colours.codes, paintOf(colours, theme), radius, map.faintness());
    context.putImageData(image, 0, 0);
    map.root.dataset.drawn = `${colours.key} ${map.numChosen} ${camera.zoom} ${camera.x} ${camera.y}`;
    this.drawOverlay();
  }

  drawOverlay() {
    const { map, ratio } = this;
    const context = this.prepare(this.overlay);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, map.camera.width, map.camera.height);
    if (map.drag?.moved && map.mode !== "move") this.drawOutline(context, map.drag.outline);
    context.strokeStyle = map.theme.text;
    context.lineWidth = 2;
    this.drawRing(context, map.picked, RING_PICKED);
    this.drawRing(context, map.pointed, RING_POINTED);
    this.drawCard();
  }

  /** @param {HTMLCanvasElement} canvas */
  prepare(canvas) {
    const { width, height } = this.map.camera;
    const [wide, high] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    if (canvas.width !== wide) canvas.width = wide;
    if (canvas.height !== high) canvas.height = high;
    return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {[number, number][]} outline
   */
  drawOutline(context, outline) {
    context.beginPath();
    outline.forEach(([x, y]) => context.lineTo(x, y));
    context.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = this.map.theme.accent;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = this.map.theme.accent;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }

  /** @param {CanvasRenderingContext2D} context */
  drawRing(context, clip, radius) {
    if (clip < 0) return;
    context.beginPath();
    context.arc(this.map.xs[clip], this.map.ys[clip], radius, 0, 2 * Math.PI);
    context.stroke();
  }

  drawCard() {
    const { card, map } = this;
    const clip = map.pointed;
    card.hidden = clip < 0 || !map.clips.ids.length;
    if (card.hidden) return;
    const name = document.createElement("b");
    name.textContent = map.clips.ids[clip].slice(map.clips.ids[clip].indexOf("/") + 1);
    const lines = new Set([map.clips.labels[clip].replaceAll(",", ", ") || "No label", this.valueOf(clip)]);
    if (map.sounds.isRefused && map.plays.checked) lines.add("Click a clip once: before that the browser plays nothing.");
    card.replaceChildren(name, ...[...lines].map(lineOf));
    const { width, height } = map.camera;
    const [x, y] = [map.xs[clip], map.ys[clip]];
    card.style.left = `${Math.max(Math.min(x + 12, width - card.offsetWidth - 4), 0)}px`;
    card.style.top = `${y + 14 + card.offsetHeight > height ? Math.max(y - 14 - card.offsetHeight, 0) : y + 14}px`;
  }

  // What colours a clip, in words.
  valueOf(clip) {
    /** @type {any} */
    const { codes, groups, rest, scale } = this.map.colours;
    if (!scale) return groups[codes[clip]].name;
    return codes[clip] === FULL ? rest : `${scale} ${(codes[clip] / (FULL - 1)).toFixed(2)}`;
  }
}

/** @param {string} text */
function lineOf(text) {
  const line = document.createElement("div");
  line.textContent = text;
  return line;
}
