// The list of keys, in which each can be changed.

import { button, make } from "./dom.js";
import { ACTIONS, ARROWS, FIXED, keyLabel, keyMap } from "./keys.js";

export class Help {
  constructor({ root, scope, store, actions, focus }) {
    this.scope = scope;
    this.store = store;
    this.actions = actions;
    this.dialog = root.querySelector("dialog.list");
    this.list = this.dialog.querySelector(".keys");
    this.hint = this.dialog.querySelector(".hint");
    this.content = scope.child(); // of the lines that are shown
    this.waits = null; // the action that gets the next key
    this.scope.on(this.dialog, "close", focus);
    this.scope.on(this.dialog, "keydown", (event) => this.pressKey(event));
    this.scope.on(this.dialog, "click", (event) => event.target === this.dialog && this.dialog.close());
    this.scope.on(this.dialog.querySelector("[data-do=close]"), "click", () => this.dialog.close());
    this.scope.on(this.dialog.querySelector("[data-do=reset]"), "click", () => this.set({}));
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    this.waits = null;
    this.draw();
    this.dialog.showModal();
  }

  draw() {
    const keys = keyMap(this.store.settings.keys);
    this.content.clear();
    this.list.replaceChildren(
      ...ACTIONS.map(([name, , text]) => this.makeLine(keys[name], text, name)),
      ...this.store.fixed.map(({ key, label }) => makeRow(keyLabel(key), label)),
      ...FIXED.map(([key, text]) => makeRow(key, text)),
    );
    this.hint.textContent = this.waits
      ? "Press the new key. Esc leaves it as it is."
      : "A click on a key changes it; this browser keeps that. In a text field keys write, and decide nothing.";
  }

  makeLine(key, text, name) {
    const change = button(this.content, "key", "change", () => this.wait(name));
    const shown = this.waits === name ? "…" : keyLabel(key);
    change.append(make("kbd", "", shown));
    change.setAttribute("aria-label", `${shown}: change the key for: ${text}`);
    change.dataset.action = name;
    return make("div", "line", change, make("span", "", text));
  }

  wait(name) {
    this.waits = name;
    this.draw();
    this.dialog.focus();
  }

  pressKey(event) {
    event.stopPropagation();
    if (this.waits === null || ["Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
    event.preventDefault();
    const own = this.store.fixed.find(({ key }) => key === event.key.toLowerCase());
    if (own) {
      this.hint.textContent = `${keyLabel(own.key)} is your key for ${own.label}: press another, or change it under My keys.`;
      return;
    }
    if (event.key === "Escape" || !this.isFree(event)) {
      this.waits = null;
      this.draw();
      return;
    }
    this.give(this.waits, event.key.length === 1 ? event.key.toLowerCase() : event.key);
  }

  // Digits, Enter, arrows and ? are reserved.
  isFree(event) {
    return !/^[1-9?]$/.test(event.key) && !["Enter", "Tab", ...Object.keys(ARROWS)].includes(event.key);
  }

  // The action that had this key gets the old one in exchange.
  give(name, key) {
    const keys = keyMap(this.store.settings.keys);
    const other = Object.keys(keys).find((action) => keys[action] === key);
    if (other) keys[other] = keys[name];
    keys[name] = key;
    this.set(keys);
  }

  set(keys) {
    this.waits = null;
    this.actions.set({ keys });
    this.draw();
  }
}

function makeRow(key, text) {
  return make("div", "line", make("span", "", make("kbd", "", key)), make("span", "", text));
}
