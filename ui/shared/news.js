// The tab's title says how far a run is, and a cookie keeps which runs are still to be told of.

import { Scope } from "./scope.js";

const KEPT_S = 30 * 24 * 3600;
const MOST = 20;

/**
 * The value of a cookie of names after some of them were added or taken out.
 * @param {string} text all cookies
 * @param {string} cookie the name of this one
 * @param {Record<string, boolean>} changes whether each name is in it
 */
export function changedNames(text, cookie, changes) {
  const found = text.split("; ").find((each) => each.startsWith(`${cookie}=`));
  const kept = (found?.slice(cookie.length + 1) ?? "").split("~").filter((name) => name && !(name in changes));
  const added = Object.keys(changes).filter((name) => changes[name]);
  return [...kept, ...added].slice(-MOST).join("~");
}

/** A title in place of the page's own, whatever Streamlit writes there, until it is taken back. */
export class TabTitle {
  /** @param {Document} page */
  constructor(page) {
    this.page = page;
    this.shown = "";
    this.own = "";
  }

  /** @param {string} title "" for the page's own */
  show(title) {
    if (this.page.title !== this.shown) this.own = this.page.title;
    this.shown = title;
    const wanted = title || this.own;
    if (wanted && this.page.title !== wanted) this.page.title = wanted;
  }

  /** After somebody else has written a title. */
  keep() {
    if (this.shown) this.show(this.shown);
  }
}

/** @type {TabTitle | null} */
let tab = null; // of this window, whichever element shows it
let atWork = "";
/** @type {{ id: string, title: string } | null} */
let ended = null;
const seen = new Set(); // ends of which somebody has been told

function open() {
  tab = new TabTitle(document);
  const scope = new Scope(); // which lasts as long as the window
  scope.observeText(document.head, () => tab?.keep());
  for (const type of ["pointerdown", "keydown"]) {
    scope.on(
      window,
      type,
      () => {
        if (ended) seen.add(ended.id);
        showTitle();
      },
      { capture: true },
    );
  }
}

function showTitle() {
  const end = ended && !seen.has(ended.id) ? ended.title : "";
  tab?.show(end || atWork);
}

/** @param {import("./component.js").Update} update */
export default function tellNews({ data }) {
  if (!tab) open();
  atWork = data.title;
  ended = data.ended;
  showTitle();
  if (Object.keys(data.changes).length) {
    const value = changedNames(document.cookie, data.cookie, data.changes);
    document.cookie = `${data.cookie}=${value}; path=/; max-age=${value ? KEPT_S : 0}; SameSite=Lax`;
  }
}
