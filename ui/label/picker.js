// All classes by family; any number can be chosen by typing, arrow keys, mouse or touch.

import { button, className, make, toggled } from "./dom.js";

const NO_LABEL_CHOSEN = "No label chosen yet: to take the clip out of the set, cancel and remove it";

export class Picker {
  constructor({ root, scope, store, actions, focus }) {
    this.scope = scope;
    this.store = store;
    this.actions = actions;
    this.dialog = root.querySelector(".picker");
    this.input = this.dialog.querySelector("input");
    this.list = this.dialog.querySelector("[role=listbox]");
    this.chips = this.dialog.querySelector(".chips");
    this.content = scope.child(); // of the options that are listed
    this.chipsContent = scope.child();
    this.chosen = [];
    this.denied = [];
    this.options = [];
    this.active = -1; // of the options that are listed
    /** @type {(chosen: string[], denied: string[]) => void} */
    this.takeIn = () => {};
    this.nothing = NO_LABEL_CHOSEN;
    this.scope.on(this.input, "input", () => this.search());
    this.scope.on(this.dialog, "close", focus);
    this.scope.on(this.dialog, "keydown", (event) => this.pressKey(event));
    this.scope.on(this.dialog, "click", (event) => event.target === this.dialog && this.close()); // beside it
    this.scope.on(this.dialog.querySelector("[data-do=confirm]"), "click", () => this.confirm());
    this.scope.on(this.dialog.querySelector("[data-do=cancel]"), "click", () => this.close());
  }

  get isOpen() {
    return this.dialog.open;
  }

  open(labels, denied, { take = (chosen, absent) => this.actions.confirm(chosen, absent), nothing = NO_LABEL_CHOSEN } = {}) {
    this.takeIn = take; // is given what was chosen
    this.nothing = nothing; // is said where nothing is
    this.chosen = [...labels];
    this.denied = [...denied];
    this.input.value = "";
    this.dialog.showModal();
    this.input.focus();
    this.search();
  }

  close() {
    this.dialog.close();
  }

  confirm() {
    if (!this.chosen.length && !this.denied.length) return; // as the line in place of the chips says
    this.close();
    this.takeIn(this.chosen, this.denied);
  }

  // --- the list

  // Whether what is typed denies a class: it begins with a minus, and no class does.
  get isDenying() {
    const names = this.store.data.families.flatMap(([, all]) => all);
    return this.input.value.trim().startsWith("-") && !names.some((name) => name.startsWith("-"));
  }

  get wanted() {
    return normalise(this.input.value.trim().slice(this.isDenying ? 1 : 0));
  }

  // The classes that contain the typed text; within a family, those that begin with it come first.
  get groups() {
    const { wanted } = this;
    return this.store.data.families
      .map(([family, names]) => [family, names.filter((name) => normalise(name).includes(wanted))])
      .filter(([, names]) => names.length);
  }

  search() {
    this.drawList();
    const first = this.best();
    this.activate(this.wanted ? first : -1);
  }

  // The option that Enter takes: one whose name begins with what was typed, else the first.
  best() {
    const { wanted } = this;
    const place = this.options.findIndex((option) => normalise(option.dataset.label).startsWith(wanted));
    return place >= 0 ? place : Math.min(0, this.options.length - 1);
  }

  drawList() {
    this.content.clear();
    const groups = this.groups.map(([family, names]) => {
      const group = make("div", "family", make("div", "title", family), ...names.map((name) => this.makeOption(name)));
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", family);
      return group;
    });
    const nothing = make("p", "hint", "No class has that in its name.");
    this.list.replaceChildren(...(groups.length ? groups : [nothing]));
    this.options = [...this.list.querySelectorAll("[role=option]")];
    this.drawChosen();
  }

  makeOption(name) {
    const option = make("div", "option", ...className(name));
    option.id = `label-option-${normalise(name).replaceAll(" ", "-")}`;
    option.dataset.label = name;
    option.setAttribute("role", "option");
    this.content.on(option, "mousedown", (event) => event.preventDefault()); // the line keeps the focus
    this.content.on(option, "click", () => this.take(name));
    return option;
  }

  drawChosen() {
    this.options.forEach((option) => option.setAttribute("aria-selected", this.chosen.includes(option.dataset.label)));
    this.chipsContent.clear();
    const chips = [
      ...this.chosen.map((name) => this.makeChip("", name, () => this.toggle(name))),
      ...this.denied.map((name) => this.makeChip("not ", name, () => this.toggleDenied(name))),
    ];
    this.chips.replaceChildren(...(chips.length ? chips : [make("span", "hint", this.nothing)]));
  }

  makeChip(prefix, name, takeAway) {
    const chip = button(this.chipsContent, prefix ? "choice denied" : "choice", "unchoose", takeAway);
    chip.setAttribute("aria-pressed", true);
    chip.setAttribute("aria-label", `Take away ${prefix}${name}`);
    chip.append(make("span", "label", prefix, ...className(name)), "×");
    return chip;
  }

  activate(place) {
    this.options[this.active]?.classList.remove("active");
    this.active = place;
    const option = this.options[place];
    option?.classList.add("active");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  take(name) {
    if (this.isDenying) this.toggleDenied(name);
    else this.toggle(name);
  }

  toggle(name) {
    this.chosen = toggled(this.chosen, name);
    this.denied = this.denied.filter((other) => other !== name);
    this.drawChosen();
  }

  toggleDenied(name) {
    this.denied = toggled(this.denied, name);
    this.chosen = this.chosen.filter((other) => other !== name);
    this.drawChosen();
  }

  // --- keys

  pressKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const handle = {
      ArrowDown: () => this.step(1),
      ArrowUp: () => this.step(-1),
      Enter: () => this.enter(event),
      Backspace: () => this.takeBack(),
    }[event.key];
    if (!handle || event.target !== this.input) return;
    if (event.key === "Backspace" && this.input.value) return; // deletes a letter
    event.preventDefault();
    handle();
  }

  step(by) {
    const count = this.options.length;
    if (count) this.activate((this.active + by + count + (this.active < 0 && by < 0 ? 1 : 0)) % count);
  }

  enter(event) {
    const option = this.options[this.active];
    if (!option || event.ctrlKey || event.metaKey) {
      if (!this.input.value.trim() || event.ctrlKey || event.metaKey) this.confirm();
      return;
    }
    this.take(option.dataset.label);
    this.input.value = "";
    this.search();
  }

  takeBack() {
    if (this.denied.length) this.denied.pop();
    else this.chosen.pop();
    this.drawChosen();
  }
}

function normalise(text) {
  return text.toLowerCase().replaceAll("_", " ").replace(/[()]/g, "").trim();
}
