// Times a click or a key, in the browser, until what it asked for is drawn: `drawn.expect(...)`, click, `drawn.wait()`.
//
// Every frame looks at the page: nothing outside the browser takes part, and a shadow root, which tells no
// observer outside of it about changes, is no obstacle. A selector reaches into one after " >>> ".

const PATIENCE_MS = 120_000;

class Drawn {
  constructor() {
    addEventListener("click", (event) => (this.clicked ??= event.timeStamp), true);
    addEventListener("mousedown", (event) => (this.clicked ??= event.timeStamp), true); // a table in a canvas
    addEventListener("keydown", (event) => (this.clicked ??= event.timeStamp), true);
    this.clicked = 0; // nothing is expected yet
  }

  // `present`: selectors of what only the finished page has; `changed`: of what must not read as it does now.
  expect(present, changed) {
    this.clicked = undefined;
    this.present = present;
    this.changed = changed.map((selector) => [selector, this.read(selector)]);
    this.until = performance.now() + PATIENCE_MS;
    this.result = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.look();
  }

  wait() {
    return this.result;
  }

  look() {
    if (this.clicked !== undefined && this.isDrawn()) {
      // What this frame shows is on the screen when the next task begins.
      setTimeout(() => this.resolve(performance.now() - this.clicked));
    } else if (performance.now() > this.until) {
      const missing = [...this.present.filter((selector) => !this.find(selector)), ...this.changed.flat()];
      this.reject(new Error(`Not drawn ${this.clicked ? "after the click" : "without a click"}: ${missing}`));
    } else requestAnimationFrame(() => this.look());
  }

  isDrawn() {
    return (
      document.querySelector("[data-test-script-state=notRunning]") &&
      !document.querySelector("[data-testid=stMain] [data-stale=true], [data-testid=stSkeleton]") &&
      this.present.every((selector) => this.find(selector)) &&
      this.changed.every(([selector, before]) => ![before, null].includes(this.read(selector)))
    );
  }

  find(selector) {
    return selector.split(" >>> ").reduce((root, part) => (root?.shadowRoot ?? root)?.querySelector(part), document);
  }

  read(selector) {
    const element = this.find(selector);
    return element ? (element.getAttribute("aria-label") ?? element.textContent) : null;
  }
}

window.drawn = new Drawn();
