// Small helpers for elements.

function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children.filter((child) => child !== null));
  return element;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = `<path d="${path}"/>`;
  return svg;
}

// A class name that may break after its underscores.
function className(name) {
  return name.split(/(?<=_)/).flatMap((part) => [part, document.createElement("wbr")]).slice(0, -1);
}

// Fills an element anew only where that would show something else: what has the focus keeps it.
function fill(element, signature, build) {
  const text = JSON.stringify(signature);
  if (element.dataset.signature === text) return;
  element.dataset.signature = text;
  element.replaceChildren(...build());
}

function splitLabels(labels) {
  return labels ? labels.split(",") : [];
}

function sameLabels(a, b) {
  return a.length === b.length && a.every((name) => b.includes(name));
}

// Not crypto.randomUUID, which plain http from another machine does not have.
function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A button that a click does not focus: space would then press it again in place of playing the clip.
function button(className, name, onClick) {
  const element = make("button", className);
  element.type = "button";
  element.dataset.do = name;
  element.addEventListener("mousedown", (event) => event.preventDefault());
  element.addEventListener("click", onClick);
  return element;
}
