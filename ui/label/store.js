// The state of the board: the queue, the position in it, and the selection. Views subscribe to it and read it.

import { clamp } from "../shared/numbers.js";
import { sameLabels, splitLabels, toggled } from "./dom.js";
import { AHEAD, BEHIND, KEYS } from "./protocol.js";
import { PAGE, QueueView } from "./queue_view.js";

/** @typedef {(queue: QueueView, isAnswer: boolean) => void} Listener */

export class BoardStore {
  /**
   * @param {any} settings of this browser
   * @param {import("./outbox.js").Outbox} outbox
   */
  constructor(settings, outbox) {
    this.settings = settings;
    this.outbox = outbox;
    /** @type {any} the last answer of the server */
    this.data = null;
    this.infos = new Map(); // about clips, by position
    this.clips = new Map(); // their pictures, by clip_id
    this.at = 0;
    /** @type {{ labels: string[], denied: string[] } | null} chosen and not confirmed */
    this.draft = null;
    this.isDenying = false; // whether the next label that is chosen is denied
    this.selected = new Set(); // positions, in the grid
    this.notice = "";
    this.refused = [];
    this.start = null; // where to begin with a queue that has just come
    /** @type {Set<Listener>} */
    this.listeners = new Set();
  }

  /**
   * @param {Listener} listener is called after every change, in the order of subscriptions
   * @returns {() => void} ends the subscription
   */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tell the views. `isAnswer`: the change came from the server. */
  changed(isAnswer = false) {
    const { queue } = this;
    this.listeners.forEach((listener) => listener(queue, isAnswer));
  }

  // --- answers of the server

  /** What is new about a clip; of the one in view the keys that are shown stay where they are, whatever was learned. */
  steady(at, info) {
    const known = this.infos.get(at);
    if (at !== this.at || known?.labels !== info.labels) return info;
    return known.likely?.length || this.draft ? { ...info, likely: known.likely } : info;
  }

  /** Take in an answer, except its pictures, which must be decoded first. */
  take(data) {
    if (data.view !== this.data?.view) this.changeView(data);
    this.data = data;
    this.outbox.open(data.scope);
    this.outbox.settle([...data.stored, ...data.refused.map(([token]) => token)]);
    this.refused.push(...data.refused.map(([, reason]) => reason).filter((text) => !this.refused.includes(text)));
    Object.entries(data.infos).forEach(([at, info]) => this.infos.set(Number(at), this.steady(Number(at), info)));
    if (this.start !== null) this.settleIn();
  }

  changeView(data) {
    const isNewQueue = data.queue !== this.data?.queue || data.annotator !== this.data?.annotator;
    this.infos.clear(); // labels and suggestions are others; sound and pictures stay
    this.start = isNewQueue ? data.start : null;
    if (!isNewQueue) return;
    this.draft = null;
    this.selected.clear();
  }

  // Begin with the first undecided clip, counting decisions that are still on their way.
  settleIn() {
    const left = this.queue.isDecided(this.start) ? this.queue.nextLeft(this.start) : this.start;
    this.at = left >= 0 ? left : this.start;
    this.start = null;
  }

  // --- derived values

  // The queue including the decisions that are on their way.
  get queue() {
    return new QueueView(this.data, this.outbox.ops);
  }

  get isGrid() {
    return this.settings.mode === "grid";
  }

  get info() {
    return this.infos.get(this.at) ?? null;
  }

  get labels() {
    return this.draft?.labels ?? splitLabels(this.info?.labels);
  }

  // The keys of classes, including those that are on their way.
  get fixed() {
    const { data, outbox } = this;
    const op = outbox.ops.findLast(({ action, annotator }) => action === KEYS && annotator === data?.annotator);
    return op?.keys ?? data?.fixed ?? [];
  }

  // The classes that the clip certainly does not have.
  get denied() {
    return this.draft?.denied ?? splitLabels(this.info?.denied);
  }

  // The classes of keys 1 to 9: the clip's labels, the classes that the networks predict, then what is denied.
  get choices() {
    const own = splitLabels(this.info?.labels).map((name) => [name, null]);
    const likely = this.info?.likely ?? [];
    const known = new Set([...own, ...likely].map(([name]) => name));
    const denied = [...splitLabels(this.info?.denied), ...this.denied];
    const added = [...new Set([...denied, ...this.labels])].filter((name) => !known.has(name)).map((name) => [name, null]);
    return [...own, ...likely, ...added];
  }

