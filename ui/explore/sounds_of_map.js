// Plays the sound of a clip that the page has been asked for, as soon as its audio element is here.

const LOOK_AGAIN_MS = 50;
const MOST_LOOKS = 100;

export class Sounds {
  /** @param {import("../shared/scope.js").Scope} scope */
  constructor(scope) {
    this.scope = scope;
    this.stopLooking = () => {};
    /** @type {HTMLAudioElement | null} */
    this.audio = null;
    this.isRefused = false; // the browser plays nothing before the first click
  }

  /**
   * @param {string} box the class of what holds the element
   * @param {string} clip
   */
  play(box, clip) {
    this.stop();
    this.look(box, clip, MOST_LOOKS);
  }

  stop() {
    this.stopLooking();
    this.audio?.pause();
    this.audio = null;
  }

  look(box, clip, looks) {
    const all = /** @type {NodeListOf<HTMLAudioElement>} */ (document.querySelectorAll(`.${box} audio`));
    const audio = [...all].find((each) => (each.getAttribute("aria-label") ?? "") === clip.trim());
    if (!audio) {
      if (looks) this.stopLooking = this.scope.after(LOOK_AGAIN_MS, () => this.look(box, clip, looks - 1));
      return;
    }
    this.audio = audio;
    audio.currentTime = 0;
    audio.play().then(
      () => (this.isRefused = false),
      (error) => (this.isRefused = error.name === "NotAllowedError"),
    );
  }
}
