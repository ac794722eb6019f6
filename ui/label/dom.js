// Small helpers for elements.

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string | null)} children null is left out
 * @returns {any} the element
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = `<path d="${path}"/>`;
  return svg;
}

// A class name that may break after its underscores.
export function className(name) {
  return name.split(/(?<=_)/).flatMap((part) => [part, document.createElement("wbr")]).slice(0, -1);
}

// Replaces an element's content only if it would look different, so that the focus is kept.
export function fill(element, signature, build) {
  const text = JSON.stringify(signature);
  if (element.dataset.signature === text) return;
  element.dataset.signature = text;
  element.replaceChildren(...build());
}

export function splitLabels(labels) {
  return labels ? labels.split(",") : [];
}

// What is said of a clip, in words: "Howl, not Bark".
export function sayLabels(labels, denied) {
  return [...splitLabels(labels), ...splitLabels(denied).map((name) => `not ${name}`)].join(", ");
}

// These names with this one taken away if it is among them, and added if it is not.
export function toggled(names, name) {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name];
}

export function sameLabels(a, b) {
  return a.length === b.length && a.every((name) => b.includes(name));
}

// A button that a click does not focus, because space would then press it again instead of playing the clip.
export function button(scope, className, name, onClick) {
  const element = make("button", className);
  element.type = "button";
  element.dataset.do = name;
  scope.on(element, "mousedown", (event) => event.preventDefault());
  scope.on(element, "click", onClick);
  return element;
}
