// The list of clips: goes from clip to clip, by hand and by key, and has the player play on.
//
// Only rows in view are elements, and only those around them have been sent. What is picked is drawn at once; the
// state "asked" tells the server, whose answer repeats its number `n`.

import { pageKey } from "../shared/keyboard.js";
import { clamp } from "../shared/numbers.js";
import { ASK_PLAYER, PLAYER_SAYS, announce, readPlayback } from "../player/playback.js";
import { describeRow, drawHead, drawRows } from "./rows.js";
import { ROW_HEIGHT, firstInView, heightOf, scrollTo } from "./scrolling.js";

const HEAD_HEIGHT = 32;
const LOOK_MS = 60; // without scrolling, until rows are asked for
const PLAYER_KEYS = { l: "loop", o: "autoplay", "[": "slower", "]": "faster" };
const STEP_KEYS = { n: 1, j: 1, p: -1, k: -1 };

/** @typedef {{ id: string, cells: string[], broken: boolean }} Row */

export class ClipList {
  /**
   * @param {HTMLElement} root
   * @param {import("../shared/scope.js").Scope} scope
   */
  constructor(root, scope) {
    this.root = root;
    this.scope = scope;
    const find = (/** @type {string} */ selector) => /** @type {any} */ (root.querySelector(selector));
    this.view = /** @type {HTMLElement} */ (find(".view"));
    this.space = /** @type {HTMLElement} */ (find(".space"));
    this.body = /** @type {HTMLElement} */ (find(".rows"));
    this.place = /** @type {HTMLInputElement} */ (find(".place"));
    this.total = /** @type {HTMLElement} */ (find(".total"));
    this.head = /** @type {HTMLElement} */ (find(".head"));
    /** @type {any} */
    this.data = null; // the last answer
    /** @type {Map<number, Row>} */
    this.rows = new Map();
    this.at = 0;
    this.n = 0; // of what was asked last
    this.order = ""; // that was asked for and has not come
    this.isOnItsWay = false; // whether the player has yet to get the clip that is picked
    this.wish = false; // to play the clip that is on its way
    this.playing = ""; // the clip that plays, or will as soon as its sound is here
    this.byPointer = true; // whether the focus is where a pointer put it, and not Tab
    /** @type {(name: string, value: any) => void} */
    this.setState = () => {};
    this.stopLook = () => {};
    this.listen();
  }

  listen() {
    const { scope } = this;
    scope.on(this.view, "scroll", () => this.scroll());
    scope.on(this.space, "click", (event) => this.click(event));
    scope.on(this.space, "dblclick", (event) => this.pick(event, true));
    scope.on(this.head, "click", (event) => this.sort(event.target.closest(".sort")));
    scope.on(this.head, "mousedown", (event) => event.preventDefault());
    scope.on(this.view, "keydown", (event) => this.pressOwnKey(event));
    scope.on(this.place, "change", () => this.goToPlace());
    scope.on(document, "keydown", (event) => this.pressKey(event));
    scope.on(document, "pointerdown", () => (this.byPointer = true), { capture: true });
    scope.on(document, PLAYER_SAYS, (event) => this.hear(event.detail));
    scope.observeSize(this.view, () => this.draw());
  }

  // --- what the server says

  update({ data, setStateValue }) {
    this.setState = setStateValue;
    const isNew = data.list !== this.data?.list;
    if (isNew) this.rows.clear();
    this.data = data;
    data.rows.forEach(([id, broken, ...cells], i) => this.rows.set(data.first + i, { id, broken, cells }));
    const moved = isNew || (data.n === this.n && data.at !== this.at);
    if (moved) this.at = data.at;
    this.measure();
    if (isNew) this.view.scrollTop = 0;
    if (moved && !(isNew && this.order)) this.reveal();
    const isAnswered = data.n >= this.n;
    if (data.order === this.order || isAnswered) this.order = "";
    if (this.rows.get(this.at)?.broken) this.isOnItsWay = false;
    if (this.isOnItsWay && isAnswered) announce(ASK_PLAYER, { action: "report" }); // of there and back, it has not left
    this.draw();
  }

  // What was asked for and has not been answered goes along: of two messages the server may see the last one alone.
  // If it sees both, the list may be another one by now, in which the clip has another place.
  ask() {
    this.n = Math.max(this.n, this.data.n) + 1;
    const [at, first] = [this.at, Math.floor(this.firstInView)];
    const clip = this.rows.get(at)?.id ?? "";
    this.setState("asked", { list: this.data.list, n: this.n, at, clip, first, order: this.order });
  }

  // Ask for rows that are in view and have not come, once scrolling rests.
  look() {
    this.stopLook();
    if (!this.inView.every((at) => this.rows.has(at))) this.stopLook = this.scope.after(LOOK_MS, () => this.ask());
  }

  // --- going from clip to clip

  go(to, play = false) {
    const at = clamp(Math.round(to), 0, this.data.total - 1);
    if (at === this.at) {
      if (play && !(this.isWaiting && this.wish)) this.toggle();
      return this.draw();
    }
    const isWanted = play || this.playing !== "" || this.wish || readPlayback().autoplay;
    this.isOnItsWay = true;
    this.at = at;
    this.wishFor(isWanted);
    this.reveal();
    this.draw();
    this.ask();
  }

