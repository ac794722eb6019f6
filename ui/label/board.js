import { decodePicture, decodeWave } from "../player/drawing.js";
import { sameLabels, splitLabels } from "./dom.js";
import { Grid } from "./grid.js";
import { Head } from "./head.js";
import { Help } from "./help.js";
import { OneClip } from "./one.js";
import { Outbox } from "./outbox.js";
import { Picker } from "./picker.js";
import { Post } from "./post.js";
import { AHEAD, BEHIND } from "./protocol.js";
import { PAGE, QueueView } from "./queue_view.js";
import { readSettings } from "./settings.js";
import { MOST_SOUNDS, Sounds } from "./sounds.js";

const MISSING_MS = 150; // until what did not come with an answer is asked for again
const LEAVING_MS = 300; // in which a click on the navigation has left the page
const RETRY_MS = 3000; // after the database could not be used

// What is shown, and what is asked of the server; what is done about it is in actions.js.
export class BoardView {
  constructor(root, scope) {
    this.root = root;
    this.scope = scope;
    this.data = null;
    this.infos = new Map(); // about clips, by position
    this.clips = new Map(); // their pictures, by clip_id
    this.at = 0;
    this.draft = null; // labels that are chosen and not confirmed
    this.selected = new Set(); // positions, in the grid
    this.notice = "";
    this.start = null; // where to begin with a queue that has just come
    this.refused = [];
    this.settings = readSettings();
    this.outbox = new Outbox();
    this.post = new Post(scope, (number) => this.send(number));
    this.sounds = new Sounds(scope, () => this.hear());
    this.head = new Head(this);
    this.one = new OneClip(this);
    this.grid = new Grid(this);
    this.picker = new Picker(this);
    this.help = new Help(this);
  }

  update({ data, setStateValue }) {
    this.setState = setStateValue;
    if (!this.data) this.listen();
    if (data.view !== this.data?.view) this.changeView(data);
    // A new session, after the server was away, has not got what the old one was sent.
    if (data.session !== this.data?.session) this.post.give(false);
    this.data = data;
    this.outbox.open(data.scope);
    this.outbox.settle([...data.stored, ...data.refused.map(([token]) => token)]);
    this.refused.push(...data.refused.map(([, reason]) => reason).filter((text) => !this.refused.includes(text)));
    Object.entries(data.infos).forEach(([at, info]) => this.takeInfo(Number(at), info));
    Object.entries(data.clips).forEach(([clipId, clip]) => this.clips.set(clipId, decodeClip(clip)));
    if (this.start !== null) this.settleIn();
    this.post.answer(data.n);
    this.draw(true);
    this.askForMore();
  }

  changeView(data) {
    const isNewQueue = data.queue !== this.data?.queue || data.annotator !== this.data?.annotator;
    this.infos.clear(); // labels and suggestions are others; sound and pictures stay
    this.start = isNewQueue ? data.start : null;
    if (!isNewQueue) return;
    this.draft = null;
    this.selected.clear();
  }

  // Begin with the first clip that is left, also by the decisions that are still on their way.
  settleIn() {
    const left = this.view.isDecided(this.start) ? this.view.nextLeft(this.start) : this.start;
    this.at = left >= 0 ? left : this.start;
    this.start = null;
  }

  takeInfo(at, info) {
    this.infos.set(at, info);
    if (!info.error && (this.clips.has(info.clip_id) || this.data.clips[info.clip_id])) this.sounds.load(info);
  }

  listen() {
    const { scope } = this;
    scope.on(window, "click", (event) => this.clickedAt(event.composedPath()), { capture: true });
    scope.on(window, "beforeunload", (event) => this.outbox.ops.length && event.preventDefault());
    scope.observeSize(this.root, () => this.one.resize());
    scope.add(() => (this.data = null)); // what may still be on its way draws nothing
  }

  // A click elsewhere may lead to another page, and Streamlit leaves that page empty when a message of this one
  // overtakes it. Only decisions do not wait.
  clickedAt(path) {
    if (!path.includes(this.root) && !this.outbox.ops.length) this.post.hold(LEAVING_MS);
  }

  hear() {
    if (!this.data) return;
    this.draw();
    this.askForMore();
  }

  // Where the focus is when nothing in particular has it: a page that has it is framed as a whole.
  focus() {
    this.root.focus({ preventScroll: true });
  }

  // --- what is shown

  // The queue with the decisions that are on their way.
  get view() {
    return new QueueView(this.data, this.outbox.ops);
  }

  get isGrid() {
    return this.settings.mode === "grid";
  }

