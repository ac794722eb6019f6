// One message to the server at a time. Whatever is to be said meanwhile goes into the next one.

const ANSWER_MS = 8000; // after which a message, or its answer, counts as lost

export class Post {
  /**
   * @param {import("../shared/scope.js").Scope} scope
   * @param {(number: number) => void} write sends a message under this number
   */
  constructor(scope, write) {
    this.scope = scope;
    this.write = write;
    this.number = Date.now(); // greater than any number before a reload
    this.waiting = 0;
    this.again = false;
    this.due = Infinity;
    this.heldUntil = 0;
    this.stopTimer = () => {};
  }

  // Have something sent within so many milliseconds, or as soon as nothing is held back.
  ask(delay = 0) {
    if (this.waiting) {
      this.again = true;
      return;
    }
    const now = performance.now();
    const due = Math.max(now + delay, this.heldUntil);
    if (due >= this.due) return;
    this.due = due;
    this.stopTimer();
    this.stopTimer = this.scope.after(due - now, () => this.send());
  }

  // Have nothing sent for so many milliseconds.
  hold(milliseconds) {
    this.heldUntil = performance.now() + milliseconds;
    if (this.due >= this.heldUntil) return;
    this.due = Infinity;
    this.ask();
  }

  send() {
    this.stopTimer();
    this.due = Infinity;
    this.again = false;
    this.number += 1;
    this.waiting = this.number;
    this.stopTimer = this.scope.after(ANSWER_MS, () => this.give());
    this.write(this.number);
  }

  answer(number) {
    if (number === this.waiting) this.give(this.again);
  }

  // No answer will come to what was sent.
  give(again = true) {
    this.stopTimer();
    this.waiting = 0;
    if (again) this.ask();
  }
}