  // The row of the field; an empty field is filled in again.
  goToPlace() {
    const row = this.place.valueAsNumber;
    if (Number.isNaN(row)) this.place.value = String(this.at + 1);
    else this.go(row - 1);
  }

  /** @param {{ what: string, clip?: string, isPlaying?: boolean, by?: number }} said */
  hear({ what, clip = "", isPlaying = false, by = 0 }) {
    if (!this.data) return;
    if (what === "step") this.go(this.at + by);
    if (what === "toggle") this.toggle();
    if (what === "loaded") this.arrive(clip);
    if (what === "ended" && readPlayback().autoplay) this.playOn();
    if (what === "playing") {
      this.playing = isPlaying ? clip : "";
      this.draw();
    }
  }

  // A clip that was passed on the way is not played.
  arrive(clip) {
    const picked = this.rows.get(this.at)?.id;
    if (picked ? picked !== clip : this.data.n < this.n) return;
    const { wish } = this;
    this.isOnItsWay = this.wish = false; // before it plays: a sound that was over by then wishes for the next one
    if (wish) announce(ASK_PLAYER, { action: "play" });
  }

  // Whether the player has another clip, or none, so that playing is a wish: for the clip that is picked, or where
  // that cannot be read, for the next one.
  get isWaiting() {
    return this.isOnItsWay || Boolean(this.rows.get(this.at)?.broken);
  }

  // Play or pause the clip that is picked, and not the one that it follows.
  toggle() {
    if (this.isWaiting) this.wishFor(!this.wish);
    else announce(ASK_PLAYER, { action: "toggle" });
  }

  // Whether the clip that is on its way is to play: at once, where its sound is here before its drawing.
  wishFor(isWanted) {
    this.wish = isWanted;
    announce(ASK_PLAYER, { action: "leave" });
    const clip = this.rows.get(this.at)?.id;
    if (isWanted && clip) announce(ASK_PLAYER, { action: "ahead", clip });
  }

  playOn() {
    let next = this.at + 1;
    while (this.rows.get(next)?.broken) next += 1;
    if (next < this.data.total) this.go(next, true);
  }

  click(event) {
    this.pick(event, Boolean(event.target.closest(".play")));
  }

  pick(event, play) {
    const row = event.target.closest("[data-at]");
    if (row && !(event.type === "dblclick" && event.target.closest(".play"))) this.go(Number(row.dataset.at), play);
  }

  sort(button) {
    if (!button) return;
    const [first, second] = this.data.columns[Number(button.dataset.column)].orders;
    this.order = (this.order || this.data.order) === first ? second : first;
    this.ask();
  }

  // --- keys

  pressKey(event) {
    if (event.key === "Tab") this.byPointer = false;
    const key = pageKey(event, this.byPointer);
    if (!STEP_KEYS[key] && !PLAYER_KEYS[key] && key !== " ") return;
    event.preventDefault();
    if (STEP_KEYS[key]) this.go(this.at + STEP_KEYS[key]);
    else if (event.repeat) return; // a held key would switch to and fro
    else if (key === " ") this.toggle();
    else announce(ASK_PLAYER, { action: PLAYER_KEYS[key] });
  }

  pressOwnKey(event) {
    const page = Math.max(Math.floor(this.height / ROW_HEIGHT) - 1, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.target !== this.view || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") this.go(this.at, true);
    else if (steps[event.key]) this.go(clamp(this.at + steps[event.key], 0, this.data.total - 1));
    else return;
    event.preventDefault();
  }

  // --- drawing

  get height() {
    return Math.max(this.view.clientHeight - HEAD_HEIGHT, ROW_HEIGHT);
  }

  get firstInView() {
    return firstInView(this.data.total, this.view.scrollTop, this.height);
  }

  get inView() {
    const first = Math.floor(this.firstInView);
    const count = Math.min(Math.ceil(this.height / ROW_HEIGHT) + 1, this.data.total - first);
    return Array.from({ length: Math.max(count, 0) }, (_, i) => first + i);
  }

  measure() {
    this.space.style.height = `${heightOf(this.data.total)}px`;
  }

  reveal() {
    this.view.scrollTop = scrollTo(this.at, this.data.total, this.view.scrollTop, this.height);
  }

  scroll() {
    if (this.data) this.draw();
  }

  draw() {
    if (!this.data) return;
    const { data, inView } = this;
    const first = this.firstInView;
    drawHead(this.head, data.columns, data.order);
    const describe = (at) => {
      const row = this.rows.get(at);
      return describeRow(row, data.columns, at === this.at, row?.id === this.playing);
    };
    drawRows(this.body, Math.floor(first), inView.map(describe));
    this.body.style.transform = `translateY(${this.view.scrollTop - (first - Math.floor(first)) * ROW_HEIGHT}px)`;
    this.view.setAttribute("aria-rowcount", String(data.total + 1));
    if (inView.includes(this.at)) this.view.setAttribute("aria-activedescendant", `clip-${this.at}`);
    else this.view.removeAttribute("aria-activedescendant");
    this.total.textContent = `of ${data.total.toLocaleString("en")}`;
    this.place.max = String(data.total);
    if (!this.place.matches(":focus")) this.place.value = String(this.at + 1);
    Object.assign(this.root.dataset, { at: this.at, first: Math.floor(first), n: data.n, asked: this.n });
    this.look();
  }
}
