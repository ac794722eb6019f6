// The whole board: takes in the server's answers, asks for more, and connects store, actions, sounds and views.

import { decodePicture, decodeWave } from "../player/drawing.js";
import { Actions } from "./actions.js";
import { FixedKeys } from "./fixed_keys.js";
import { Grid } from "./grid.js";
import { Head } from "./head.js";
import { Help } from "./help.js";
import { keyMap, readKey } from "./keys.js";
import { OneClip } from "./one.js";
import { Outbox } from "./outbox.js";
import { Picker } from "./picker.js";
import { Post } from "./post.js";
import { readSettings } from "./settings.js";
import { MOST_SOUNDS, Sounds } from "./sounds.js";
import { BoardStore } from "./store.js";

const MISSING_MS = 150; // until what did not come with an answer is asked for again
const LEAVING_MS = 300; // in which a click on the navigation has left the page
const RETRY_MS = 3000; // after the database could not be used

export class Board {
  constructor(root, scope) {
    this.root = root;
    this.scope = scope;
    this.store = new BoardStore(readSettings(), new Outbox());
    this.post = new Post(scope, (number) => this.send(number));
    this.sounds = new Sounds(scope, () => this.hear());
    this.actions = new Actions(this.store, this.post, this.sounds, () => this.askForMore());
    this.store.subscribe(() => this.arrive());
    const { store, sounds, actions } = this;
    // A focused page shows a frame, so the board takes the focus when no element has it.
    const focus = () => root.focus({ preventScroll: true });
    const page = { root, scope, store, sounds, actions, focus };
    this.head = new Head(page);
    this.one = new OneClip(page);
    this.grid = new Grid(page);
    this.picker = new Picker(page);
    this.help = new Help(page);
    this.fixedKeys = new FixedKeys(page);
    this.byPointer = true; // whether the focus is where a pointer put it, and not Tab
    this.actions.views = { grid: this.grid, picker: this.picker, help: this.help, keys: this.fixedKeys };
    this.store.subscribe((queue) => this.publish(queue));
  }

  // --- the server

  update({ data, setStateValue }) {
    const { store } = this;
    this.setState = setStateValue;
    if (!store.data) this.listen();
    // After the server was away there is a new session, which lacks what the old one was sent.
    if (data.session !== store.data?.session) this.post.give(false);
    store.take(data);
    Object.entries(data.clips).forEach(([clipId, clip]) => store.clips.set(clipId, decodeClip(clip)));
    Object.values(data.infos).forEach((info) => {
      if (!info.error && store.clips.has(info.clip_id)) this.sounds.load(info);
    });
    this.post.answer(data.n);
    store.changed(true);
    this.askForMore();
  }

  // Whether a clip is here, or on its way.
  isHeld(at) {
    const info = this.store.infos.get(at);
    return this.store.isShown(at) && Boolean(info.error || this.sounds.has(info.clip_id));
  }

  askForMore() {
    const { store } = this;
    if (this.post.waiting) return;
    if (store.outbox.ops.length) this.post.ask(store.data.error ? RETRY_MS : 0);
    if (!store.wanted.every((at) => this.isHeld(at))) this.post.ask(MISSING_MS);
  }

  send(number) {
    const { store } = this;
    const want = store.wanted;
    this.sounds.prune(store.clipIds(want));
    store.prunePictures(want, MOST_SOUNDS);
    const held = want.filter((at) => store.isShown(at));
    this.setState("post", {
      n: number,
      queue: store.data.queue,
      at: store.at,
      want,
      held,
      heard: held.filter((at) => this.sounds.isFetched(store.infos.get(at).clip_id)),
      ops: store.outbox.ops,
    });
  }

  // --- what happens in the browser

  listen() {
    const { scope, store } = this;
    scope.on(window, "click", (event) => this.clickedAt(event.composedPath()), { capture: true });
    scope.on(window, "beforeunload", (event) => store.outbox.ops.length && event.preventDefault());
    scope.on(window, "pointerdown", () => (this.byPointer = true), { capture: true });
    // Caught in the capture phase, because Streamlit has shortcuts of its own, such as R.
    scope.on(window, "keydown", (event) => this.pressKey(event), { capture: true });
    scope.observeSize(this.root, () => this.one.resize());
    scope.add(() => (store.data = null)); // what may still be on its way draws nothing
  }

  // A click elsewhere may open another page, and Streamlit leaves that page empty if a message from this one
  // overtakes it. So messages wait, except decisions.
  clickedAt(path) {
    if (!path.includes(this.root) && !this.store.outbox.ops.length) this.post.hold(LEAVING_MS);
  }

  pressKey(event) {
    if (event.key === "Tab") this.byPointer = false;
    if ([this.picker, this.help, this.fixedKeys].some((view) => view.isOpen) || !this.root.isConnected) return;
    const { store, actions } = this;
    const asked = readKey(event, keyMap(store.settings.keys), this.byPointer, store.fixed);
    if (!asked) return;
    if (asked.name === "move" && !store.isGrid && !asked.step?.[0]) return; // up and down scroll the page
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat && asked.name !== "move") return; // a key that is held decides once
    actions.pressedAt = event.timeStamp;
    actions.act(asked);
    actions.pressedAt = undefined;
  }

  hear() {
    if (!this.store.data) return;
    this.store.changed();
    this.askForMore();
  }

  // --- the clip in view

  isPlayable(at) {
    const info = this.store.infos.get(at);
    if (!this.store.isShown(at)) return false;
    return Boolean(info.error) || this.sounds.isBroken(info.clip_id) || this.sounds.isReady(info.clip_id);
  }

  // Make the clip in view the one that plays, as soon as its sound has arrived.
  arrive() {
    const { store, actions } = this;
    if (!this.isPlayable(store.at)) return;
    this.sounds.choose(store.info.clip_id, store.settings);
    if (actions.playsSoon) this.sounds.play();
    actions.playsSoon = false;
  }

  // What is shown, for tests and for people who inspect the page.
  publish(queue) {
    const { store } = this;
    const isPlayable = this.isPlayable(store.at);
    Object.assign(this.root.dataset, {
      at: store.at,
      clip: store.info?.clip_id ?? "",
      labels: store.labels.join(","),
      playable: isPlayable,
      playing: this.sounds.isPlaying,
      speed: store.settings.speed,
      pending: store.outbox.ops.length,
      marks: queue.marks.join(""),
      selected: store.selected.size,
      mode: store.settings.mode,
    });
    if (isPlayable) this.measure();
  }

  // The time from a decision until the next clip could be played.
  measure() {
    if (this.actions.decidedAt === undefined) return;
    performance.measure("label-playable", { start: this.actions.decidedAt, end: performance.now() });
    this.actions.decidedAt = undefined;
  }
}

function decodeClip({ duration_s, overview, pictures, notes }) {
  return { duration_s, overview: decodeWave(overview), pictures: pictures.map(decodePicture), rows: [], notes };
}
