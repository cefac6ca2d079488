// What did not come is asked for again: after pauses that grow, and not where asking again cannot help.

const FIRST_PAUSE = 500; // ms
const LAST_PAUSE = 10000;
const MAY_PASS = [408, 425, 429]; // refusals that are about the moment, not about what was asked

/** Pauses between attempts. Chance keeps pages that lost the site together from coming back together. */
export class Pauses {
  #next = FIRST_PAUSE;

  /** The pause before the next attempt in ms, longer than the one before. */
  take() {
    const pause = this.#next * (0.75 + Math.random() / 2);
    this.#next = Math.min(this.#next * 2, LAST_PAUSE);
    return pause;
  }

  /** An attempt came through: the next pause is short again. */
  reset() {
    this.#next = FIRST_PAUSE;
  }
}

/** Whether an answer with this HTTP status would be the same another time: gone, not allowed, not understood. */
export function isFinal(status) {
  return status >= 400 && status < 500 && !MAY_PASS.includes(status);
}

/** An error that asking again does not mend. */
export class FinalError extends Error {}
