// A view of a sound that zooms, and moves the playhead of the page's own audio element.
//
// The server sends the whole clip once (`overview`, `pictures`, `rows`). Where the view shows more than the
// overview resolves, the state "view" asks for that part, and the answer (`detail`) holds nothing else: its wave, and
// its spectrogram.

import { clamp } from "../shared/numbers.js";
import { Drawing, decodePicture, decodeWave, pixelRatio, whenDecoded } from "./drawing.js";
import { HINT, fillHint } from "./hint.js";
import { ASK_PLAYER, PLAYER_SAYS, announce } from "./playback.js";
import { Transport } from "./transport.js";

const MIN_SAMPLES_IN_VIEW = 16;
const DRAG_THRESHOLD = 4; // pixels; less is a click
const REQUEST_DELAY_MS = 120;
const LOOK_MS = 30; // until it is looked for the sound again
const VIEWS_BEFORE = 0.5; // what is asked for around the view, to pan and to play on without waiting
const VIEWS_AFTER = 1.5;
const FOLLOW_MIN_SPAN_S = 0.25; // a shorter view would flicker if it followed the playhead
const KEY_ZOOM = 2;
const KEY_PAN = 0.2;
const MEDIA_EVENTS = [
  "play",
  "pause",
  "ended",
  "seeking",
  "seeked",
  "timeupdate",
  "volumechange",
  "emptied",
  "loadstart",
  "loadedmetadata",
  "canplay",
  "error",
];

