// Keys that an annotator has given to classes: in a row on the board, and in a dialog that changes them.

import { button, className, fill, make } from "./dom.js";
import { describeClash, freeKey, keyLabel, keyMap, whyTaken } from "./keys.js";

export const MOST_KEYS = 20;

export class FixedKeys {
  constructor({ root, scope, store, actions, focus }) {
    this.store = store;
    this.actions = actions;
    this.row = root.querySelector(".fixed-row");
    this.rowContent = scope.child(); // of the buttons that are shown
    this.dialog = root.querySelector("dialog.fixed");
    this.list = this.dialog.querySelector(".keys");
    this.hint = this.dialog.querySelector(".hint");
    this.content = scope.child(); // of the lines that are shown
    this.waits = ""; // the class that gets the next key
    scope.on(this.dialog, "close", focus);
    scope.on(this.dialog, "keydown", (event) => this.pressKey(event));
    scope.on(this.dialog, "click", (event) => event.target === this.dialog && this.dialog.close());
    scope.on(this.dialog.querySelector("[data-do=close]"), "click", () => this.dialog.close());
    scope.on(this.dialog.querySelector("[data-do=add]"), "click", () => this.chooseClasses());
    store.subscribe(() => this.draw());
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    this.waits = "";
    this.dialog.showModal();
    this.drawList();
  }

  // --- on the board

  draw() {
    const { store } = this;
    const { fixed, labels, denied } = store;
    this.row.hidden = !fixed.length;
    fill(this.row, [fixed, store.isGrid ? [] : [labels, denied]], () => {
      this.rowContent.clear();
      return fixed.map(({ key, label }) => this.makeButton(key, label));
    });
    if (this.isOpen) this.drawList();
  }

  makeButton(key, label) {
    const { store } = this;
    const isDenied = !store.isGrid && store.denied.includes(label);
    const give = () => this.actions.act({ name: "fixed", label });
    const element = button(this.rowContent, isDenied ? "choice denied" : "choice", "fixed", give);
    element.dataset.label = label;
    if (!store.isGrid) element.setAttribute("aria-pressed", store.labels.includes(label));
    element.append(make("kbd", "", keyLabel(key)), make("span", "label", isDenied ? "not " : "", ...className(label)));
    return element;
  }

  // --- the dialog

  drawList(fault = "") {
    const { fixed } = this.store;
    this.content.clear();
    this.list.replaceChildren(...fixed.map(({ key, label }) => this.makeLine(key, label)));
    const map = keyMap(this.store.settings.keys);
    const clash = fixed.map((each) => describeClash(each, map)).find(Boolean);
    const usual = fixed.length
      ? "A click on a key changes it. A key gives its class or takes it away; with Shift, that class alone and on."
      : "A key of its own for up to 20 classes, beside 1 to 9: kept for you and this data set.";
    const waiting = this.waits && `Press the key for ${this.waits}. Esc leaves it as it is.`;
    this.hint.textContent = fault || waiting || clash || usual;
    this.hint.classList.toggle("fault", Boolean(fault || (clash && !waiting)));
  }

  makeLine(key, label) {
    const change = button(this.content, "key", "change", () => this.wait(label));
    change.append(make("kbd", "", this.waits === label ? "…" : keyLabel(key)));
    change.setAttribute("aria-label", `${keyLabel(key)}: change the key for ${label}`);
    change.dataset.label = label;
    const takeAway = button(this.content, "quiet", "take-away", () => this.set(this.others(label)));
    takeAway.append("×");
    takeAway.setAttribute("aria-label", `Take the key of ${label} away`);
    return make("div", "line", change, make("span", "label", ...className(label)), takeAway);
  }

  others(label) {
    return this.store.fixed.filter((each) => each.label !== label);
  }

  wait(label) {
    this.waits = label;
    this.drawList();
    this.dialog.focus();
  }

  pressKey(event) {
    event.stopPropagation();
    if (!this.waits || ["Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
    event.preventDefault();
    const label = this.waits;
    if (event.key === "Escape") {
      this.waits = "";
      this.drawList();
      return;
    }
    const key = event.key.toLowerCase();
    const fault = whyTaken(key, keyMap(this.store.settings.keys), this.others(label));
    if (fault) {
      this.drawList(fault);
      return;
    }
    this.waits = "";
    const change = (each) => (each.label === label ? { key, code: event.code, label } : each);
    this.set(this.store.fixed.map(change));
  }

  // Each class that has no key yet gets one: a letter of its name, if one is free.
  chooseClasses() {
    const { store } = this;
    const take = (chosen) => {
      const map = keyMap(store.settings.keys);
      const keys = store.fixed.filter(({ label }) => chosen.includes(label));
      const added = chosen.filter((name) => !keys.some(({ label }) => label === name));
      for (const label of added) {
        const key = freeKey(label, map, keys);
        if (!key || keys.length >= MOST_KEYS) break;
        keys.push({ key, code: "", label });
      }
      const missing = chosen.length - keys.length;
      this.set(keys);
      if (missing) this.drawList(`No key is left for ${missing} of these classes: ${MOST_KEYS} can have one at most.`);
    };
    const nothing = "No class chosen yet";
    this.actions.views.picker.open(store.fixed.map(({ label }) => label), [], { take, nothing });
  }

  set(keys) {
    this.actions.setFixedKeys(keys);
    this.drawList();
  }
}
