// What keys and buttons do: they change the store, and tell the server and the player.

import { clamp } from "../shared/numbers.js";
import { sameLabels, splitLabels } from "./dom.js";
import { makeDecision, makeKeys, makeUndo, newToken } from "./protocol.js";
import { PAGE } from "./queue_view.js";
import { SPEEDS, keepSettings } from "./settings.js";

/** @typedef {{ labels: string, denied: string }} Said classes joined by commas: there, and certainly not there */

const NOTHING = { labels: "", denied: "" };
const SETTLE_MS = 250; // until the server hears that another clip is in view

export class Actions {
  /**
   * @param {import("./store.js").BoardStore} store
   * @param {import("./post.js").Post} post
   * @param {import("./sounds.js").Sounds} sounds
   * @param {() => void} askForMore of the clips that are wanted now
   */
  constructor(store, post, sounds, askForMore) {
    this.store = store;
    this.post = post;
    this.sounds = sounds;
    this.askForMore = askForMore;
    this.playsSoon = false; // whether the clip in view is to be played once its sound is here
    /** @type {number | undefined} when the current key was pressed */
    this.pressedAt = undefined;
    /** @type {number | undefined} when the last decision was made, until the next clip can be played */
    this.decidedAt = undefined;
    /** @type {any} the views that actions open or ask: picker, help, grid */
    this.views = {};
  }

  // --- going from clip to clip

  go(at) {
    if (this.store.moveTo(at)) {
      this.playsSoon = this.store.settings.autoplay;
      this.sounds.choose(null, this.store.settings);
    }
    this.store.changed();
    this.post.ask(SETTLE_MS);
  }

  step(by) {
    this.go(this.store.at + by);
  }

  skip() {
    const next = this.store.queue.nextLeft(this.store.at);
    if (next >= 0) this.go(next);
  }

  // --- decisions

  /**
   * @param {string} action
   * @param {(info: any, at: number) => Said & { action?: string }} saidOf
   */
  decide(action, saidOf = () => NOTHING) {
    const { store } = this;
    const shown = store.targets.filter((at) => store.infos.has(at));
    if (!shown.length) return;
    /** @type {Map<number, any>} */
    const said = new Map(shown.map((at) => [at, { action, ...saidOf(store.infos.get(at), at) }]));
    const targets = shown.filter((at) => !store.isDecidedSo(at, said.get(at)));
    if (!targets.length) {
      store.revert();
      this.go(store.nextAfter(shown));
      if (shown.includes(store.at)) this.say("Decided so already; Undo takes it back.");
      return;
    }
    const batch = targets.length > 1 ? newToken() : "";
    store.outbox.add(
      targets.map((at) => {
        const info = store.infos.get(at);
        return makeDecision(store.data, info, { at, ...said.get(at), batch });
      }),
    );
    this.decidedAt = this.pressedAt ?? performance.now();
    store.revert();
    this.go(store.nextAfter(targets));
    this.post.ask(0);
  }

  accept() {
    const { store } = this;
    if (!store.isGrid && store.isChanged) {
      return this.say("The labels were changed: Enter confirms them, Esc takes the changes back.");
    }
    const empty = store.targets.filter((at) => !store.infos.get(at)?.labels && !store.infos.get(at)?.denied);
    if (empty.length && empty.length === store.targets.length) return this.relabel();
    if (empty.length) {
      empty.forEach((at) => store.selected.delete(at));
      this.say(`${empty.length} of them without labels: nothing to accept there.`);
    }
    return this.decide("accept", ({ labels, denied = "" }) => ({ labels, denied }));
  }

  relabel() {
    const { store } = this;
    if (!store.info) return;
    const names = store.targets.map((at) => splitLabels(store.infos.get(at)?.labels));
    const isSame = names.every((labels) => sameLabels(labels, names[0]));
    const labels = store.isGrid ? (isSame ? names[0] : []) : store.labels;
    this.views.picker.open(labels, store.isGrid ? [] : store.denied);
  }

  // Give the clips these labels, and deny these; for clips that are labelled so already, this means accept. What
  // is denied of a clip stays so in the grid, and so does every denial that is not given now.
  confirm(labels, denied) {
    if (!labels.length && !denied.length) return this.say("No label is chosen: choose one, or remove the clip.");
    const { store } = this;
    const text = labels.join(",");
    const keep = (names) => [...new Set(names)].filter((name) => !labels.includes(name)).join(",");
    const isSame = store.targets.every((at) => sameLabels(labels, splitLabels(store.infos.get(at)?.labels)));
    return this.decide(isSame ? "accept" : "relabel", (info) => ({
      labels: text,
      denied: keep(store.isGrid ? [...splitLabels(info.denied), ...denied] : denied),
    }));
  }

  // Give a label to the clip in view, or take it away; deny it after the key for that. `alone` goes on with it.
  pick(name, alone) {
    const { store } = this;
    if (store.isDenying) store.toggleDenied(name);
    else if (alone) store.draft = { labels: [name], denied: store.denied };
    else store.toggleLabel(name);
    store.isDenying = false;
    if (alone) return this.confirm(store.labels, store.denied);
    return store.changed();
  }

  deny(name) {
    this.store.toggleDenied(name);
    this.store.changed();
  }

  choose(place, alone) {
    const name = this.store.choices[place]?.[0];
    if (!this.store.isGrid && name !== undefined) this.pick(name, alone);
  }

