// The one owner of listeners, timers, frames and observers: what is registered here ends with its scope.

/** Children end before the parent's own registrations; what is registered after the end is ended at once. */
export class Scope {
  constructor() {
    this.isDisposed = false;
    /** @type {Set<Scope>} */
    this.children = new Set();
    /** @type {Set<() => void>} */
    this.cleanups = new Set();
  }

  /**
   * A scope that ends with this one, or before it.
   * @returns {Scope}
   */
  child() {
    const child = new Scope();
    this.children.add(child);
    child.cleanups.add(() => this.children.delete(child));
    if (this.isDisposed) child.dispose();
    return child;
  }

  /**
   * Run a cleanup when the scope ends. The function returned runs it now instead.
   * @param {() => void} cleanup
   * @returns {() => void}
   */
  add(cleanup) {
    const end = () => {
      if (this.cleanups.delete(end)) cleanup();
    };
    this.cleanups.add(end);
    if (this.isDisposed) end();
    return end;
  }

  /**
   * @template {Event} [E=any]
   * @param {EventTarget} target
   * @param {string} type
   * @param {(event: E) => void} handler
   * @param {AddEventListenerOptions} [options]
   * @returns {() => void} takes the listener away
   */
  on(target, type, handler, options) {
    const listener = /** @type {EventListener} */ (handler);
    target.addEventListener(type, listener, options);
    return this.add(() => target.removeEventListener(type, listener, options));
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} run
   * @returns {() => void} calls it off
   */
  after(milliseconds, run) {
    const timer = setTimeout(() => {
      this.cleanups.delete(end);
      run();
    }, milliseconds);
    const end = this.add(() => clearTimeout(timer));
    return end;
  }

  /**
   * @param {() => void} run before the next frame is painted
   * @returns {() => void} calls it off
   */
  frame(run) {
    const request = requestAnimationFrame(() => {
      this.cleanups.delete(end);
      run();
    });
    const end = this.add(() => cancelAnimationFrame(request));
    return end;
  }

  /**
   * @param {Element} element
   * @param {() => void} run whenever its size has changed
   * @returns {() => void} observes it no longer
   */
  observeSize(element, run) {
    const observer = new ResizeObserver(run);
    observer.observe(element);
    return this.add(() => observer.disconnect());
  }

  /**
   * @param {Element} element
   * @param {() => void} run whenever a text in it has changed
   * @returns {() => void} observes it no longer
   */
  observeText(element, run) {
    const observer = new MutationObserver(run);
    observer.observe(element, { childList: true, characterData: true, subtree: true });
    return this.add(() => observer.disconnect());
  }

  /** End everything registered, last in first out. The scope can be used again afterwards. */
  clear() {
    [...this.children].reverse().forEach((child) => child.dispose());
    [...this.cleanups].reverse().forEach((end) => end());
  }

  dispose() {
    this.isDisposed = true;
    this.clear();
    this.cleanups.clear();
  }
}