  get info() {
    return this.infos.get(this.at) ?? null;
  }

  get labels() {
    return this.draft ?? splitLabels(this.info?.labels);
  }

  // What keys 1 to 9 stand for: the clip's labels, then the classes that the networks hear.
  get choices() {
    const own = splitLabels(this.info?.labels).map((name) => [name, null]);
    const likely = this.info?.likely ?? [];
    const known = new Set([...own, ...likely].map(([name]) => name));
    const added = this.labels.filter((name) => !known.has(name)).map((name) => [name, null]);
    return [...own, ...likely, ...added];
  }

  get isChanged() {
    return this.draft !== null && !sameLabels(this.draft, splitLabels(this.info?.labels));
  }

  get pageStart() {
    return Math.floor(this.at / PAGE) * PAGE;
  }

  // Positions that a decision is about.
  get targets() {
    return this.isGrid && this.selected.size ? [...this.selected].sort((a, b) => a - b) : [this.at];
  }

  isShown(at) {
    const info = this.infos.get(at);
    return Boolean(info && (info.error || this.clips.has(info.clip_id)));
  }

  isPlayable(at) {
    const info = this.infos.get(at);
    return this.isShown(at) && (Boolean(info.error) || this.sounds.isBroken(info.clip_id) || this.sounds.isReady(info.clip_id));
  }

  // --- what the server is asked for

  // The most wanted first. In the grid, this page and the next one.
  get wanted() {
    const last = this.view.length;
    const asked = this.isGrid
      ? Array.from({ length: 2 * PAGE }, (_, i) => this.pageStart + i)
      : [this.at, ...this.view.left(this.at + 1, AHEAD), this.at + 1, this.at - BEHIND];
    return [...new Set(asked)].filter((at) => at >= 0 && at < last);
  }

  // Whether a clip is here, or on its way.
  isHeld(at) {
    const info = this.infos.get(at);
    return Boolean(info && (info.error || (this.clips.has(info.clip_id) && this.sounds.has(info.clip_id))));
  }

  askForMore() {
    if (this.post.waiting) return;
    if (this.outbox.ops.length) this.post.ask(this.data.error ? RETRY_MS : 0);
    if (!this.wanted.every((at) => this.isHeld(at))) this.post.ask(MISSING_MS);
  }

  send(number) {
    const want = this.wanted;
    this.sounds.prune(want.map((at) => this.infos.get(at)?.clip_id));
    this.prunePictures(want);
    this.setState("post", {
      n: number,
      queue: this.data.queue,
      at: this.at,
      want,
      held: want.filter((at) => this.isShown(at)),
      heard: want.filter((at) => this.isShown(at) && this.sounds.isFetched(this.infos.get(at).clip_id)),
      ops: this.outbox.ops,
    });
  }

  prunePictures(want) {
    const wanted = new Set(want.map((at) => this.infos.get(at)?.clip_id));
    for (const clipId of this.clips.keys()) {
      if (this.clips.size <= MOST_SOUNDS) break;
      if (!wanted.has(clipId)) this.clips.delete(clipId);
    }
  }

  // --- drawing

  draw(all = false) {
    const { view } = this;
    this.arrive();
    this.head.draw(view);
    this.one.draw(view, all);
    this.grid.draw(view);
    this.publish(view);
    this.measure();
  }

  // Make the clip in view the one that plays, as soon as its sound is here.
  arrive() {
    if (!this.isPlayable(this.at)) return;
    this.sounds.choose(this.info.clip_id, this.settings);
    if (this.playsSoon) this.sounds.play();
    this.playsSoon = false;
  }

  // How long it took from a decision until the next clip was there to be played, for whoever inspects the page.
  measure() {
    if (this.decidedAt === undefined || !this.isPlayable(this.at)) return;
    performance.measure("label-playable", { start: this.decidedAt, end: performance.now() });
    this.decidedAt = undefined;
  }

  // What is shown, for tests and for whoever inspects the page.
  publish(view) {
    Object.assign(this.root.dataset, {
      at: this.at,
      clip: this.info?.clip_id ?? "",
      labels: this.labels.join(","),
      playable: this.isPlayable(this.at),
      playing: this.sounds.isPlaying,
      speed: this.settings.speed,
      pending: this.outbox.ops.length,
      marks: view.marks.join(""),
      selected: this.selected.size,
      mode: this.settings.mode,
    });
  }
}

function decodeClip({ duration_s: duration, overview, pictures }) {
  return { duration_s: duration, overview: decodeWave(overview), pictures: pictures.map(decodePicture), rows: [] };
}
