// The head of the board: the position in the queue, the decisions, and whether they are stored.

import { button, fill, icon, make, sayLabels } from "./dom.js";
import { keyLabel, keyMap } from "./keys.js";
import { KEYS } from "./protocol.js";
import { PAGE } from "./queue_view.js";

export const DONE = { accept: "Accepted", relabel: "Relabelled", remove: "Removed", unsure: "Unsure" };
const DECISIONS = [
  ["accept", "Accept", "primary"],
  ["relabel", "Relabel", ""],
  ["remove", "Remove", ""],
  ["unsure", "Unsure", ""],
  ["undo", "Undo", "apart"],
  ["skip", "Skip", ""],
];

// A decision in words: its labels where they are others than those that were there, and what it denies.
export function sayDecision({ action, labels, denied = "" }) {
  const said = sayLabels(action === "relabel" ? labels : "", denied);
  return said ? `${DONE[action]}: ${said}` : DONE[action];
}

const NUM_ABOUT_CLIPS = 4; // the first so many are about the clip in view, or those that are selected
const ICON_PREVIOUS = "M10.5 3 5.5 8l5 5";
const ICON_NEXT = "M5.5 3l5 5-5 5";

export class Head {
  constructor({ root, scope, store, actions }) {
    this.root = root;
    this.scope = scope;
    this.store = store;
    this.actions = actions;
    this.find = (selector) => root.querySelector(selector);
    this.find(".decide").append(...DECISIONS.map((decision) => this.makeButton(...decision)));
    this.find(".place").before(this.makeStep("previous", "Previous", ICON_PREVIOUS));
    this.find(".place").after(this.makeStep("next", "Next", ICON_NEXT));
    this.scope.on(this.find(".status"), "click", () => actions.hideFaults());
    this.find(".tools").append(
      this.makeButton("mode", "", "quiet"),
      this.makeButton("keys", "My keys", "quiet"),
      this.makeButton("help", "Keys", "quiet"),
    );
    store.subscribe((queue) => this.draw(queue));
  }

  makeButton(name, label, style) {
    const element = button(this.scope, style, name, () => this.actions.act({ name }));
    element.append(make("span", "label", label), make("kbd"));
    return element;
  }

  makeStep(name, label, path) {
    const element = button(this.scope, "step", name, () => this.actions.act({ name }));
    element.setAttribute("aria-label", label);
    element.append(icon(path));
    return element;
  }

  draw(queue) {
    this.drawPlace(queue);
    this.drawButtons(queue);
    this.drawStatus();
  }

  drawPlace(queue) {
    const { store } = this;
    const { info } = store;
    const mine = info && queue.mine(store.at, info);
    const where = store.isGrid
      ? `${store.pageStart + 1}–${Math.min(store.pageStart + PAGE, queue.length)} of ${queue.length}`
      : `${store.at + 1} of ${queue.length}`;
    this.find(".place").textContent = where;
    this.write(".name", info?.fname);
    this.write(".split", info?.split);
    this.write(".mine", mine && sayDecision(mine));
    this.write(".reason", info?.reason);
    this.find(".reason").title = info?.reason ?? "";
  }

  write(selector, text) {
    this.find(selector).textContent = text || "";
    this.find(selector).hidden = !text;
  }

  drawButtons(queue) {
    const { store } = this;
    const keys = { ...keyMap(store.settings.keys), help: "?" };
    const count = store.isGrid && store.selected.size > 1 ? ` ${store.selected.size}` : "";
    this.root.querySelectorAll(".decide button, .tools button").forEach((element) => {
      const name = element.dataset.do;
      element.querySelector("kbd").textContent = keys[name] ? keyLabel(keys[name]) : "";
      element.querySelector("kbd").hidden = !keys[name];
      const action = DECISIONS.find(([other]) => other === name);
      const isAboutClips = action && DECISIONS.indexOf(action) < NUM_ABOUT_CLIPS;
      if (action) element.querySelector(".label").textContent = action[1] + (isAboutClips ? count : "");
      if (name === "mode") element.querySelector(".label").textContent = store.isGrid ? "One clip" : "Grid";
      if (isAboutClips) element.disabled = !store.info;
    });
    this.find("[data-do=undo]").disabled = !queue.last;
    this.find("[data-do=accept]").classList.toggle("primary", !store.isChanged); // else it is not to be pressed
    this.drawSteps(queue, keys);
  }

  drawSteps(queue, keys) {
    const { store } = this;
    const [previous, next] = ["previous", "next"].map((name) => this.find(`[data-do=${name}]`));
    previous.title = `Previous (${keyLabel(keys.previous)})`;
    next.title = `Next (${keyLabel(keys.next)})`;
    previous.disabled = store.isGrid ? store.pageStart === 0 : store.at === 0;
    next.disabled = (store.isGrid ? store.pageStart + PAGE : store.at + 1) >= queue.length;
  }

  drawStatus() {
    const { store } = this;
    const count = store.outbox.ops.filter(({ action }) => action !== KEYS).length;
    const waiting = count === 1 ? "1 decision on its way" : `${count} decisions on their way`;
    const faults = [store.data.error, ...store.refused].filter(Boolean);
    const status = this.find(".status");
    if (store.refused.length) faults.push("Esc, or a click here, hides this.");
    const news = [...faults, store.notice].filter(Boolean).join(" · ");
    const quiet = count ? (news && " · ") + waiting : "";
    fill(status, [news, quiet], () => {
      const unread = make("span", "", quiet); // it changes with each decision
      unread.setAttribute("aria-hidden", "true");
      return [news, unread];
    });
    status.classList.toggle("fault", faults.length > 0);
  }
}
