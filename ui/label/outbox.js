// Decisions that the server has not answered yet. They survive a reload of the page.

const OUTBOX_KEY = "fsat-label-outbox";

export class Outbox {
  constructor() {
    this.ops = [];
    this.scope = null;
  }

  // A scope is one label database with one data set: its decisions are never sent anywhere else.
  open(scope) {
    if (scope === this.scope) return;
    this.scope = scope;
    try {
      this.ops = JSON.parse(sessionStorage.getItem(`${OUTBOX_KEY}:${scope}`) ?? "[]");
    } catch {
      this.ops = [];
    }
  }

  add(ops) {
    this.ops.push(...ops);
    this.keep();
  }

  settle(tokens) {
    const gone = new Set(tokens);
    if (!this.ops.some((op) => gone.has(op.token))) return;
    this.ops = this.ops.filter((op) => !gone.has(op.token));
    this.keep();
  }

  keep() {
    try {
      sessionStorage.setItem(`${OUTBOX_KEY}:${this.scope}`, JSON.stringify(this.ops));
    } catch {
      // Storage is forbidden or full: the decisions are kept in this page only.
    }
  }
}
