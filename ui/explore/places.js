// The clips of a map and their colours, as the server packs them: see fsat_core/charts/sound_map.py.

export const FULL = 65535; // the side of the square; as a colour on a scale: none

/**
 * @typedef {object} Clips
 * @property {string} key
 * @property {number} num
 * @property {Float32Array} xs from 0 to 1
 * @property {Float32Array} ys
 * @property {string[]} ids as soon as they have been unpacked
 * @property {string[]} labels
 */

/**
 * @typedef {object} Colours
 * @property {string} key
 * @property {Uint16Array} codes of each clip: its group, or its place on the scale
 * @property {{ name: string, colour: number, count: number }[]} groups none: it is a scale
 * @property {string} scale its name, where it is one
 * @property {[string, string]} ends of it
 * @property {number} numKnown clips that are on the scale
 * @property {string} rest what the grey ones are called
 */

/** @param {string} text */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {string} text */
function wordsOf(text) {
  const { buffer, length } = bytesOf(text);
  return new Uint16Array(buffer, 0, length >> 1);
}

/** @returns {Clips} */
export function decodeClips({ key, num, places }) {
  const words = wordsOf(places);
  const xs = new Float32Array(num);
  const ys = new Float32Array(num);
  for (let i = 0; i < num; i += 1) {
    xs[i] = words[2 * i] / FULL;
    ys[i] = 1 - words[2 * i + 1] / FULL;
  }
  return { key, num, xs, ys, ids: [], labels: [] };
}

/**
 * The names of clips, and their labels.
 * @param {string} texts
 * @returns {Promise<[string[], string[]]>}
 */
export async function inflateTexts(texts) {
  const stream = new Blob([bytesOf(texts)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/**
 * @param {any} packed
 * @returns {Colours}
 */
export function decodeColours(packed) {
  const { names = [], colours = [], counts = [] } = packed;
  const { key, codes, rest, scale = "", ends = ["", ""], num_known: numKnown = 0 } = packed;
  const groups = names.map((name, i) => ({ name, colour: colours[i], count: counts[i] }));
  return { key, codes: wordsOf(codes), groups, scale, ends, numKnown, rest };
}

/**
 * A bit for each clip, as text.
 * @param {Uint8Array} chosen 1 for each clip that is
 */
export function packBits(chosen) {
  const bytes = new Uint8Array(Math.ceil(chosen.length / 8));
  chosen.forEach((is, i) => {
    if (is) bytes[i >> 3] |= 1 << (i & 7);
  });
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
