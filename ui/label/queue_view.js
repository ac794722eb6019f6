// The queue including the decisions that are still on their way.

import { KEYS, LETTERS, NOT_DECIDED, UNDO } from "./protocol.js";

export const PAGE = 12; // clips in the grid

export class QueueView {
  constructor(data, ops) {
    this.data = data;
    const isDecision = (op) => op.action !== KEYS && op.queue === data.queue;
    this.ops = ops.filter((op) => isDecision(op) && op.annotator === data.annotator);
    this.marks = this.applied();
  }

  get length() {
    return this.marks.length;
  }

  applied() {
    const marks = [...this.data.marks];
    for (const op of this.ops) {
      if (op.action === UNDO) op.at.forEach((at) => (marks[at] = NOT_DECIDED));
      else marks[op.at] = LETTERS[op.action];
    }
    return marks;
  }

  isDecided(at) {
    return this.marks[at] !== NOT_DECIDED;
  }

  get isFinished() {
    return !this.marks.includes(NOT_DECIDED);
  }

  // The next clip without a decision: after this position, else from the start; -1 where there is none.
  nextLeft(at) {
    const after = this.marks.indexOf(NOT_DECIDED, at + 1);
    return after >= 0 ? after : this.marks.indexOf(NOT_DECIDED);
  }

  // The next few positions without a decision, starting here.
  left(at, count) {
    const found = [];
    for (let i = at; i < this.length && found.length < count; i += 1) if (!this.isDecided(i)) found.push(i);
    return found;
  }

  // This annotator's current decision on a clip: action and labels, or null.
  mine(at, info) {
    if (!this.isDecided(at)) return null;
    const last = this.ops.findLast((op) => op.at === at);
    return last ?? info.mine;
  }

  // What undo takes back: a token and all positions decided with it; null if nothing is left.
  get last() {
    const pending = new Map();
    for (const op of this.ops) {
      if (op.action === UNDO) continue;
      const key = op.batch || op.token;
      if (!pending.has(key)) pending.set(key, { token: op.token, at: [] });
      pending.get(key).at.push(op.at);
    }
    const taken = new Set(this.ops.map((op) => op.undoes));
    return [...this.data.undo, ...pending.values()].findLast(({ token }) => !taken.has(token)) ?? null;
  }
}
