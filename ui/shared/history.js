// Back leads to where somebody was: what the app changes in the address by itself makes no entry of its own.

import { Scope } from "./scope.js";

/**
 * Have entries of the browser's history replaced while nobody has done anything since the last one. Streamlit enters
 * the parameters of a page that it opens under the page that is left, and those that a page writes on arrival.
 * @param {Window} view
 */
export function enterActionsOnly(view) {
  const { history } = view;
  if (Object.hasOwn(history, "pushState")) return; // done at an earlier drawing of the page
  let acted = false;
  const scope = new Scope(); // which lasts as long as the window
  for (const type of ["pointerdown", "keydown", "drop"]) {
    scope.on(view, type, () => (acted = true), { capture: true });
  }
  const { pushState, replaceState } = history;
  history.pushState = (...entry) => {
    (acted ? pushState : replaceState).apply(history, entry);
    acted = false;
  };
}

export default function keepHistory() {
  enterActionsOnly(window);
}
