// What frames the clips: where in the queue one is, the decisions, and what became of them.

import { button, icon, make } from "./dom.js";
import { keyLabel, keyMap } from "./keys.js";
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
const NUM_ABOUT_CLIPS = 4; // the first so many are about the clip in view, or those that are selected
const ICON_PREVIOUS = "M10.5 3 5.5 8l5 5";
const ICON_NEXT = "M5.5 3l5 5-5 5";

export class Head {
  constructor(board) {
    this.board = board;
    this.scope = board.scope;
    this.find = (selector) => board.root.querySelector(selector);
    this.find(".decide").append(...DECISIONS.map((decision) => this.makeButton(...decision)));
    this.find(".place").before(this.makeStep("previous", "Previous", ICON_PREVIOUS));
    this.find(".place").after(this.makeStep("next", "Next", ICON_NEXT));
    this.scope.on(this.find(".status"), "click", () => this.board.hideFaults());
    this.find(".tools").append(
      this.makeButton("mode", "", "quiet"),
      this.makeButton("help", "Keys", "quiet"),
    );
  }

  makeButton(name, label, style) {
    const element = button(this.scope, style, name, () => this.board.act({ name }));
    element.append(make("span", "label", label), make("kbd"));
    return element;
  }

  makeStep(name, label, path) {
    const element = button(this.scope, "step", name, () => this.board.act({ name }));
    element.setAttribute("aria-label", label);
    element.append(icon(path));
    return element;
  }

  draw(view) {
    this.drawPlace(view);
    this.drawButtons(view);
    this.drawStatus();
  }

  drawPlace(view) {
    const { board } = this;
    const { info } = board;
    const mine = info && view.mine(board.at, info);
    const where = board.isGrid
      ? `${board.pageStart + 1}–${Math.min(board.pageStart + PAGE, view.length)} of ${view.length}`
      : `${board.at + 1} of ${view.length}`;
    this.find(".place").textContent = where;
    this.write(".name", info?.fname);
    this.write(".split", info?.split);
    this.write(".mine", mine && `${DONE[mine.action]}${mine.action === "relabel" ? `: ${mine.labels}` : ""}`);
    this.write(".reason", info?.reason);
    this.find(".reason").title = info?.reason ?? "";
  }

  write(selector, text) {
    this.find(selector).textContent = text || "";
    this.find(selector).hidden = !text;
  }

  drawButtons(view) {
    const { board } = this;
    const keys = { ...keyMap(board.settings.keys), help: "?" };
    const count = board.isGrid && board.selected.size > 1 ? ` ${board.selected.size}` : "";
    this.board.root.querySelectorAll(".decide button, .tools button").forEach((element) => {
      const name = element.dataset.do;
      element.querySelector("kbd").textContent = keyLabel(keys[name]);
      const action = DECISIONS.find(([other]) => other === name);
      const isAboutClips = action && DECISIONS.indexOf(action) < NUM_ABOUT_CLIPS;
      if (action) element.querySelector(".label").textContent = action[1] + (isAboutClips ? count : "");
      if (name === "mode") element.querySelector(".label").textContent = board.isGrid ? "One clip" : "Grid";
      if (isAboutClips) element.disabled = !board.info;
    });
    this.find("[data-do=undo]").disabled = !view.last;
    this.find("[data-do=accept]").classList.toggle("primary", !board.isChanged); // else it is not to be pressed
    this.drawSteps(view, keys);
  }

  drawSteps(view, keys) {
    const { board } = this;
    const [previous, next] = ["previous", "next"].map((name) => this.find(`[data-do=${name}]`));
    previous.title = `Previous (${keyLabel(keys.previous)})`;
    next.title = `Next (${keyLabel(keys.next)})`;
    previous.disabled = board.isGrid ? board.pageStart === 0 : board.at === 0;
    next.disabled = (board.isGrid ? board.pageStart + PAGE : board.at + 1) >= view.length;
  }

  drawStatus() {
    const { board } = this;
    const count = board.outbox.ops.length;
    const waiting = count === 1 ? "1 decision on its way" : `${count} decisions on their way`;
    const faults = [board.data.error, ...board.refused].filter(Boolean);
    const status = this.find(".status");
    if (board.refused.length) faults.push("Esc, or a click here, hides this.");
    status.textContent = [...faults, board.notice, count ? waiting : ""].filter(Boolean).join(" · ");
    status.classList.toggle("fault", faults.length > 0);
  }
}
