// The clips' sounds, fetched ahead of time. The one that plays follows the settings.

/** @typedef {import("../shared/scope.js").Scope} Scope */

export const MOST_SOUNDS = 40; // browsers allow a page only so many players
const ELEMENT_MS = 10000; // for Streamlit's audio element, which says where the sound is, to appear
const LOOK_MS = 30;
const HEARD = ["error", "play", "pause", "ended", "seeked", "timeupdate"];

export class Sounds {
  /**
   * @param {Scope} scope
   * @param {() => void} onChange
   */
  constructor(scope, onChange) {
    this.scope = scope;
    this.onChange = onChange;
    this.entries = new Map(); // by clip_id, the one used last at the end
    this.current = null;
    scope.add(() => this.close());
  }

  // Whether a sound is here, or on its way.
  has(clipId) {
    return this.entries.has(clipId);
  }

  isFetched(clipId) {
    return Boolean(this.audio(clipId)) || this.isBroken(clipId);
  }

  // Fetch a sound unless it is here or on its way.
  load({ clip_id: clipId, sound }) {
    if (this.entries.has(clipId)) return;
    const scope = this.scope.child();
    /** @type {{ scope: Scope, audio: HTMLAudioElement | null, broken: boolean }} */
    const entry = { scope, audio: null, broken: false };
    this.entries.set(clipId, entry);
    fetchAudio(sound, scope)
      .then((audio) => {
        entry.audio = audio;
        HEARD.forEach((type) => scope.on(audio, type, () => this.onChange()));
      })
      .catch((error) => {
        if (error instanceof MediaError) entry.broken = true;
        else this.entries.delete(clipId); // to be sent again
      })
      .finally(() => this.onChange());
  }

  audio(clipId) {
    return this.entries.get(clipId)?.audio ?? null;
  }

  isBroken(clipId) {
    return this.entries.get(clipId)?.broken ?? false;
  }

  isReady(clipId) {
    return (this.audio(clipId)?.readyState ?? 0) >= HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  // Make this clip the one that plays.
  choose(clipId, { speed, loop }) {
    const audio = this.audio(clipId);
    if (this.current && this.current !== audio) {
      this.current.pause();
      if (this.current.currentTime) this.current.currentTime = 0; // seeking makes it unready for a moment
    }
    this.current = audio;
    if (!audio) return;
    audio.defaultPlaybackRate = audio.playbackRate = speed;
    audio.preservesPitch = true;
    audio.loop = loop;
  }

  get isPlaying() {
    return Boolean(this.current && !this.current.paused && !this.current.ended);
  }

  play() {
    this.current?.play().catch(() => this.onChange()); // not allowed before the first key or click, or interrupted
  }

  // Drop the least recently used clips.
  prune(wanted) {
    for (const clipId of wanted) {
      const entry = this.entries.get(clipId);
      if (!entry) continue;
      this.entries.delete(clipId);
      this.entries.set(clipId, entry);
    }
    for (const [clipId, { audio, scope }] of this.entries) {
      if (this.entries.size <= MOST_SOUNDS) break;
      if (!audio || audio !== this.current) scope.dispose();
      this.entries.delete(clipId);
    }
  }

  close() {
    this.entries.clear();
    this.current = null;
  }
}

function release(audio) {
  URL.revokeObjectURL(audio.src);
  audio.removeAttribute("src");
  audio.load();
}

// A player that holds the whole sound, ready to play; a MediaError if the browser cannot.
async function fetchAudio(key, scope) {
  const response = await fetch(await findSource(key, scope));
  if (!response.ok) throw new Error(`${response.status}`);
  const audio = new Audio();
  audio.preload = "auto";
  audio.src = URL.createObjectURL(await response.blob());
  scope.add(() => release(audio));
  await new Promise((resolve, reject) => {
    scope.on(audio, "canplaythrough", resolve, { once: true });
    scope.on(audio, "error", () => reject(audio.error), { once: true });
  });
  return audio;
}

async function findSource(key, scope) {
  const end = performance.now() + ELEMENT_MS;
  while (performance.now() < end) {
    const source = /** @type {HTMLAudioElement | null} */ (document.querySelector(`.st-key-${key} audio`))?.src;
    if (source) return source;
    await new Promise((resolve) => scope.after(LOOK_MS, resolve));
  }
  throw new Error("no audio element");
}
