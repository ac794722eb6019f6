// One clip in full: its labels, and its waveform and spectrogram under one playhead.

import { Drawing, whenDecoded } from "../player/drawing.js";
import { button, className, fill, make } from "./dom.js";
import { keyLabel, keyMap } from "./keys.js";

export class OneClip {
  constructor({ root, scope, store, sounds, actions }) {
    this.root = root;
    this.scope = scope;
    this.store = store;
    this.sounds = sounds;
    this.actions = actions;
    this.frame = root.querySelector(".one");
    this.stage = root.querySelector(".stage");
    this.choices = root.querySelector(".choices");
    this.veil = root.querySelector(".veil");
    this.notes = root.querySelector(".notes");
    this.drawing = new Drawing(root);
    this.drawn = null; // the clip on the canvas
    this.stopTick = () => {};
    this.content = scope.child(); // of the choices that are shown
    this.scope.on(this.stage, "click", (event) => this.seek(event));
    this.transport = root.querySelector(".transport");
    this.fillTransport();
    store.subscribe((queue, isAnswer) => this.draw(isAnswer));
  }

  fillTransport() {
    const makeButton = (style, name) => {
      const element = button(this.scope, style, name, () => this.actions.act({ name }));
      element.append(make("span", "label"), make("kbd"));
      return element;
    };
    this.speed = make("span", "speed");
    this.readout = make("span", "readout");
    this.readout.dataset.testid = "label-readout";
    this.transport.append(
      makeButton("", "play"),
      makeButton("", "loop"),
      makeButton("small", "slower"),
      this.speed,
      makeButton("small", "faster"),
      makeButton("", "autoplay"),
      this.readout,
    );
  }

  draw(isAnswer) {
    const { store } = this;
    this.frame.hidden = store.isGrid;
    this.drawTransport();
    if (store.isGrid) {
      this.drawn = null;
      return;
    }
    this.drawChoices();
    this.drawStage(isAnswer);
  }

  // --- labels

  drawChoices() {
    const { store } = this;
    const { info, choices, labels, denied } = store;
    const source = info && info.source !== info.labels ? info.source : "";
    fill(this.choices, [info?.clip_id, choices, labels, denied, source, store.isChanged], () => {
      this.content.clear();
      return [
        ...choices.map(([name, probability], place) => this.makeChoice(name, probability, place)),
        info && !choices.length ? make("span", "hint", "No labels yet: R chooses some") : null,
        store.isChanged ? this.makeConfirm() : null,
        source ? make("span", "hint", `In the set: ${source}`) : null,
      ].filter(Boolean);
    });
  }

  makeChoice(name, probability, place) {
    const { labels, denied } = this.store;
    const isDenied = denied.includes(name);
    const element = button(this.content, "choice", "choose", () => this.actions.pick(name, false));
    element.setAttribute("aria-pressed", labels.includes(name));
    element.dataset.label = name;
    element.append(
      place < 9 ? make("kbd", "", String(place + 1)) : "",
      make("span", "label", isDenied ? "not " : "", ...className(name)),
      probability === null ? "" : make("span", "probability", `${Math.round(100 * probability)} %`),
    );
    const deny = button(this.content, "deny", "deny-label", () => this.actions.deny(name));
    deny.append("−");
    deny.title = `Certainly not ${name}`;
    deny.setAttribute("aria-label", deny.title);
    deny.setAttribute("aria-pressed", isDenied);
    return make("span", isDenied ? "pair denied" : "pair", element, deny);
  }

  makeConfirm() {
    const element = button(this.content, "primary", "confirm", () => this.actions.act({ name: "confirm" }));
    element.append("Confirm", make("kbd", "", "Enter"));
    return element;
  }

  // --- waveform and spectrogram

  drawStage(isAnswer) {
    const { store } = this;
    const { info } = store;
    const clip = info && store.clips.get(info.clip_id);
    this.drawVeil(info, clip);
    this.notes.textContent = clip?.notes ?? "";
    this.notes.hidden = !clip?.notes;
    if (!clip) {
      this.drawn = null;
      return;
    }
    if (isAnswer || this.drawn !== clip) {
      this.drawn = clip;
      whenDecoded(clip.pictures, () => this.paint());
      this.drawing.load(clip);
      this.stage.setAttribute("aria-label", `${info.fname}: waveform and log-mel spectrogram; a click seeks`);
      this.resize();
    }
    this.tick();
  }

  drawVeil(info, clip) {
    const broken = info && this.sounds.isBroken(info.clip_id);
    const text = info?.error || (broken ? "This browser cannot play the clip." : clip ? "" : "Reading the clip");
    this.veil.textContent = text;
    this.veil.hidden = !text;
    this.veil.classList.toggle("fault", Boolean(info?.error || broken));
    this.stage.classList.toggle("empty", !clip);
  }

  resize() {
    if (!this.drawn || !this.stage.clientWidth) return;
    this.drawing.resize();
    this.paint();
  }

  paint() {
    if (!this.drawn) return;
    this.drawing.draw({ start: 0, span: this.drawn.duration_s }, this.drawn.overview);
    this.drawPlayhead();
  }

  // --- playhead

  get audio() {
    return this.store.info && this.sounds.audio(this.store.info.clip_id);
  }

  get playhead() {
    return Math.min(this.audio?.currentTime ?? 0, this.drawn?.duration_s ?? 0);
  }

  tick() {
    this.stopTick();
    this.drawPlayhead();
    if (this.sounds.isPlaying) this.stopTick = this.scope.frame(() => this.tick());
  }

  drawPlayhead() {
    if (!this.drawn) return;
    this.drawing.drawOverlay(this.playhead, null);
    this.readout.textContent = `${this.playhead.toFixed(2)} / ${this.drawn.duration_s.toFixed(2)} s`;
    this.root.dataset.playhead = this.playhead.toFixed(3);
  }

  seek(event) {
    if (!this.audio || !this.drawn) return;
    const x = event.clientX - this.stage.getBoundingClientRect().left;
    this.audio.currentTime = this.drawing.timeAt(x);
    this.tick();
  }

  drawTransport() {
    const { sounds } = this;
    const { settings, info } = this.store;
    const keys = keyMap(settings.keys);
    const labels = {
      play: sounds.isPlaying ? "Pause" : "Play",
      loop: "Loop",
      slower: "−",
      faster: "+",
      autoplay: "Autoplay",
    };
    this.transport.querySelectorAll("button").forEach((element) => {
      const name = element.dataset.do;
      element.querySelector(".label").textContent = labels[name];
      element.querySelector("kbd").textContent = keyLabel(keys[name]);
      if (name === "loop" || name === "autoplay") element.setAttribute("aria-pressed", settings[name]);
      if (name === "play") element.disabled = !info || Boolean(info.error) || sounds.isBroken(info.clip_id);
    });
    this.speed.textContent = `${settings.speed}×`;
    this.readout.hidden = this.store.isGrid;
  }
}
