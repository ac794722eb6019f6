// Which key presses are for a page's own keys, wherever on the page the focus is.

const FIELDS = "input, textarea, select, [contenteditable]";
const SWITCHES = "[type=checkbox], [type=radio], [type=button], [type=submit], [type=range], [type=file]";
const CHOICE = "input[role=combobox]";
const PRESSED =
  "button, a, summary, input, [role=button], [role=tab], [role=radio], [role=checkbox], [role=combobox], [role=option], [role=slider]";
const PRESSING = [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const OVERLAYS = "[role=dialog], [role=listbox], [role=menu]";

/**
 * The key of a press that is for the page, letters in lower case; "" where it is for something else: a field, an
 * overlay, a short cut of the browser, or a control that was reached with Tab and that this key presses.
 * @param {KeyboardEvent} event
 * @param {boolean} byPointer whether the focus is where a pointer put it, and not Tab: a click on a page's name in
 *   the sidebar leaves it on that link, and browsers take it for one of the keyboard's at the first key
 * @returns {string}
 */
export function pageKey(event, byPointer) {
  const isShortCut = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
  if (isShortCut || !isForPage(event, byPointer)) return "";
  if (!byPointer && PRESSING.includes(event.key) && targetOf(event).closest?.(PRESSED)) return "";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/**
 * Whether a press, a short cut among them, neither writes into a field nor is for an overlay that is open.
 * @param {KeyboardEvent} event
 * @param {boolean} byPointer as for `pageKey`
 */
export function isForPage(event, byPointer) {
  return !event.isComposing && !isTyping(targetOf(event), byPointer) && !document.querySelector(OVERLAYS);
}

/** @param {KeyboardEvent} event */
function targetOf(event) {
  return /** @type {Element} */ (event.composedPath()[0]);
}

// A list that a click has chosen from keeps the focus, but nobody types there.
function isTyping(target, byPointer) {
  if (!target.closest?.(FIELDS) || target.matches(SWITCHES)) return false;
  return !(byPointer && target.matches(CHOICE));
}
