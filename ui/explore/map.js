// A map of clips, painted on a canvas. Places come once, colours whenever they change; the server is told in the
// state "view" what is here, what is chosen, and what is to be heard.

import { Camera, boxOf, nearestTo, nextTowards, within } from "./geometry.js";
import { legendOf } from "./legend.js";
import { Painting } from "./painting.js";
import { decodeClips, decodeColours, inflateTexts, packBits } from "./places.js";
import { Sounds } from "./sounds_of_map.js";
import { readTheme } from "./theme.js";

const DRAG_THRESHOLD = 4; // pixels; less is a click
const REACH = 9; // pixels around a dot in which it is pointed at
const DWELL_MS = 120; // on a dot, until it is heard
const TELL_MS = 400; // after the first clips, until the server is told that they are here
const KEY_ZOOM = 1.6;
const KEY_PAN = 60; // pixels
const PICKED_SOUND = "st-key-map-player-sound";
const HOVER_SOUND = "st-key-map-hover-sound";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NO_CLIPS = { key: "", num: 0, xs: new Float32Array(), ys: new Float32Array(), ids: [], labels: [] };

export class SoundMap {
  /**
   * @param {HTMLElement} root
   * @param {import("../shared/scope.js").Scope} scope
   */
  constructor(root, scope) {
    this.root = root;
    this.scope = scope;
    this.stage = this.find(".stage");
    this.plays = /** @type {HTMLInputElement} */ (this.find(".sound input"));
    this.camera = new Camera();
    this.sounds = new Sounds(scope);
    /** @type {import("./places.js").Clips} */
    this.clips = NO_CLIPS;
    /** @type {import("./places.js").Colours | null} */
    this.colours = null;
    /** @type {Map<string, import("./places.js").Colours>} all that have come, by their keys */
    this.known = new Map();
    this.xs = new Float32Array(); // of the dots, in pixels of the stage
    this.ys = new Float32Array();
    this.chosen = new Uint8Array();
    this.numChosen = 0;
    /** @type {Set<number>} groups that stand out */
    this.stressed = new Set();
    this.mode = "lasso";
    this.pointed = -1; // the clip under the pointer, or that keys have gone to
    this.picked = -1;
    this.heard = -1; // the clip that is played while it is pointed at
    /** @type {{ from: [number, number], outline: [number, number][], adds: boolean, moved: boolean } | null} */
    this.drag = null;
    /** @type {(name: string, value: any) => void} */
    this.setState = () => {};
    this.stopDwell = () => {};
    this.stopTelling = () => {};
    this.stopFrame = () => {};
    this.theme = readTheme(root);
    this.painting = new Painting(this);
    this.listen();
    this.setMode("lasso");
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  find(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  // --- what the server says

  /** @param {import("../shared/component.js").Update} update */
  update({ data, setStateValue }) {
    this.setState = setStateValue;
    this.theme = readTheme(this.root);
    this.stage.setAttribute("aria-label", data.alt);
    const isNew = data.clips && data.clips.key !== this.clips.key;
    if (isNew) this.load(data.clips);
    if (data.colours) this.known.set(data.colours.key, decodeColours(data.colours));
    const colours = this.known.get(data.colours_key);
    if (colours && colours !== this.colours) {
      this.colours = colours;
      this.stressed.clear();
    }
    if (!colours || data.clips_key !== this.clips.key) this.tell(); // and ask for what is not here
    else if (isNew) this.tellLater();
    this.drawLegend();
    this.draw();
  }

  load(packed) {
    this.clips = decodeClips(packed);
    this.known.clear();
    this.xs = new Float32Array(packed.num);
    this.ys = new Float32Array(packed.num);
    this.picked = this.pointed = this.heard = -1;
    this.setChosen(new Uint8Array(packed.num));
    const { clips } = this;
    inflateTexts(packed.texts).then(([ids, labels]) => {
      clips.ids = ids;
      clips.labels = labels;
      this.root.dataset.clips = String(clips.num);
    });
  }

  // That these clips are here, so that they do not come again. Whatever is done before says it, too.
  tellLater() {
    this.stopTelling();
    this.stopTelling = this.scope.after(TELL_MS, () => this.tell());
  }

  tell() {
    this.stopTelling();
    this.setState("view", {
      clips: this.clips.key,
      colours: this.colours?.key ?? "",
      chosen: this.numChosen ? packBits(this.chosen) : "",
      picked: this.picked,
      heard: this.heard,
    });
  }

  // --- what people do

  listen() {
    const { scope, stage } = this;
    const on = (type, handler) => scope.on(stage, type, handler, { passive: false });
    on("pointerdown", (event) => this.startDrag(event));
    on("pointermove", (event) => this.movePointer(event));
    on("pointerup", (event) => this.endDrag(event));
    on("pointercancel", () => this.dropDrag());
    on("pointerleave", () => this.point(-1));
    on("dblclick", () => this.mode === "move" && this.showWhole());
    on("wheel", (event) => this.turnWheel(event));
    on("keydown", (event) => this.pressKey(event));
    scope.on(this.root, "click", (event) => this.press(event.target.closest("button")));
    scope.on(this.plays, "change", () => this.hear(-1));
    scope.observeSize(stage, () => this.draw());
  }

  press(button) {
    if (!button) return;
    const { mode, do: action, groups } = button.dataset;
    if (mode) this.setMode(mode);
    else if (groups) this.stress(button, groupsOf(button));
    else if (action === "clear") this.clear();
    else if (action === "whole") this.showWhole();
    else this.zoom(action === "in" ? KEY_ZOOM : 1 / KEY_ZOOM);
  }

  setMode(mode) {
    this.mode = mode;
    this.stage.classList.toggle("is-move", mode === "move");
    for (const button of this.root.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.mode === mode));
    }
  }

