// What the hand can do, beside the time: as many phrases as there is room for, each whole.

const PHRASES = ["Click to seek", "Ctrl + scroll to zoom", "drag to move", "double-click to see all"];
export const HINT = PHRASES.join(", ");

/**
 * @param {HTMLElement} element
 * @param {string | null} at where the pointer is, in seconds; null for nowhere
 */
export function fillHint(element, at) {
  const phrases = at ? [`Pointer at ${at} s`] : PHRASES;
  if (element.textContent === phrases.join("")) return;
  element.replaceChildren(
    ...phrases.map((text) => Object.assign(document.createElement("span"), { textContent: text })),
  );
}
