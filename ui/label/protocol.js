// What the board and the server say to each other. fsat_core/labels/board/protocol.py says the same in Python.
//
// Both are held against tests/fixtures/label_board_protocol.json.

export const NOT_DECIDED = "-";
export const LETTERS = { accept: "a", relabel: "r", remove: "x", unsure: "u" }; // of the actions, in an answer's `marks`
export const UNDO = "undo";
export const KEYS = "keys";
export const AHEAD = 8; // clips without a decision that the board holds beyond the one in view
export const BEHIND = 1; // clips before it

/** @typedef {{ queue: number, annotator: string, run: string }} Whose */
/** @typedef {{ token: string, at: number[] }} Undoable a decision, or a batch, and the positions decided with it */

/**
 * A decision on one clip.
 * @param {Whose} whose
 * @param {{ clip_id: string, labels: string }} info about the clip
 * @param {{ at: number, action: string, labels: string, denied: string, batch: string }} decided
 *   denied: classes that are certainly not there; batch: "" for a decision alone
 */
export function makeDecision({ queue, annotator, run }, info, decided) {
  return { token: newToken(), queue, annotator, clip_id: info.clip_id, previous: info.labels, run, ...decided };
}

/**
 * A message that takes back a decision and its batch.
 * @param {Whose} whose
 * @param {Undoable} undone
 */
export function makeUndo({ queue, annotator }, { token, at }) {
  return { token: newToken(), queue, annotator, action: UNDO, undoes: token, at };
}

/**
 * A message that keeps the keys of classes, all of them.
 * @param {Whose} whose
 * @param {import("./keys.js").FixedKey[]} keys
 */
export function makeKeys({ queue, annotator }, keys) {
  return { token: newToken(), queue, annotator, action: KEYS, keys };
}

// Not crypto.randomUUID, which plain http from another machine does not have.
export function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
