// The legend of a map: a button for each group, which makes that group stand out; or a scale.

import { between } from "./dots.js";

/** @param {import("./dots.js").Rgb} colour */
function css([red, green, blue]) {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
}

/**
 * @param {string} tag
 * @param {string} [name]
 * @param {string} [text]
 */
function part(tag, name = "", text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

/** @param {string} colour @param {boolean} isRing */
function swatch(colour, isRing) {
  const element = part("span", isRing ? "swatch ring" : "swatch");
  element.style.color = colour;
  return element;
}

/**
 * The elements of a legend. A button's `data-groups` are the numbers of its groups.
 * @param {import("./places.js").Colours} colours
 * @param {{ groups: import("./dots.js").Rgb[], scale: import("./dots.js").Rgb[], grey: import("./dots.js").Rgb }} theme
 * @returns {HTMLElement[]}
 */
export function legendOf(colours, theme) {
  if (!colours.groups.length) return scaleOf(colours, theme);
  const entries = colours.groups.map((group, i) => ({ ...group, at: i }));
  const coloured = entries.filter(({ colour, count }) => colour >= 0 && count);
  const grey = entries.filter(({ colour, count }) => colour < 0 && count);
  const buttons = coloured.map(({ name, colour, count, at }) =>
    button(name, count, [at], swatch(css(theme.groups[colour % 10]), colour >= 10)),
  );
  if (grey.length) {
    const count = grey.reduce((sum, group) => sum + group.count, 0);
    const numbers = grey.map(({ at }) => at);
    buttons.push(button(colours.rest, count, numbers, swatch(css(theme.grey), false)));
  }
  return buttons;
}

/**
 * @param {string} name
 * @param {number} count
 * @param {number[]} groups
 * @param {HTMLElement} mark
 */
function button(name, count, groups, mark) {
  const element = part("button");
  element.setAttribute("type", "button");
  element.setAttribute("aria-pressed", "false");
  element.dataset.groups = groups.join(" ");
  element.title = `Only ${name} stands out`;
  element.append(mark, part("span", "", name), part("span", "num", count.toLocaleString("en")));
  return element;
}

/** @returns {HTMLElement[]} */
function scaleOf({ ends, rest, numKnown, codes }, theme) {
  const ramp = part("span", "ramp");
  const stops = Array.from({ length: 9 }, (_, i) => css(between(theme.scale, i / 8)));
  ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const parts = [part("span", "", ends[0]), ramp, part("span", "", ends[1])];
  const others = codes.length - numKnown;
  if (!others) return parts;
  return [...parts, swatch(css(theme.grey), false), part("span", "", `${rest} (${others.toLocaleString("en")})`)];
}