  // One group or several stand out; a second press takes it back.
  stress(button, groups) {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
    groups.forEach((group) => (isOn ? this.stressed.add(group) : this.stressed.delete(group)));
    this.draw();
  }

  leave() {
    if (this.drag) this.dropDrag();
    else this.clear();
  }

  clear() {
    this.setChosen(new Uint8Array(this.clips.num));
    this.tell();
    this.draw();
    this.stage.focus();
  }

  setChosen(chosen) {
    this.chosen = chosen;
    this.numChosen = chosen.reduce((sum, is) => sum + is, 0);
    const clips = this.numChosen === 1 ? "clip" : "clips";
    this.find(".count").textContent = this.numChosen ? `${this.numChosen.toLocaleString("en")} ${clips} chosen` : "";
    this.find(".clear").hidden = !this.numChosen;
  }

  /** @returns {[number, number]} */
  placeOf(event) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  startDrag(event) {
    if (event.button) return;
    event.preventDefault(); // no text is selected
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    const from = this.placeOf(event);
    this.drag = { from, outline: [from], adds: event.shiftKey, moved: false };
  }

  movePointer(event) {
    const place = this.placeOf(event);
    const { drag } = this;
    if (!drag) return this.point(nearestTo(this.xs, this.ys, ...place, REACH));
    drag.moved ||= Math.hypot(place[0] - drag.from[0], place[1] - drag.from[1]) >= DRAG_THRESHOLD;
    if (!drag.moved) return;
    this.point(-1);
    if (this.mode === "move") {
      this.camera.pan(place[0] - drag.from[0], place[1] - drag.from[1]);
      drag.from = place;
      this.draw();
      return;
    }
    if (this.mode === "box") drag.outline = boxOf(drag.from, place);
    else if (Math.hypot(place[0] - last(drag.outline)[0], place[1] - last(drag.outline)[1]) > 2) drag.outline.push(place);
    this.painting.drawOverlay();
  }

  endDrag(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (!drag.moved) this.pick(nearestTo(this.xs, this.ys, ...this.placeOf(event), REACH));
    else if (this.mode !== "move") this.choose(within(this.xs, this.ys, drag.outline), drag.adds);
    this.painting.drawOverlay();
  }

