// One person's preferences, kept in the browser for all queues.

const SETTINGS_KEY = "fsat-label-settings";
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const DEFAULT_SETTINGS = { mode: "one", speed: 1, loop: false, autoplay: false, hover: false, keys: {} };

export function readSettings() {
  try {
    const kept = JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? "{}");
    return { ...DEFAULT_SETTINGS, ...kept, keys: { ...kept.keys } };
  } catch {
    return { ...DEFAULT_SETTINGS, keys: {} }; // storage is forbidden, or holds something else
  }
}

export function keepSettings(settings) {
  try {
    localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
  } catch {
    // Storage is forbidden or full: the settings last until the page is left.
  }
}