  pickFixed(label, alone) {
    if (this.store.isGrid) this.pickForAll(label, alone);
    else this.pick(label, alone);
  }

  // In the grid: give a label to all clips that are selected, or take it away where all have it; deny it after the
  // key for that. Each keeps its other labels, unless it is to have this one `alone`.
  pickForAll(name, alone) {
    const { store } = this;
    const isDenying = store.isDenying;
    store.isDenying = false;
    /** @type {Map<number, any>} */
    const now = new Map(store.targets.map((at) => [at, store.shownOn(at)]));
    const haveAll = [...now.values()].every(({ labels }) => labels.includes(name));
    const isWithout = isDenying || (haveAll && !alone);
    const others = (names) => names.filter((other) => other !== name);
    const give = ({ labels }) => (isWithout ? others(labels) : alone ? [name] : [...others(labels), name]);
    const deny = ({ denied }) => [...others(denied), ...(isDenying ? [name] : [])];
    const isEmpty = (said) => !give(said).length && !deny(said).length;
    if ([...now.values()].some(isEmpty)) {
      return this.say(`Without ${name} no label would be left: remove the clips, or deny it with the key for that.`);
    }
    return this.decide("relabel", (info, at) => {
      const labels = give(now.get(at));
      const action = sameLabels(labels, splitLabels(info.labels)) ? "accept" : "relabel";
      return { action, labels: labels.join(","), denied: deny(now.get(at)).join(",") };
    });
  }

  // The next class is denied.
  startDenying() {
    const { store } = this;
    if (store.isGrid && !store.fixed.length) {
      return this.say("In the grid, keys of classes say what is certainly not there: give some a key under My keys.");
    }
    store.isDenying = true;
    return this.say("Certainly not … the class of the next click or key. Esc calls it off.");
  }

  openKeys() {
    if (this.store.data.fixed) return this.views.keys.open();
    this.say("Your keys cannot be read at the moment: try again in a little while."); // or they would be replaced
    return this.post.ask(0);
  }

  setFixedKeys(keys) {
    this.store.outbox.add([makeKeys(this.store.data, keys)]);
    this.store.changed();
    this.post.ask(0);
  }

  undo() {
    const { store } = this;
    const { last } = store.queue;
    if (!last) return this.say("Nothing to undo in this queue.");
    store.outbox.add([makeUndo(store.data, last)]);
    store.draft = null;
    this.go(last.at[0]);
    this.say(last.at.length > 1 ? `Took back the decisions on ${last.at.length} clips.` : "Took back the decision.");
    return this.post.ask(0);
  }

  // --- selection

  select(at, from = null) {
    this.store.select(at, from);
    this.store.changed();
  }

  selectPage() {
    if (!this.store.isGrid) return;
    this.store.selectPage();
    this.store.changed();
  }

  revert() {
    this.store.revert();
    this.hideFaults();
  }

  // --- settings and the player

  set(changes) {
    Object.assign(this.store.settings, changes);
    keepSettings(this.store.settings);
    this.store.changed();
    this.askForMore();
  }

  setMode(mode) {
    this.store.revert();
    this.set({ mode });
  }

  changeSpeed(by) {
    const place = SPEEDS.indexOf(this.store.settings.speed) + by;
    this.set({ speed: SPEEDS[clamp(place, 0, SPEEDS.length - 1)] });
  }

  togglePlay() {
    if (this.sounds.isPlaying) this.sounds.current.pause();
    else if (this.sounds.current) this.sounds.play();
    else this.playsSoon = !this.playsSoon; // as soon as the sound is here
  }

  // Play a clip as soon as its sound has arrived.
  playAt(at) {
    this.go(at);
    this.playsSoon = true;
    this.store.changed();
  }

  say(text) {
    this.store.notice = text;
    this.store.changed();
  }

  hideFaults() {
    this.store.refused = [];
    this.store.changed();
  }

  // --- by name

  /** @param {import("./keys.js").Asked} asked */
  act({ name, step = [0, 0], place = -1, alone = false, label = "", text = "" }) {
    const { store } = this;
    const { grid } = this.views;
    const actions = {
      accept: () => this.accept(),
      relabel: () => this.relabel(),
      remove: () => this.decide("remove"),
      unsure: () => this.decide("unsure"),
      undo: () => this.undo(),
      skip: () => this.skip(),
      next: () => this.step(store.isGrid ? PAGE : 1),
      previous: () => this.step(store.isGrid ? -PAGE : -1),
      play: () => this.togglePlay(),
      loop: () => this.set({ loop: !store.settings.loop }),
      slower: () => this.changeSpeed(-1),
      faster: () => this.changeSpeed(1),
      autoplay: () => this.set({ autoplay: !store.settings.autoplay }),
      mode: () => this.setMode(store.isGrid ? "one" : "grid"),
      all: () => this.selectPage(),
      help: () => this.views.help.open(),
      keys: () => this.openKeys(),
      clash: () => this.say(text),
      fixed: () => this.pickFixed(label, alone),
      move: () => this.step(store.isGrid ? step[0] + step[1] * grid.columns : step[0]),
      confirm: () => (store.isGrid ? this.select(store.at) : this.confirm(store.labels, store.denied)),
      revert: () => (wasDenying ? store.changed() : this.revert()),
      choose: () => this.choose(place, alone),
      deny: () => this.startDenying(),
    };
    store.notice = "";
    const wasDenying = store.isDenying;
    if (name !== "choose" && name !== "fixed") store.isDenying = false;
    actions[name]();
  }
}
