// Sends one message to the server at a time; whatever comes up meanwhile goes into the next one.

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

  // Send within this many milliseconds, or once sending is no longer held back.
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

  // Hold back sending for this many milliseconds.
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

  // The message that was sent will get no answer.
  give(again = true) {
    this.stopTimer();
    this.waiting = 0;
    if (again) this.ask();
  }
}
