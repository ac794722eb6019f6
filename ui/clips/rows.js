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
 * @param {{ id: string, cells: string[], broken: boolean } | undefined} row undefined while it is on its way
 * @param {number} at
 * @param {{ kind: string }[]} columns
 * @param {boolean} isPicked
 * @param {boolean} isPlaying
 */
export function makeRow(row, at, columns, isPicked, isPlaying) {
  const element = cell("row", "row", "");
  element.id = `clip-${at}`;
  element.dataset.at = String(at);
  element.setAttribute("aria-rowindex", String(at + 2));
  element.setAttribute("aria-selected", String(isPicked));
  const first = cell("", "gridcell", "");
  const texts = columns.map(({ kind }, i) => {
    const text = row?.cells[i] ?? (i ? "" : "…");
    const element = cell(`cell ${kind}`, "gridcell", text);
    element.title = text; // where it is cut short
    return element;
  });
  if (row && !row.broken) first.append(playButton(row, isPlaying));
  element.append(first, ...texts);
  return element;
}

// Not a stop for Tab: the rows are chosen with the arrow keys, and Enter plays.
function playButton(row, isPlaying) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "play";
  button.tabIndex = -1;
  button.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${row.cells[0]}`);
  button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${isPlaying ? PAUSE : PLAY}"/></svg>`;
  return button;
}
