// Twelve clips at a time for fast passes: look, listen to some, decide on many at once.

import { button, className, fill, icon, make } from "./dom.js";
import { DONE } from "./head.js";
import { keyLabel, keyMap } from "./keys.js";
import { PAGE } from "./queue_view.js";

const ICON_PLAY = "M4.5 3v10l8-5z";
const ICON_PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";

export class Grid {
  constructor(page) {
    const { root, store, actions } = page;
    this.scope = page.scope;
    this.store = store;
    this.element = root.querySelector(".grid");
    this.bar = make("div", "bar selection");
    this.count = make("span", "hint");
    this.all = button(this.scope, "", "all", () => actions.act({ name: "all" }));
    this.all.append(make("span", "label"), make("kbd"));
    this.hover = button(this.scope, "", "hover", () => actions.set({ hover: !store.settings.hover }));
    this.hover.append("Play on hover");
    this.bar.append(this.all, this.hover, this.count);
    this.element.before(this.bar);
    this.cells = Array.from({ length: PAGE }, (_, i) => new Cell(page, i));
    this.element.append(...this.cells.map((cell) => cell.element));
    store.subscribe((queue) => this.draw(queue));
  }

  draw(queue) {
    const { store } = this;
    this.element.hidden = this.bar.hidden = !store.isGrid;
    if (!store.isGrid) return;
    this.cells.forEach((cell) => cell.draw(queue));
    const { size } = store.selected;
    this.count.textContent = size
      ? `${size} selected: a decision is about ${size > 1 ? "these" : "this"}`
      : "A decision is about the framed clip; click clips, or press Enter, to select several";
    this.all.querySelector(".label").textContent = size === store.onPage.length ? "Select none" : "Select all";
    this.all.querySelector("kbd").textContent = keyLabel(keyMap(store.settings.keys).all);
    this.hover.setAttribute("aria-pressed", store.settings.hover);
  }

  // Clips side by side.
  get columns() {
    return getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
  }
}

class Cell {
  constructor({ scope, store, sounds, actions }, place) {
    this.scope = scope;
    this.store = store;
    this.sounds = sounds;
    this.actions = actions;
    this.place = place;
    this.stopTick = () => {};
    this.element = make("div", "cell");
    this.element.dataset.testid = "label-cell";
    this.picture = make("img");
    this.picture.alt = "";
    this.head = make("div", "playhead");
    this.play = button(this.scope, "play", "cell-play", (event) => this.togglePlay(event));
    this.play.hidden = true; // until there is something to play, and a name for it
    this.mark = make("span", "badge mine");
    const frame = make("div", "frame", this.picture, this.head, this.play, this.mark);
    this.labels = make("div", "labels");
    this.name = make("div", "name");
    this.element.append(frame, this.labels, this.name);
    this.scope.on(this.element, "click", (event) => this.click(event));
    this.scope.on(this.element, "pointerenter", (event) => this.enter(event));
  }

  get at() {
    return this.store.pageStart + this.place;
  }

  get isCurrent() {
    return this.at === this.store.at;
  }

  draw(queue) {
    const { store } = this;
    const info = store.infos.get(this.at);
    this.element.hidden = this.at >= queue.length;
    this.element.classList.toggle("current", this.isCurrent);
    this.element.classList.toggle("selected", store.selected.has(this.at));
    this.element.classList.toggle("decided", queue.isDecided(this.at));
    this.element.dataset.clip = info?.clip_id ?? "";
    this.drawPicture(info);
    this.drawText(queue, info);
    const isPlaying = this.isCurrent && this.sounds.isPlaying;
    fill(this.play, [isPlaying], () => [icon(isPlaying ? ICON_PAUSE : ICON_PLAY)]);
    this.play.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${info?.fname ?? ""}`);
    this.tick();
  }

  drawPicture(info) {
    const clip = info && this.store.clips.get(info.clip_id);
    const source = clip ? clip.pictures[0].image.src : "";
    if (this.picture.src !== source) this.picture.src = source;
    this.picture.hidden = !source;
    this.play.hidden = !clip;
  }

  drawText(queue, info) {
    const mine = info && queue.mine(this.at, info);
    const { labels, denied } = this.store.shownOn(this.at);
    fill(this.labels, [info?.clip_id, labels, denied, info?.error], () =>
      info?.error
        ? [make("span", "fault", "Cannot be read")]
        : [
            ...labels.map((name) => make("span", "badge", ...className(name))),
            ...denied.map((name) => make("span", "badge denied", "not ", ...className(name))),
          ],
    );
    this.name.textContent = info?.fname ?? "";
    this.element.title = [info?.fname, info?.reason || info?.error].filter(Boolean).join("\n");
    this.mark.textContent = mine ? DONE[mine.action] : "";
    this.mark.hidden = !mine;
  }

  tick() {
    this.stopTick();
    const audio = this.isCurrent ? this.sounds.current : null;
    const isOn = Boolean(audio && (audio.currentTime > 0 || !audio.paused));
    this.head.hidden = !isOn;
    if (!isOn) return;
    this.head.style.left = `${(100 * audio.currentTime) / (audio.duration || 1)}%`;
    if (this.sounds.isPlaying) this.stopTick = this.scope.frame(() => this.tick());
  }

  click(event) {
    const before = this.store.at;
    this.actions.go(this.at);
    this.actions.select(this.at, event.shiftKey ? before : null);
  }

  togglePlay(event) {
    event.stopPropagation();
    if (this.isCurrent) this.actions.togglePlay();
    else this.actions.playAt(this.at);
  }

  enter(event) {
    if (this.store.settings.hover && event.pointerType !== "touch") this.actions.playAt(this.at);
  }
}
