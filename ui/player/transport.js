// The bar above the drawing: plays, steps, repeats, and says why there is no sound.

import { clamp } from "../shared/numbers.js";
import { PLAYBACK_SPEEDS, PLAYER_SAYS, announce, keepPlayback, readPlayback } from "./playback.js";

const NOT_ALLOWED = "The browser plays no sound before the first click or key: press Play.";

function refusalOf(error) {
  return error.name === "NotAllowedError" ? NOT_ALLOWED : ""; // the others are said of the sound itself
}

export class Transport {
  /**
   * @param {import("./player.js").Player} player
   * @param {import("../shared/scope.js").Scope} scope
   */
  constructor(player, scope) {
    this.player = player;
    this.playback = readPlayback();
    this.isWanted = false; // to play, once the sound is here
    this.refusal = "";
    /** @type {HTMLAudioElement | null} the sound of a clip that plays before it is drawn */
    this.ahead = null;
    this.isOver = false; // whether that was heard to its end by then
    this.speed = /** @type {HTMLSelectElement} */ (player.find(".speed"));
    this.volume = /** @type {HTMLInputElement} */ (player.find(".volume"));
    this.speed.replaceChildren(...PLAYBACK_SPEEDS.map((speed) => new Option(`${speed} ×`, String(speed))));
    this.actions = {
      toggle: () => this.toggle(),
      play: () => this.playDrawn(),
      ahead: (clip) => this.playAhead(clip),
      leave: () => this.leave(),
      report: () => player.report(),
      previous: () => this.step(-1),
      next: () => this.step(1),
      loop: () => this.set({ loop: !this.playback.loop }),
      autoplay: () => this.set({ autoplay: !this.playback.autoplay }),
      mute: () => this.set({ muted: !this.playback.muted }),
      slower: () => this.changeSpeed(-1),
      faster: () => this.changeSpeed(1),
      "zoom-in": () => player.zoomByKey(0.5),
      "zoom-out": () => player.zoomByKey(2),
      fit: () => player.fit(),
    };
    this.listen(scope);
  }

  listen(scope) {
    for (const button of this.player.root.querySelectorAll("button")) {
      // A click focuses no button: space would press it again instead of playing the clip.
      scope.on(button, "mousedown", (event) => event.preventDefault());
      scope.on(button, "click", () => this.press(button.dataset.do));
    }
    scope.on(this.speed, "change", () => {
      this.set({ speed: Number(this.speed.value) });
      this.speed.blur(); // keys are the player's again
    });
    scope.on(this.volume, "input", () => this.set({ volume: Number(this.volume.value), muted: false }));
  }

  // Keys and buttons of the player. A list around it knows whether another clip is on its way, which is to play then.
  press(action) {
    if (action === "toggle" && this.player.clip.listed) this.player.tell({ what: "toggle" });
    else this.perform(action);
  }

  perform(action, clip = "") {
    this.actions[action]?.(clip);
  }

  // --- sound

  get audio() {
    return this.player.audio;
  }

  toggle() {
    if (this.player.isPlaying || this.isWanted) this.pause();
    else this.play();
  }

  // Where the sound is still on its way, it plays on arrival.
  play() {
    if (this.player.clip.soundless) return;
    this.refusal = "";
    this.want(true);
    const { audio } = this;
    if (!audio) return;
    this.apply();
    audio.play().then(
      () => audio === this.audio && this.settle(""),
      (error) => error.name !== "AbortError" && audio === this.audio && this.settle(refusalOf(error)),
    );
  }

  settle(refusal) {
    this.refusal = refusal;
    this.want(false);
  }

  want(isWanted) {
    this.isWanted = isWanted;
    this.player.say();
    this.draw();
  }

  pause() {
    this.audio?.pause();
    this.want(false);
  }

  // Another clip has been asked for.
  leave() {
    this.pause();
    this.ahead?.pause();
    this.ahead = null;
    this.isOver = false;
    this.refusal = "";
  }

  // Play a clip that has been asked for before it is drawn, if its sound is here.
  playAhead(clip) {
    this.ahead = this.player.soundOf(clip);
    if (!this.ahead) return;
    this.apply(this.ahead);
    this.ahead.currentTime = 0;
    this.ahead.play().catch(() => {}); // it is tried again once the clip is drawn
  }

  // Whether the clip that is drawn now plays already.
  goesOn() {
    const { ahead } = this;
    if (!ahead || ahead !== this.audio) return false;
    this.ahead = null;
    this.isOver = ahead.ended;
    return true;
  }

  // Play the clip that a list asked for, now that it is drawn, unless it has been heard to its end by now.
  playDrawn() {
    if (!this.isOver) this.play();
    else this.end();
    this.isOver = false;
  }

  end() {
    this.player.tell({ what: "ended", clip: this.player.clip.label });
  }

  step(by) {
    announce(PLAYER_SAYS, { what: "step", by });
  }

  hear(type) {
    if (type === "loadstart" || type === "loadedmetadata") this.apply();
    if (this.isWanted && this.audio?.paused) this.play();
    if (type === "ended") this.end();
    this.draw();
  }

  // --- settings

  set(change) {
    Object.assign(this.playback, change);
    keepPlayback(this.playback);
    this.apply();
    this.draw();
  }

  changeSpeed(by) {
    const place = clamp(PLAYBACK_SPEEDS.indexOf(this.playback.speed) + by, 0, PLAYBACK_SPEEDS.length - 1);
    this.set({ speed: PLAYBACK_SPEEDS[place] });
  }

  apply(audio = this.audio) {
    if (!audio) return;
    const { speed, loop, volume, muted } = this.playback;
    audio.defaultPlaybackRate = audio.playbackRate = speed;
    audio.loop = loop;
    audio.volume = clamp(volume, 0, 1);
    audio.muted = muted;
  }

  // --- drawing

  // Why nothing is heard although the clip is there; "" where it is.
  get silence() {
    const { clip, isPlaying } = this.player;
    if (clip.soundless) return clip.soundless;
    if (this.audio?.error) return "This browser cannot play the clip.";
    if (this.refusal) return this.refusal;
    const isOff = this.playback.muted || this.playback.volume === 0;
    return isOff && isPlaying ? "The player is muted." : "";
  }

  draw() {
    const { player, playback } = this;
    if (!player.clip) return;
    const isPlaying = player.isPlaying || this.isWanted;
    const press = (name, isPressed) => player.find(`[data-do=${name}]`).setAttribute("aria-pressed", String(isPressed));
    press("loop", playback.loop);
    press("autoplay", playback.autoplay);
    press("mute", playback.muted);
    this.speed.value = String(playback.speed);
    this.volume.value = String(playback.volume);
    const play = /** @type {HTMLButtonElement} */ (player.find("[data-do=toggle]"));
    play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    play.title = `${isPlaying ? "Pause" : "Play"} (Space)`;
    play.disabled = Boolean(player.clip.soundless);
    player.root.classList.toggle("is-playing", isPlaying);
    player.root.classList.toggle("is-muted", playback.muted);
    this.drawLink();
    const line = player.find(".silence");
    if (line.textContent !== this.silence) line.textContent = this.silence; // else it is read aloud again
    line.hidden = !this.silence;
  }

  drawLink() {
    const link = /** @type {HTMLAnchorElement} */ (this.player.find(".save"));
    const source = this.audio?.currentSrc ?? "";
    const name = this.player.clip.save_as;
    if (link.download !== name) link.download = name; // also where two clips have the same sound
    if (link.href !== source) link.href = source;
    link.hidden = !source; // without an address it is no link, and has no name
  }
}