  dropDrag() {
    this.drag = null;
    this.painting.drawOverlay();
  }

  choose(inside, adds) {
    if (adds) this.chosen.forEach((is, i) => is && (inside[i] = 1));
    this.setChosen(inside);
    this.tell();
    this.draw();
  }

  toggle(clip) {
    const chosen = this.chosen.slice();
    chosen[clip] ^= 1;
    this.setChosen(chosen);
    this.tell();
    this.draw();
  }

  pick(clip) {
    if (clip < 0) return;
    this.picked = clip;
    this.heard = -1;
    this.tell();
    this.sounds.play(PICKED_SOUND, this.clips.ids[clip] ?? "");
    this.painting.drawOverlay();
  }

  point(clip) {
    if (clip === this.pointed) return;
    this.pointed = clip;
    this.stopDwell();
    if (this.plays.checked) this.stopDwell = this.scope.after(DWELL_MS, () => this.hear(clip));
    this.painting.drawOverlay();
  }

  hear(clip) {
    if (clip === this.heard) return;
    if (clip < 0) this.sounds.stop();
    this.heard = clip;
    this.tell();
    if (clip >= 0) this.sounds.play(HOVER_SOUND, this.clips.ids[clip] ?? "");
  }

  turnWheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.zoom(Math.exp(-unit * event.deltaY * 0.0022), ...this.placeOf(event));
  }

  zoom(factor, ...place) {
    this.camera.zoomBy(factor, ...place);
    this.draw();
  }

  showWhole() {
    this.camera.showWhole();
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  pressKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) {
      this.camera.pan(-arrow[0] * KEY_PAN, -arrow[1] * KEY_PAN);
      this.draw();
    } else if (arrow) this.goTo(arrow);
    else if (event.key === "Enter") this.pick(this.pointed);
    else if (event.key === " " && this.pointed >= 0) this.toggle(this.pointed);
    else if (event.key === "+" || event.key === "=") this.zoom(KEY_ZOOM);
    else if (event.key === "-") this.zoom(1 / KEY_ZOOM);
    else if (event.key === "0") this.showWhole();
    else if (event.key === "Escape" && (this.drag || this.numChosen)) this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // To the clip that is next in a direction; first to the one in the middle.
  goTo(arrow) {
    const { width, height } = this.camera;
    const isThere = this.pointed >= 0;
    const clip = isThere
      ? nextTowards(this.xs, this.ys, this.pointed, arrow)
      : nearestTo(this.xs, this.ys, width / 2, height / 2, Infinity);
    if (clip < 0) return;
    const [x, y] = [this.xs[clip], this.ys[clip]];
    if (x < 0 || y < 0 || x > width || y > height) {
      this.camera.pan(width / 2 - x, height / 2 - y);
      this.draw();
    }
    this.point(clip);
  }

  // --- drawing

  draw() {
    this.stopFrame();
    this.stopFrame = this.scope.frame(() => this.painting.drawDots());
  }

  /** @returns {(i: number) => boolean} */
  faintness() {
    const { chosen, numChosen, stressed, colours } = this;
    if (!numChosen && !stressed.size) return () => false;
    const codes = colours?.codes ?? [];
    return (i) => (numChosen > 0 && !chosen[i]) || (stressed.size > 0 && !stressed.has(codes[i]));
  }

  drawLegend() {
    if (!this.colours) return;
    this.find(".legend").replaceChildren(...legendOf(this.colours, this.theme));
    this.root.querySelectorAll("[data-groups]").forEach((button) => {
      const groups = groupsOf(/** @type {HTMLElement} */ (button));
      button.setAttribute("aria-pressed", String(groups.every((group) => this.stressed.has(group))));
    });
  }
}

/** @param {HTMLElement} button */
function groupsOf(button) {
  return (button.dataset.groups ?? "").split(" ").map(Number);
}

/** @param {[number, number][]} outline */
function last(outline) {
  return outline[outline.length - 1];
}
