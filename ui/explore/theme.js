// The colours of the app's theme, as numbers.

/** @typedef {import("./dots.js").Rgb} Rgb */

/**
 * @param {CSSStyleDeclaration} style
 * @param {string} name
 * @returns {Rgb[]}
 */
function coloursOf(style, name) {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  return style
    .getPropertyValue(`--st-${name}`)
    .split(/,(?![^(]*\))/)
    .map((text) => {
      context.fillStyle = text.trim();
      const digits = /^#(..)(..)(..)$/.exec(String(context.fillStyle)) ?? ["", "80", "80", "80"];
      return /** @type {Rgb} */ (digits.slice(1).map((pair) => parseInt(pair, 16)));
    });
}

/**
 * @param {Rgb} one
 * @param {Rgb} other
 * @param {number} share of the first
 * @returns {Rgb}
 */
function mixed(one, other, share) {
  return /** @type {Rgb} */ (one.map((value, i) => value * share + other[i] * (1 - share)));
}

/** @param {Element} root */
export function readTheme(root) {
  const style = getComputedStyle(root);
  const [text] = coloursOf(style, "text-color");
  const [background] = coloursOf(style, "background-color");
  return {
    groups: coloursOf(style, "chart-categorical-colors"),
    scale: coloursOf(style, "chart-sequential-colors").slice(3), // the first ones are hardly seen as dots
    grey: mixed(text, background, 0.28),
    background,
    text: style.getPropertyValue("--st-text-color"),
    accent: style.getPropertyValue("--st-link-color"),
  };
}
