// What Streamlit calls for each update of a component, and when that update is over.

import { Scope } from "./scope.js";

/**
 * @typedef {object} Update
 * @property {HTMLElement | ShadowRoot} parentElement
 * @property {any} data what Python sent
 * @property {(name: string, value: any) => void} setStateValue
 */

/**
 * The function that Streamlit calls: opens one view per element and passes that element's updates to it.
 * @param {string} selector
 * @param {(root: HTMLElement, scope: Scope) => { update: (update: Update) => void }} open the scope ends with the
 *   element
 * @returns {(update: Update) => () => void}
 */
export function makeComponent(selector, open) {
  /** @type {WeakMap<Element, { scope: Scope, view: { update: (update: Update) => void }, updates: number }>} */
  const mounted = new WeakMap();
  return (update) => {
    const root = /** @type {HTMLElement} */ (update.parentElement.querySelector(selector));
    let mount = mounted.get(root);
    if (!mount) {
      const scope = new Scope();
      mount = { scope, view: open(root, scope), updates: 0 };
      mounted.set(root, mount);
      scope.add(() => mounted.delete(root));
    }
    // Streamlit calls this for new data and for a new theme. It may end an older update after a newer one has
    // begun, so only the end of the newest one counts.
    const { scope, view } = mount;
    mount.updates += 1;
    const { updates } = mount;
    view.update(update);
    return () => {
      if (updates === mount.updates) scope.dispose();
    };
  };
}
