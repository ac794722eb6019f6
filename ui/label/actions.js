// What is done about what is shown.

import { clamp } from "../shared/numbers.js";
import { BoardView } from "./board.js";
import { sameLabels, splitLabels } from "./dom.js";
import { keyMap, readKey } from "./keys.js";
import { makeDecision, makeUndo, newToken } from "./protocol.js";
import { PAGE } from "./queue_view.js";
import { SPEEDS, keepSettings } from "./settings.js";

const SETTLE_MS = 250; // until the server hears that another clip is in view

export class Board extends BoardView {
  // --- going from clip to clip

  go(at) {
    const target = clamp(at, 0, this.view.length - 1);
    if (target !== this.at) {
      if (Math.floor(target / PAGE) !== Math.floor(this.at / PAGE)) this.selected.clear();
      this.at = target;
      this.draft = null;
      this.playsSoon = this.settings.autoplay;
      this.sounds.choose(null, this.settings);
    }
    this.draw();
    this.post.ask(SETTLE_MS);
  }

  step(by) {
    this.go(this.at + by);
  }

  skip() {
    const next = this.view.nextLeft(this.at);
    if (next >= 0) this.go(next);
  }

  // --- decisions

  /**
   * @param {string} action
   * @param {(info: any) => string} labelsOf
   */
  decide(action, labelsOf = () => "") {
    const targets = this.targets.filter((at) => this.infos.has(at));
    if (!targets.length) return;
    const batch = targets.length > 1 ? newToken() : "";
    this.outbox.add(
      targets.map((at) => {
        const info = this.infos.get(at);
        return makeDecision(this.data, info, { at, action, labels: labelsOf(info), batch });
      }),
    );
    this.draft = null;
    this.advance(targets);
  }

  advance(targets) {
    this.decidedAt = this.pressedAt ?? performance.now();
    this.selected.clear();
    const { view } = this;
    const isOnPage = (at) => Math.floor(at / PAGE) === Math.floor(this.at / PAGE);
    // The grid stays on its page while there is something left on it.
    const onPage = this.isGrid ? view.left(this.pageStart, PAGE).filter(isOnPage) : [];
    const next = onPage.length ? onPage.find((at) => at > targets.at(-1)) ?? onPage[0] : view.nextLeft(this.at);
    this.go(next >= 0 ? next : this.at);
    this.post.ask(0);
  }

  accept() {
    if (!this.isGrid && this.isChanged) {
      return this.say("The labels were changed: Enter confirms them, Esc takes the changes back.");
    }
    const empty = this.targets.filter((at) => !this.infos.get(at)?.labels);
    if (empty.length && empty.length === this.targets.length) return this.relabel();
    if (empty.length) {
      empty.forEach((at) => this.selected.delete(at));
      this.say(`${empty.length} of them without labels: nothing to accept there.`);
    }
    return this.decide("accept", (info) => info.labels);
  }

  relabel() {
    if (!this.info) return;
    const names = this.targets.map((at) => splitLabels(this.infos.get(at)?.labels));
    const isSame = names.every((labels) => sameLabels(labels, names[0]));
    this.picker.open(this.isGrid ? (isSame ? names[0] : []) : this.labels);
  }

  // Take these labels for the clips: where they are the ones it has, that accepts them.
  confirm(labels) {
    if (!labels.length) return this.say("No label is chosen: choose one, or remove the clip.");
    const text = labels.join(",");
    const isSame = this.targets.every((at) => sameLabels(labels, splitLabels(this.infos.get(at)?.labels)));
    return this.decide(isSame ? "accept" : "relabel", () => text);
  }

  toggle(name) {
    const labels = this.labels;
    this.draft = labels.includes(name) ? labels.filter((other) => other !== name) : [...labels, name];
    this.draw();
  }

  choose(place, alone) {
    const name = this.choices[place]?.[0];
    if (this.isGrid || name === undefined) return;
    if (alone) this.confirm([name]);
    else this.toggle(name);
  }

  undo() {
    const { last } = this.view;
    if (!last) return this.say("Nothing to undo in this queue.");
    this.outbox.add([makeUndo(this.data, last)]);
    this.draft = null;
    this.go(last.at[0]);
    this.say(last.at.length > 1 ? `Took back the decisions on ${last.at.length} clips.` : "Took back the decision.");
    return this.post.ask(0);
  }

  // --- settings and the player

  set(changes) {
    Object.assign(this.settings, changes);
    keepSettings(this.settings);
    this.draw();
    this.askForMore();
  }

  setMode(mode) {
    this.selected.clear();
    this.draft = null;
    this.set({ mode });
  }

  changeSpeed(by) {
    const place = SPEEDS.indexOf(this.settings.speed) + by;
    this.set({ speed: SPEEDS[clamp(place, 0, SPEEDS.length - 1)] });
  }

  togglePlay() {
    if (this.sounds.isPlaying) this.sounds.current.pause();
    else if (this.sounds.current) this.sounds.play();
    else this.playsSoon = !this.playsSoon; // as soon as the sound is here
  }

  say(text) {
    this.notice = text;
    this.draw();
  }

  // --- keys

  listen() {
    super.listen();
    // Caught on its way down: Streamlit has shortcuts of its own, such as R.
    this.scope.on(window, "keydown", (event) => this.pressKey(event), { capture: true });
  }

  pressKey(event) {
    if (this.picker.isOpen || this.help.isOpen || !this.root.isConnected) return;
    const asked = readKey(event, keyMap(this.settings.keys));
    if (!asked) return;
    if (asked.name === "move" && !this.isGrid && !asked.step?.[0]) return; // up and down scroll the page
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat && asked.name !== "move") return; // a key that is held decides once
    this.pressedAt = event.timeStamp;
    this.act(asked);
    this.pressedAt = undefined;
  }

  /** @param {import("./keys.js").Asked} asked */
  act({ name, step = [0, 0], place = -1, alone = false }) {
    const actions = {
      accept: () => this.accept(),
      relabel: () => this.relabel(),
      remove: () => this.decide("remove"),
      unsure: () => this.decide("unsure"),
      undo: () => this.undo(),
      skip: () => this.skip(),
      next: () => this.step(this.isGrid ? PAGE : 1),
      previous: () => this.step(this.isGrid ? -PAGE : -1),
      play: () => this.togglePlay(),
      loop: () => this.set({ loop: !this.settings.loop }),
      slower: () => this.changeSpeed(-1),
      faster: () => this.changeSpeed(1),
      autoplay: () => this.set({ autoplay: !this.settings.autoplay }),
      mode: () => this.setMode(this.isGrid ? "one" : "grid"),
      all: () => this.grid.selectAll(),
      help: () => this.help.open(),
      move: () => (this.isGrid ? this.grid.move(...step) : this.step(step[0])),
      confirm: () => (this.isGrid ? this.grid.select(this.at) : this.confirm(this.labels)),
      revert: () => this.revert(),
      choose: () => this.choose(place, alone),
    };
    this.notice = "";
    actions[name]();
  }

  revert() {
    this.draft = null;
    this.selected.clear();
    this.hideFaults();
  }

  hideFaults() {
    this.refused = [];
    this.draw();
  }
}
