// How sounds are played, kept in this browser for all pages; and what a player and the list around it tell each other.

export const PLAYBACK_SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const PLAYBACK_KEY = "fsat-playback";
const USUAL_PLAYBACK = { speed: 1, loop: false, autoplay: false, volume: 1, muted: false };

/** @typedef {typeof USUAL_PLAYBACK} Playback */

/** @returns {Playback} */
export function readPlayback() {
  const here = globalThis[PLAYBACK_KEY];
  if (here) return { ...here };
  try {
    return { ...USUAL_PLAYBACK, ...JSON.parse(localStorage.getItem(PLAYBACK_KEY) ?? "{}") };
  } catch {
    return { ...USUAL_PLAYBACK }; // storage is forbidden, or holds something else
  }
}

/** @param {Playback} playback */
export function keepPlayback(playback) {
  try {
    localStorage.setItem(PLAYBACK_KEY, JSON.stringify(playback));
  } catch {
    // Storage is forbidden or full: it lasts until the page is left. Not in this module, of which list and player,
    // being scripts of their own, have a copy each.
    globalThis[PLAYBACK_KEY] = { ...playback };
  }
}

// A list and a player are components of their own, so they meet on the document.
export const ASK_PLAYER = "fsat-ask-player"; // detail: { action, clip? }, one of the actions of a Transport
export const PLAYER_SAYS = "fsat-player-says"; // detail: { what: "loaded" | "playing" | "ended" | "step" | "toggle", ... }

/**
 * @param {string} type
 * @param {object} detail
 */
export function announce(type, detail) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}