export class Player {
  /**
   * @param {HTMLElement} root
   * @param {import("../shared/scope.js").Scope} scope
   */
  constructor(root, scope) {
    this.root = root;
    this.scope = scope;
    this.stage = /** @type {HTMLElement} */ (root.querySelector(".stage"));
    this.drawing = new Drawing(root);
    /** @type {any} */
    this.clip = null; // what the server sent, decoded
    /** @type {(name: string, value: any) => void} */
    this.setState = () => {};
    this.view = { start: 0, span: 1 };
    /** @type {import("./drawing.js").Wave | null} */
    this.detail = null;
    /** @type {import("./drawing.js").Picture | null} */
    this.close = null; // the spectrogram of the part that `detail` is of
    this.lastRequest = "";
    /** @type {{ x: number, y: number } | null} */
    this.pointer = null;
    this.isDragging = false;
    this.drag = { x: 0, start: 0, moved: false };
    this.beforeClick = 0; // where the playhead was
    this.said = ""; // of what a list around it was last told
    this.transport = new Transport(this, scope);
    this.stopTick = () => {};
    this.stopWait = () => {};
    this.stopRequest = () => {};
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  find(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  /** @param {import("../shared/component.js").Update} update */
  update({ data, setStateValue }) {
    this.setState = setStateValue;
    if (data.overview && data.clip !== this.clip?.clip) this.load(data);
    if (data.clip !== this.clip?.clip) this.setState("view", null); // a new element: ask for the whole
    else if (data.detail) this.take(data.detail);
    if (this.clip) this.resize();
  }

  take(detail) {
    this.detail = decodeWave(detail);
    this.close = detail.picture ? decodePicture(detail.picture) : null;
    if (this.close) whenDecoded([this.close], () => this.draw());
  }

  load(data) {
    const isNew = data.label !== this.clip?.label; // or else it is drawn in another way
    if (!this.clip) this.listen();
    else if (isNew) this.rewind();
    this.clip = { ...data, overview: decodeWave(data.overview), pictures: data.pictures.map(decodePicture) };
    whenDecoded(this.clip.pictures, () => this.draw());
    this.detail = this.close = null;
    this.lastRequest = "";
    this.drawing.load(this.clip);
    this.root.setAttribute("aria-label", data.label);
    this.find(".hint").title = HINT; // where it is cut short
    this.stage.setAttribute("aria-label", `${data.label}: waveform and spectrogram. ${HINT}`);
    this.root.classList.toggle("is-listed", data.listed);
    this.root.classList.toggle("is-paired", data.paired);
    if (isNew) this.begin();
  }

  begin() {
    this.pointer = null;
    this.view = { start: 0, span: this.longest };
    if (!this.transport.goesOn()) {
      this.transport.leave();
      this.rewind();
    }
    this.awaitSound();
    this.report();
  }

  // Of two clips with the same sound, the second gets the first one's audio element without any event of it.
  awaitSound() {
    this.stopWait();
    if (this.audio) this.transport.hear("loadstart");
    else if (!this.clip.soundless) this.stopWait = this.scope.after(LOOK_MS, () => this.awaitSound());
  }

  listen() {
    const { scope } = this;
    const onStage = (type, handler) => scope.on(this.stage, type, handler, { passive: false });
    onStage("pointerdown", (event) => this.startDrag(event));
    onStage("pointermove", (event) => this.movePointer(event));
    onStage("pointerup", () => this.endDrag());
    onStage("pointercancel", () => this.endDrag());
    onStage("pointerleave", () => this.point(null));
    onStage("click", (event) => this.click(event));
    onStage("dblclick", () => this.doubleClick());
    onStage("wheel", (event) => this.turnWheel(event));
    onStage("keydown", (event) => this.pressKey(event));
    scope.on(document, PLAYER_SAYS, ({ detail }) => detail.what === "view" && this.followOther(detail));
    scope.on(document, ASK_PLAYER, ({ detail: { action, clip } }) => {
      if (this.clip.listed) this.transport.perform(action, clip);
    });
    // Media events do not bubble, but the capture phase sees them, whichever element React creates.
    const onMedia = (event) => (event.target === this.audio ? this.hear(event) : this.hearOther(event));
    MEDIA_EVENTS.forEach((type) => scope.on(document, type, onMedia, { capture: true }));
    scope.observeSize(this.stage, () => this.resize());
  }

  // Tell a list around it which clip this is.
  report() {
    this.tell({ what: "loaded", clip: this.clip.label });
  }

  // Tell a list around it.
  tell(detail) {
    if (this.clip.listed) announce(PLAYER_SAYS, detail);
  }

  // --- other sounds of the page

  // Of two clips that are compared, one is heard at a time.
  hearOther(event) {
    // The sound of the next clip, which is to be here before it is asked for.
    if (event.type === "loadstart" && event.target.closest(`.${this.clip.sound}`)) event.target.preload = "auto";
    if (this.clip.paired && event.type === "play") this.transport.pause();
  }

  // And both show the same stretch of time.
  followOther({ clip, start, span }) {
    if (!this.clip.paired || clip === this.clip.label) return;
    this.view = { start, span };
    this.draw();
    this.requestDetail();
  }

  // The most that is in view: of two clips that are compared, the length of the longer one.
  get longest() {
    return Math.max(this.clip.duration_s, this.clip.span_s);
  }

  // --- sound

  // The page's audio element, once it holds this clip: it may come later than the drawing.
  /** @returns {HTMLAudioElement | null} */
  get audio() {
    return this.soundOf(this.clip.label);
  }

  /** @returns {HTMLAudioElement | null} */
  soundOf(label) {
    const sounds = /** @type {NodeListOf<HTMLAudioElement>} */ (document.querySelectorAll(`.${this.clip.sound} audio`));
    return [...sounds].find((audio) => (audio.getAttribute("aria-label") ?? "") === label.trim()) ?? null;
  }

  // Clips with the same sound share one audio element, which would go on where the one before was.
  rewind() {
    if (this.audio) this.audio.currentTime = 0;
  }

  get playhead() {
    return Math.min(this.audio?.currentTime ?? 0, this.clip.duration_s);
  }

  get isPlaying() {
    return Boolean(this.audio && !this.audio.paused && !this.audio.ended);
  }

  hear(event) {
    if (event.type === "play") this.requestDetail();
    this.transport.hear(event.type);
    this.tick();
  }

  tick() {
    this.stopTick();
    if (this.isPlaying) this.follow();
    this.drawOverlay();
    if (this.isPlaying) this.stopTick = this.scope.frame(() => this.tick());
  }

  // Turns the page when the playhead has just left it, but not while the user looks elsewhere.
  follow() {
    const { start, span } = this.view;
    const passed = this.playhead - (start + span);
    if (span > FOLLOW_MIN_SPAN_S && passed > 0 && passed < span / 4) this.setView(start + span, span);
  }

  seek(time) {
    if (!this.audio) return;
    this.audio.currentTime = clamp(time, 0, this.clip.duration_s);
    this.tick();
  }

  // --- view

  get isWhole() {
    return this.view.span >= this.longest;
  }

  // The finest waveform available that covers the view.
  get wave() {
    const { overview } = this.clip;
    return this.detail && this.detailCovers(1) && this.detail.step < overview.step ? this.detail : overview;
  }

  get isResolved() {
    return this.resolves(this.wave);
  }

  resolves(wave) {
    return wave.isSamples || wave.step <= this.view.span / this.drawing.plotWidth;
  }

  // Whether the detail we have covers this many views, from the start of the current one.
  detailCovers(numViews) {
    const stop = Math.min(this.view.start + numViews * this.view.span, this.clip.duration_s);
    return this.detail && this.detail.start <= this.view.start && this.detail.stop >= stop;
  }

  setView(start, span) {
    this.view = { start: clamp(start, 0, this.longest - span), span };
    this.draw();
    this.requestDetail();
    if (this.clip.paired) announce(PLAYER_SAYS, { what: "view", clip: this.clip.label, ...this.view });
  }

  fit() {
    this.setView(0, this.longest);
  }

  // Zooms around a time that keeps its place on the screen.
  zoom(factor, time) {
    const { start, span } = this.view;
    const shortest = Math.min(MIN_SAMPLES_IN_VIEW / this.clip.sample_rate, this.clip.duration_s);
    const newSpan = clamp(span * factor, shortest, this.longest);
    this.setView(time - ((time - start) * newSpan) / span, newSpan);
  }

  zoomByKey(factor) {
    const { start, span } = this.view;
    const isInView = this.playhead > start && this.playhead < start + span;
    this.zoom(factor, isInView ? this.playhead : start + span / 2);
  }

  pan(share) {
    this.setView(this.view.start + share * this.view.span, this.view.span);
  }

  get needsDetail() {
    if (this.resolves(this.clip.overview)) return false;
    // While the sound plays, the next view is needed before the playhead gets there.
    return !this.detailCovers(this.isPlaying ? 2 : 1) || !this.resolves(this.detail);
  }

  requestDetail() {
    this.stopRequest();
    if (this.needsDetail) this.stopRequest = this.scope.after(REQUEST_DELAY_MS, () => this.sendRequest());
  }

  sendRequest() {
    const { start, span } = this.view;
    const request = {
      clip: this.clip.clip,
      start_s: Math.max(start - VIEWS_BEFORE * span, 0),
      stop_s: Math.min(start + (1 + VIEWS_AFTER) * span, this.clip.duration_s),
      num_points: Math.ceil((1 + VIEWS_BEFORE + VIEWS_AFTER) * 1.1 * this.drawing.plotWidth * pixelRatio()),
    };
    // Asking the same question again would get the same answer, and never stop if that is too coarse.
    if (JSON.stringify(request) === this.lastRequest) return;
    this.lastRequest = JSON.stringify(request);
    this.setState("view", request);
  }

  // --- pointer and keys

  pointerAt(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  startDrag(event) {
    if (event.button !== 0) return;
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.isDragging = true;
    this.drag = { x: this.pointerAt(event).x, start: this.view.start, moved: false };
  }

  movePointer(event) {
    const at = this.pointerAt(event);
    if (this.isDragging && !this.isWhole) {
      const moved = at.x - this.drag.x;
      this.drag.moved ||= Math.abs(moved) > DRAG_THRESHOLD;
      const start = this.drag.start - (moved / this.drawing.plotWidth) * this.view.span;
      if (this.drag.moved) this.setView(start, this.view.span);
    }
    this.point(at);
  }

  endDrag() {
    this.isDragging = false; // what it was is kept: the click that follows asks whether it moved
    this.stage.classList.remove("dragging");
  }

  point(at) {
    this.pointer = at;
    this.stage.classList.toggle("dragging", Boolean(this.isDragging && this.drag.moved));
    this.drawOverlay();
  }

  click(event) {
    if (this.drag.moved || event.detail > 1) return;
    this.beforeClick = this.playhead;
    this.seek(this.drawing.timeAt(this.pointerAt(event).x));
  }

  doubleClick() {
    this.seek(this.beforeClick); // its first click was no wish to seek
    this.fit();
  }

  turnWheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const isZoom = event.ctrlKey || event.metaKey; // a pinch on a touchpad comes as a wheel with Ctrl, too
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!isZoom && (!sideways || this.isWhole)) return; // the page scrolls
    event.preventDefault();
    if (isZoom) this.zoom(Math.exp(unit * event.deltaY * 0.0022), this.drawing.timeAt(this.pointerAt(event).x));
    else this.pan((unit * (event.deltaX || event.deltaY)) / this.drawing.plotWidth);
  }

  pressKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      " ": () => event.repeat || this.transport.press("toggle"), // a held key would play and pause
      "+": () => this.zoomByKey(1 / KEY_ZOOM),
      "=": () => this.zoomByKey(1 / KEY_ZOOM),
      "-": () => this.zoomByKey(KEY_ZOOM),
      0: () => this.fit(),
      ArrowLeft: () => this.pan(-KEY_PAN),
      ArrowRight: () => this.pan(KEY_PAN),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  // --- drawing

  resize() {
    this.drawing.resize();
    this.draw();
    this.requestDetail();
  }

  draw() {
    this.transport.draw();
    this.drawing.draw(this.view, this.wave, this.wave === this.detail ? this.close : null);
    this.drawOverlay();
  }

  drawOverlay() {
    this.drawing.drawOverlay(this.playhead, this.isDragging ? null : this.pointer);
    this.write();
    this.publish();
  }

  write() {
    const pixel = this.view.span / this.drawing.plotWidth;
    const decimals = clamp(Math.ceil(-Math.log10(pixel)), 2, 6);
    const at = this.pointer && this.drawing.timeAt(this.pointer.x).toFixed(decimals);
    const duration = this.clip.duration_s.toFixed(3);
    this.find(".readout").textContent = `${this.playhead.toFixed(3)} / ${duration} s`;
    fillHint(this.find(".hint"), at);
  }

  // Say whether the clip plays, or will as soon as its sound is here: who goes on now wants to hear the next one.
  say() {
    const isPlaying = this.isPlaying || this.transport.isWanted;
    const said = `${isPlaying} ${this.clip.label}`;
    if (said === this.said) return;
    this.said = said;
    this.tell({ what: "playing", clip: this.clip.label, isPlaying });
  }

  // What is in view, in seconds, and how it is drawn: for tests and for people who inspect the page.
  publish() {
    const { start, span } = this.view;
    Object.assign(this.root.dataset, {
      viewStart: start.toFixed(6),
      viewStop: (start + span).toFixed(6),
      playhead: this.playhead.toFixed(3),
      playing: this.isPlaying,
      drawn: this.drawing.hasDots ? "samples" : "envelope",
      resolved: this.isResolved,
      gutter: Math.round(this.drawing.gutter),
      clip: this.clip.label,
    });
    this.say();
  }
}
