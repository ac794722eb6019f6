// Small helpers for elements.

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string | null)} children none where there is null
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

// Fills an element anew only where that would show something else: what has the focus keeps it.
export function fill(element, signature, build) {
  const text = JSON.stringify(signature);
  if (element.dataset.signature === text) return;
  element.dataset.signature = text;
  element.replaceChildren(...build());
}

export function splitLabels(labels) {
  return labels ? labels.split(",") : [];
}

export function sameLabels(a, b) {
  return a.length === b.length && a.every((name) => b.includes(name));
}

// A button that a click does not focus: space would then press it again in place of playing the clip.
export function button(scope, className, name, onClick) {
  const element = make("button", className);
  element.type = "button";
  element.dataset.do = name;
  scope.on(element, "mousedown", (event) => event.preventDefault());
  scope.on(element, "click", onClick);
  return element;
}
