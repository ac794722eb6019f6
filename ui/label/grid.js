// Twelve clips at a time, for fast passes: look, listen to some, and decide on many at once.

import { button, className, fill, icon, make, splitLabels } from "./dom.js";
import { DONE } from "./head.js";
import { keyLabel, keyMap } from "./keys.js";
import { PAGE } from "./queue_view.js";

const ICON_PLAY = "M4.5 3v10l8-5z";
const ICON_PAUSE = "M4 3h3v10H4zM9 3h3v10H9z";

export class Grid {
  constructor(board) {
    this.board = board;
    this.scope = board.scope;
    this.element = board.root.querySelector(".grid");
    this.bar = make("div", "bar selection");
    this.count = make("span", "hint");
    this.all = button(this.scope, "", "all", () => board.act({ name: "all" }));
    this.all.append(make("span", "label"), make("kbd"));
    this.hover = button(this.scope, "", "hover", () => board.set({ hover: !board.settings.hover }));
    this.hover.append("Play on hover");
    this.bar.append(this.all, this.hover, this.count);
    this.element.before(this.bar);
    this.cells = Array.from({ length: PAGE }, (_, i) => new Cell(board, i));
    this.element.append(...this.cells.map((cell) => cell.element));
  }

  draw(view) {
    const { board } = this;
    this.element.hidden = this.bar.hidden = !board.isGrid;
    if (!board.isGrid) return;
    this.cells.forEach((cell) => cell.draw(view));
    const { size } = board.selected;
    this.count.textContent = size
      ? `${size} selected: a decision is about ${size > 1 ? "these" : "this"}`
      : "A decision is about the framed clip; click clips, or press Enter, to select several";
    this.all.querySelector(".label").textContent = size === this.positions(view).length ? "Select none" : "Select all";
    this.all.querySelector("kbd").textContent = keyLabel(keyMap(board.settings.keys).all);
    this.hover.setAttribute("aria-pressed", board.settings.hover);
  }

  positions(view) {
    const { pageStart } = this.board;
    return Array.from({ length: PAGE }, (_, i) => pageStart + i).filter((at) => at < view.length);
  }

  selectAll() {
    const { board } = this;
    if (!board.isGrid) return;
    const positions = this.positions(board.view);
    const isAll = board.selected.size === positions.length;
    board.selected = new Set(isAll ? [] : positions);
    board.draw();
  }

  // Select a clip, or take it out; with `from`, all between the two.
  select(at, from = null) {
    const { selected } = this.board;
    if (from !== null) {
      for (let i = Math.min(at, from); i <= Math.max(at, from); i += 1) selected.add(i);
    } else if (!selected.delete(at)) selected.add(at);
    this.board.draw();
  }

  move(across, down) {
    const columns = getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
    this.board.step(across + down * columns);
  }
}

class Cell {
  constructor(board, place) {
    this.board = board;
    this.scope = board.scope;
    this.place = place;
    this.stopTick = () => {};
    this.element = make("div", "cell");
    this.element.dataset.testid = "label-cell";
    this.picture = make("img");
    this.picture.alt = "";
    this.head = make("div", "playhead");
    this.play = button(this.scope, "play", "cell-play", (event) => this.togglePlay(event));
    this.mark = make("span", "badge mine");
    const frame = make("div", "frame", this.picture, this.head, this.play, this.mark);
    this.labels = make("div", "labels");
    this.name = make("div", "name");
    this.element.append(frame, this.labels, this.name);
    this.scope.on(this.element, "click", (event) => this.click(event));
    this.scope.on(this.element, "pointerenter", (event) => this.enter(event));
  }

  get at() {
    return this.board.pageStart + this.place;
  }

  get isCurrent() {
    return this.at === this.board.at;
  }

  draw(view) {
    const { board } = this;
    const info = board.infos.get(this.at);
    this.element.hidden = this.at >= view.length;
    this.element.classList.toggle("current", this.isCurrent);
    this.element.classList.toggle("selected", board.selected.has(this.at));
    this.element.classList.toggle("decided", view.isDecided(this.at));
    this.element.dataset.clip = info?.clip_id ?? "";
    this.drawPicture(info);
    this.drawText(view, info);
    const isPlaying = this.isCurrent && board.sounds.isPlaying;
    fill(this.play, [isPlaying], () => [icon(isPlaying ? ICON_PAUSE : ICON_PLAY)]);
    this.play.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"} ${info?.fname ?? ""}`);
    this.tick();
  }

  drawPicture(info) {
    const clip = info && this.board.clips.get(info.clip_id);
    const source = clip ? clip.pictures[0].image.src : "";
    if (this.picture.src !== source) this.picture.src = source;
    this.picture.hidden = !source;
    this.play.hidden = !clip;
  }

  drawText(view, info) {
    const mine = info && view.mine(this.at, info);
    const labels = mine?.action === "relabel" ? mine.labels : info?.labels;
    fill(this.labels, [info?.clip_id, labels, info?.error], () =>
      info?.error ? [make("span", "fault", "Cannot be read")] : splitLabels(labels).map((name) => make("span", "badge", ...className(name))),
    );
    this.name.textContent = info?.fname ?? "";
    this.element.title = [info?.fname, info?.reason || info?.error].filter(Boolean).join("\n");
    this.mark.textContent = mine ? DONE[mine.action] : "";
    this.mark.hidden = !mine;
  }

  tick() {
    this.stopTick();
    const audio = this.isCurrent ? this.board.sounds.current : null;
    const isOn = Boolean(audio && (audio.currentTime > 0 || !audio.paused));
    this.head.hidden = !isOn;
    if (!isOn) return;
    this.head.style.left = `${(100 * audio.currentTime) / (audio.duration || 1)}%`;
    if (this.board.sounds.isPlaying) this.stopTick = this.scope.frame(() => this.tick());
  }

  click(event) {
    const { board } = this;
    const before = board.at;
    board.go(this.at);
    board.grid.select(this.at, event.shiftKey ? before : null);
  }

  togglePlay(event) {
    event.stopPropagation();
    const wasCurrent = this.isCurrent;
    this.board.go(this.at);
    if (wasCurrent) this.board.togglePlay();
    else this.startPlaying();
  }

  enter(event) {
    if (!this.board.settings.hover || event.pointerType === "touch") return;
    this.board.go(this.at);
    this.startPlaying();
  }

  startPlaying() {
    this.board.playsSoon = true;
    this.board.arrive();
  }
}
