// What the browser has and Node has not, as far as the tests need it.

/** A storage of strings, such as sessionStorage. */
export class FakeStorage {
  constructor() {
    /** @type {Map<string, string>} */
    this.items = new Map();
  }

  /** @param {string} key */
  getItem(key) {
    return this.items.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.items.delete(key);
  }
}

/**
 * Have a global name for a test.
 * @param {string} name
 * @param {any} value
 */
export function define(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** An element, as far as keys ask it: the selectors that it matches. */
export class FakeElement {
  /** @param {{ is?: string[] }} facts */
  constructor({ is = [] }) {
    this.is = is;
  }

  /** @param {string} selector */
  closest(selector) {
    return this.matches(selector) ? this : null;
  }

  /** @param {string} selector */
  matches(selector) {
    return selector.split(", ").some((each) => this.is.includes(each));
  }
}
