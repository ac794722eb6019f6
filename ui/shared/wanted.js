// Signing in leads back to the first page: this goes on to the one that was asked for, which sign_in.html has kept.

const KEY = "fsat-wanted";

/**
 * The address to go on to, if it is another one than this. It is forgotten.
 * @param {Storage} storage
 * @param {Location} at
 * @returns {string | null}
 */
export function takeWanted(storage, at) {
  const wanted = storage.getItem(KEY);
  storage.removeItem(KEY);
  const isOurs = wanted !== null && /^\/(?![/\\])/.test(wanted); // of this app, whatever was put there
  return isOurs && wanted !== at.pathname + at.search ? wanted : null;
}

export default function goOn() {
  try {
    const wanted = takeWanted(sessionStorage, location);
    if (wanted !== null) location.replace(wanted);
  } catch {
    // Storage is forbidden: the first page it is.
  }
}
