// Which key presses are for a page's own keys, wherever on the page the focus is.

const TYPED_INTO = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=range])";
const PRESSED =
  "button, a, summary, input:not([type=range]), [role=button], [role=tab], [role=radio], [role=checkbox], [role=option]";
const OVERLAYS = "[role=dialog], [role=listbox], [role=menu], [data-baseweb=popover]";

/**
 * The key of a press that is for the page, letters in lower case; "" where it is for something else: a field, an
 * overlay, a short cut of the browser, or a control that was reached with Tab and that this key presses.
 * @param {KeyboardEvent} event
 * @param {boolean} byPointer whether the focus is where a pointer put it, and not Tab: a click on a page's name in
 *   the sidebar leaves it on that link, and browsers take it for one of the keyboard's at the first key
 * @returns {string}
 */
export function pageKey(event, byPointer) {
  const target = /** @type {Element} */ (event.composedPath()[0]);
  const isIn = (/** @type {string} */ selector) => Boolean(target.closest?.(selector));
  const withGraph = event.getModifierState("AltGraph"); // how [ is typed on many keyboards
  if (event.isComposing || ((event.ctrlKey || event.metaKey || event.altKey) && !withGraph)) return "";
  if (isIn(TYPED_INTO) || isIn(OVERLAYS) || document.querySelector("[role=dialog][aria-modal=true]")) return "";
  if ((event.key === " " || event.key === "Enter") && isIn(PRESSED) && !byPointer) return "";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
