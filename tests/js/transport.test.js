import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Scope } from "../../ui/shared/scope.js";
import { Transport } from "../../ui/player/transport.js";
import { FakeStorage, define } from "./fake.js";

/** A part of the player's page: holds what is set on it, and hears nothing. */
class FakePart extends EventTarget {
  classes = new Set();
  classList = { toggle: (/** @type {string} */ name, /** @type {boolean} */ is) => this.classes[is ? "add" : "delete"](name) };
  hidden = false;
  textContent = "";
  value = "";
  attributes = new Map();

  replaceChildren() {}

  querySelectorAll() {
    return [];
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }
}

/** A sound that starts at once, or refuses to. */
class FakeAudio {
  paused = true;
  ended = false;
  error = /** @type {object | null} */ (null);
  refusal = "";
  currentSrc = "";
  playbackRate = 0;
  loop = false;

  play() {
    this.paused = Boolean(this.refusal);
    return this.refusal ? Promise.reject({ name: this.refusal }) : Promise.resolve();
  }

  pause() {
    this.paused = true;
  }
}

function openPlayer(clip = {}) {
  const parts = new Map();
  /** @type {string[]} what a list around it is told */
  const told = [];
  const next = new FakeAudio();
  const player = {
    told,
    next,
    root: new FakePart(),
    audio: /** @type {any} */ (new FakeAudio()),
    clip: { soundless: "", save_as: "", label: "a.wav", ...clip },
    get isPlaying() {
      return Boolean(this.audio && !this.audio.paused);
    },
    soundOf: (/** @type {string} */ label) => (label === "b.wav" ? next : null),
    tell: (/** @type {{ what: string }} */ { what }) => told.push(what),
    say() {},
    find: (/** @type {string} */ name) => parts.get(name) ?? parts.set(name, new FakePart()).get(name),
  };
  const transport = new Transport(/** @type {any} */ (player), new Scope());
  return { player, transport, line: player.find(".silence") };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  define("localStorage", new FakeStorage());
  define("Option", class {});
  delete (/** @type {any} */ (globalThis)["fsat-playback"]);
});

test("where nothing is heard, one line says why, and where there is sound, none", async () => {
  const { player, transport, line } = openPlayer();
  transport.play();
  await settled();
  assert.deepEqual([player.isPlaying, line.hidden], [true, true]);
  transport.perform("mute");
  assert.deepEqual([line.hidden, line.textContent], [false, "The player is muted."]);
  transport.perform("mute");
  assert.equal(line.hidden, true);
  player.audio.error = {};
  transport.draw();
  assert.equal(line.textContent, "This browser cannot play the clip.");
});

test("a browser that plays nothing before the first click says what to press", async () => {
  const { player, transport, line } = openPlayer();
  player.audio.refusal = "NotAllowedError";
  transport.play();
  await settled();
  assert.match(line.textContent, /press Play/);
  player.audio.refusal = "";
  transport.play();
  await settled();
  assert.equal(line.hidden, true);
});

test("a clip without a sound to play says why, and has no Play to press", () => {
  const { player, transport, line } = openPlayer({ soundless: "Longer than what is converted." });
  transport.draw();
  assert.equal(line.textContent, "Longer than what is converted.");
  assert.equal(player.find("[data-do=toggle]").disabled, true);
});

test("speed and loop are off until they are chosen, and hold for the sound and the next one", () => {
  const { player, transport } = openPlayer();
  transport.play();
  assert.deepEqual([player.audio.playbackRate, player.audio.loop], [1, false]);
  transport.perform("faster");
  transport.perform("loop");
  assert.deepEqual([player.audio.playbackRate, player.audio.loop], [1.25, true]);
  player.audio = new FakeAudio();
  transport.hear("loadstart");
  assert.deepEqual([player.audio.playbackRate, player.audio.loop], [1.25, true]);
  transport.perform("loop");
  transport.perform("slower");
  assert.deepEqual([player.audio.playbackRate, player.audio.loop], [1, false]);
  assert.equal(openPlayer().transport.playback.speed, 1, "the browser keeps them");
});

test("a sound that is wanted before it is here plays on arrival", async () => {
  const { player, transport } = openPlayer();
  player.audio = null;
  let isWanted = false;
  player.say = () => (isWanted ||= transport.isWanted);
  transport.perform("play");
  assert.ok(isWanted, "who goes on now wants to hear the next one");
  player.audio = new FakeAudio();
  transport.hear("loadstart");
  await settled();
  assert.deepEqual([player.isPlaying, transport.isWanted], [true, false]);
  transport.perform("toggle");
  assert.equal(player.isPlaying, false);
});

test("what the browser cannot play, and a clip without sound, is not waited for: the button says Play", async () => {
  const { player, transport } = openPlayer();
  player.audio.refusal = "NotSupportedError";
  transport.perform("play");
  await settled();
  assert.equal(transport.isWanted, false);
  assert.equal(player.find("[data-do=toggle]").attributes.get("aria-label"), "Play");
  player.clip.soundless = "Longer than what is converted.";
  transport.perform("toggle");
  assert.equal(transport.isWanted, false);
});

test("the button of a clip in a list asks the list, and that of another plays", () => {
  const { player, transport } = openPlayer({ listed: true });
  transport.press("toggle");
  assert.deepEqual([player.told, player.isPlaying], [["toggle"], false]);
  Object.assign(player.clip, { listed: false });
  transport.press("toggle");
  assert.deepEqual([player.told, player.isPlaying], [["toggle"], true]);
});

test("the next sound plays before its clip is drawn, as the one before did, and goes on then", async () => {
  const { player, transport } = openPlayer();
  const { next } = player;
  transport.perform("loop");
  transport.perform("ahead", "b.wav");
  assert.deepEqual([next.paused, next.loop, transport.goesOn()], [false, true, false]);
  player.audio = next; // it is drawn
  assert.equal(transport.goesOn(), true);
  transport.perform("ahead", "b.wav");
  transport.perform("leave");
  assert.deepEqual([next.paused, transport.goesOn()], [true, false]);
  transport.perform("ahead", "c.wav"); // which is not here
  assert.equal(transport.goesOn(), false);
});

test("a sound that was over before its clip was drawn is not heard again: what comes after an end comes then", () => {
  const { player, transport } = openPlayer();
  const { next } = player;
  transport.perform("ahead", "b.wav");
  Object.assign(next, { ended: true, paused: true });
  player.audio = next; // it is drawn
  assert.equal(transport.goesOn(), true);
  transport.perform("play");
  assert.deepEqual([next.paused, player.told], [true, ["ended"]]);
  transport.perform("play");
  assert.equal(next.paused, false, "asked for once more, it is heard once more");
});
