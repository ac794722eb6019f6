// Which key does what.

import { isForPage, pageKey } from "../shared/keyboard.js";

/** @typedef {{ name: string, step?: number[], place?: number, alone?: boolean, label?: string, text?: string }} Asked */
/** @typedef {{ key: string, code: string, label: string }} FixedKey of a class */

export const ACTIONS = [
  // name, key, what the help says
  ["accept", "a", "Accept the labels as they are"],
  ["relabel", "r", "Choose other labels"],
  ["remove", "x", "Remove the clip from the set"],
  ["unsure", "u", "Unsure: heard, and left as it is"],
  ["undo", "z", "Undo the last decision, or Ctrl Z"],
  ["skip", "s", "Skip to the next clip without a decision"],
  ["next", "j", "Next clip, or →"],
  ["previous", "k", "Previous clip, or ←"],
  ["play", " ", "Play and pause"],
  ["loop", "l", "Play over and over"],
  ["slower", "[", "Slower"],
  ["faster", "]", "Faster"],
  ["autoplay", "p", "Play each clip on arrival"],
  ["mode", "g", "One clip, or a grid of twelve"],
  ["all", "v", "Select the whole grid, or nothing of it"],
  ["deny", "-", "Certainly not: the class of the next key, 1 to 9 or one of yours"],
];
export const FIXED = [
  ["1 … 9", "Give or take away a likely class; with Shift, that class alone and on to the next clip"],
  ["Enter", "Confirm the labels; in the grid, select the clip"],
  ["Esc", "Take back changes that are not confirmed"],
  ["Arrows", "Previous and next clip; in the grid, from clip to clip"],
  ["?", "This list"],
];
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CHARACTERS = "abcdefghijklmnopqrstuvwxyz0;',./=\\";

// The key of each action: the default, or the one the user chose.
export function keyMap(chosen) {
  return Object.fromEntries(ACTIONS.map(([name, key]) => [name, chosen[name] ?? key]));
}

export function keyLabel(key) {
  return key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
}

/**
 * What a key press asks of the board: a name and its details, or null if it is not for the board.
 * @param {KeyboardEvent} event
 * @param {Record<string, string>} map
 * @param {boolean} byPointer whether the focus is where a pointer put it, and not Tab
 * @param {FixedKey[]} fixed
 * @returns {Asked | null}
 */
export function readKey(event, map, byPointer, fixed = []) {
  const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.altKey && !event.shiftKey;
  if (isUndo) return isForPage(event, byPointer) ? { name: "undo" } : null;
  const key = pageKey(event, byPointer);
  if (!key) return null;
  if (key === "?") return { name: "help" };
  const name = Object.keys(map).find((action) => map[action] === key);
  // Keys of actions are this browser's and those of classes the annotator's, so one can have become both.
  const clash = name && fixed.find((each) => each.key === key);
  if (clash) return { name: "clash", text: describeClash(clash, map) };
  if (name) return { name };
  const isCharacter = key.length === 1; // by its place with Shift, which makes another character of many
  const own = fixed.find((each) => each.key === key) ?? fixed.find(({ code }) => event.shiftKey && code && code === event.code);
  if (own && isCharacter) return { name: "fixed", label: own.label, alone: event.shiftKey };
  if (ARROWS[key]) return { name: "move", step: ARROWS[key] };
  if (key === "Enter" || key === "Escape") return { name: key === "Enter" ? "confirm" : "revert" };
  const digit = /^(Digit|Numpad)([1-9])$/.exec(event.code);
  return digit ? { name: "choose", place: Number(digit[2]) - 1, alone: event.shiftKey } : null;
}

// Which action has the key of a class in this browser; "" where none has.
export function describeClash({ key, label }, map) {
  const action = ACTIONS.find(([name]) => map[name] === key);
  if (!action) return "";
  return `${keyLabel(key)} is your key for ${label} and, in this browser, "${action[2]}": change one, under My keys or Keys.`;
}

// Why a class cannot have this key; "" where it can.
export function whyTaken(key, map, fixed) {
  if (!/^[^\s1-9?]$/u.test(key)) return "A class has a letter or another character as its key, but no digit 1 to 9 and no ?.";
  const action = ACTIONS.find(([name]) => map[name] === key);
  if (action) return `${keyLabel(key)} is taken: "${action[2]}". Press another, or change that one under Keys.`;
  const other = fixed.find((each) => each.key === key);
  return other ? `${keyLabel(key)} is the key for ${other.label} already. Press another.` : "";
}

// A key that a class can have, from its own name if possible; undefined where none is left.
export function freeKey(label, map, fixed) {
  return [...label.toLowerCase(), ...CHARACTERS].find((key) => CHARACTERS.includes(key) && !whyTaken(key, map, fixed));
}
