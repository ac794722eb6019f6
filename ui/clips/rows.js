// The elements of the list: its heads, and a row for each clip in view.

const PLAY = "M4 2.5v11l9-5.5z";
const PAUSE = "M4 3h2.5v10H4zM9.5 3H12v10H9.5z";

/**
 * @param {string} className
 * @param {string} role
 * @param {string} text
 * @returns {HTMLElement}
 */
function cell(className, role, text) {
  const element = document.createElement("div");
  element.className = className;
  element.setAttribute("role", role);
  element.textContent = text;
  return element;
}

/**
 * Draw the heads, unless they look as they should.
 * @param {HTMLElement} head
 * @param {{ name: string, kind: string, orders: string[] }[]} columns orders: by a first click, and by a second one
 * @param {string} order
 */
export function drawHead(head, columns, order) {
  if (head.dataset.order === order) return;
  head.dataset.order = order;
  const focused = /** @type {HTMLElement | null} */ (head.querySelector(":focus"))?.dataset.column;
  const heads = columns.map(({ name, kind, orders }, i) => {
    const place = orders.indexOf(order);
    const falls = /^(longest|most_frames|latest)$|_down$/.test(order);
    const element = cell(`cell ${kind}`, "columnheader", orders.length ? "" : name);
    if (orders.length) element.append(sortButton(name, kind, i, place < 0 ? "" : falls ? "↓" : "↑"));
    if (place >= 0) element.setAttribute("aria-sort", falls ? "descending" : "ascending");
    return element;
  });
  const play = cell("cell", "columnheader", "");
  const unseen = document.createElement("span");
  unseen.className = "unseen";
  unseen.textContent = "Play";
  play.append(unseen);
  head.replaceChildren(play, ...heads);
  /** @type {HTMLElement | null} */ (head.querySelector(`[data-column="${focused}"]`))?.focus();
}

function sortButton(name, kind, column, arrow) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `sort ${kind}`;
  button.title = `Sort all rows by: ${name}`;
  button.dataset.column = String(column);
  button.append(name, ...(arrow ? [` ${arrow}`] : []));
  return button;
}

/**
 * Draw the rows from number `first` on in place of those that are there. The element of a row stays the same while
 * it is in view: a click is none where the element under it is another one when the button comes up.
 * @param {HTMLElement} body
 * @param {number} first
 * @param {ReturnType<typeof describeRow>[]} rows
 */
export function drawRows(body, first, rows) {
  const kept = new Map([...body.children].map((child) => [Number(/** @type {HTMLElement} */ (child).dataset.at), child]));
  for (const [at, child] of kept) if (at < first || at >= first + rows.length) child.remove();
  rows.forEach((row, i) => {
    const element = /** @type {HTMLElement} */ (kept.get(first + i) ?? makeRow(first + i, row.texts.length));
    if (body.children[i] !== element) body.insertBefore(element, body.children[i] ?? null);
    fillRow(element, row);
  });
}

/**
 * @param {{ cells: string[], broken: boolean } | undefined} row undefined while it is on its way
 * @param {{ kind: string }[]} columns
 * @param {boolean} isPicked
 * @param {boolean} isPlaying
 */
export function describeRow(row, columns, isPicked, isPlaying) {
  const texts = columns.map(({ kind }, i) => ({ kind, text: row?.cells[i] ?? (i ? "" : "…") }));
  return { texts, isPicked, isPlaying, isPlayable: Boolean(row && !row.broken) };
}

function makeRow(at, numColumns) {
  const element = cell("row", "row", "");
  element.id = `clip-${at}`;
  element.dataset.at = String(at);
  element.setAttribute("aria-rowindex", String(at + 2));
  element.append(...Array.from({ length: 1 + numColumns }, () => cell("", "gridcell", "")));
  return element;
}

function fillRow(element, { texts, isPicked, isPlaying, isPlayable }) {
  element.setAttribute("aria-selected", String(isPicked));
  const [first, ...cells] = element.children;
  texts.forEach(({ kind, text }, i) => {
    cells[i].className = `cell ${kind}`;
    if (cells[i].textContent !== text) cells[i].textContent = cells[i].title = text; // the title where it is cut short
  });
  if (isPlayable !== Boolean(first.firstElementChild)) first.replaceChildren(...(isPlayable ? [makePlayButton()] : []));
  const button = first.firstElementChild;
  if (!button) return;
  button.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${texts[0].text}`);
  button.querySelector("path").setAttribute("d", isPlaying ? PAUSE : PLAY);
}

// Not a stop for Tab: the rows are chosen with the arrow keys, and Enter plays.
function makePlayButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "play";
  button.tabIndex = -1;
  button.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden="true"><path/></svg>';
  return button;
}