  get isChanged() {
    const { draft, info } = this;
    if (!draft) return false;
    return !(sameLabels(draft.labels, splitLabels(info?.labels)) && sameLabels(draft.denied, splitLabels(info?.denied)));
  }

  get pageStart() {
    return pageOf(this.at) * PAGE;
  }

  // Positions of the grid's page.
  get onPage() {
    return Array.from({ length: PAGE }, (_, i) => this.pageStart + i).filter((at) => at < this.queue.length);
  }

  // The positions that the next decision applies to.
  get targets() {
    return this.isGrid && this.selected.size ? [...this.selected].sort((a, b) => a - b) : [this.at];
  }

  // The positions to fetch, the most urgent first: in the grid this page and the next one.
  get wanted() {
    const { queue } = this;
    const asked = this.isGrid
      ? Array.from({ length: 2 * PAGE }, (_, i) => this.pageStart + i)
      : [this.at, ...queue.left(this.at + 1, AHEAD), this.at + 1, this.at - BEHIND];
    return [...new Set(asked)].filter((at) => at >= 0 && at < queue.length);
  }

  // Where to go after deciding on these: the grid stays on its page while something is left on it.
  nextAfter(targets) {
    const { queue } = this;
    const isOnPage = (at) => pageOf(at) === pageOf(this.at);
    const onPage = this.isGrid ? queue.left(this.pageStart, PAGE).filter(isOnPage) : [];
    const next = onPage.length ? onPage.find((at) => at > targets.at(-1)) ?? onPage[0] : queue.nextLeft(this.at);
    return next >= 0 ? next : this.at;
  }

  // Whether this annotator's standing decision on a clip is this one.
  isDecidedSo(at, { action, labels, denied }) {
    const mine = this.queue.mine(at, this.infos.get(at));
    const isSame = (one, other) => sameLabels(splitLabels(one), splitLabels(other));
    return mine?.action === action && isSame(mine.labels, labels) && isSame(mine.denied, denied);
  }

  // What is said of a clip now, by this annotator or before.
  shownOn(at) {
    const info = this.infos.get(at);
    const mine = info && this.queue.mine(at, info);
    const said = mine?.action === "relabel" || mine?.action === "accept" ? mine : info;
    return { labels: splitLabels(said?.labels), denied: splitLabels(said?.denied) };
  }

  isShown(at) {
    const info = this.infos.get(at);
    return Boolean(info && (info.error || this.clips.has(info.clip_id)));
  }

  clipIds(positions) {
    return positions.map((at) => this.infos.get(at)?.clip_id);
  }

  // --- changes; the caller tells the views with `changed`

  /** Put a clip in view; returns whether it is a different one. */
  moveTo(at) {
    const target = clamp(at, 0, this.queue.length - 1);
    if (target === this.at) return false;
    if (pageOf(target) !== pageOf(this.at)) this.selected.clear();
    this.at = target;
    this.draft = null;
    return true;
  }

  toggleLabel(name) {
    this.draft = { labels: toggled(this.labels, name), denied: this.denied.filter((other) => other !== name) };
  }

  // Say that the clip certainly does not have a class, or no longer say so.
  toggleDenied(name) {
    this.draft = { labels: this.labels.filter((other) => other !== name), denied: toggled(this.denied, name) };
  }

  /**
   * Toggle a clip; with `from`, select everything between the two.
   * @param {number} at
   * @param {number | null} from
   */
  select(at, from = null) {
    if (from !== null) {
      for (let i = Math.min(at, from); i <= Math.max(at, from); i += 1) this.selected.add(i);
    } else if (!this.selected.delete(at)) this.selected.add(at);
  }

  // Select the whole page, or nothing if it is selected.
  selectPage() {
    const { onPage } = this;
    this.selected = new Set(this.selected.size === onPage.length ? [] : onPage);
  }

  revert() {
    this.draft = null;
    this.isDenying = false;
    this.selected.clear();
  }

  // Forget pictures beyond `most`, keeping those of these positions.
  prunePictures(positions, most) {
    const wanted = new Set(this.clipIds(positions));
    for (const clipId of this.clips.keys()) {
      if (this.clips.size <= most) break;
      if (!wanted.has(clipId)) this.clips.delete(clipId);
    }
  }
}

function pageOf(at) {
  return Math.floor(at / PAGE);
}
