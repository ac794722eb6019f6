// Numbers in, numbers out.

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * The smallest number of the form 1, 2 or 5 times a power of ten that is at least this.
 * @param {number} smallest greater than 0
 * @returns {number}
 */
export function niceAbove(smallest) {
  const power = 10 ** Math.floor(Math.log10(smallest));
  const factor = [1, 2, 5].find((each) => each * power >= smallest * (1 - 1e-9)) ?? 10;
  return power * factor;
}
