// The metric curves of one run: fetched once, then appended to from live events. A point is known by
// its attempt and step, so nothing stands twice, whichever way it came.
import { FinalError, isFinal, Pauses } from "./retry.js";
import { t } from "./words.js";

const GATHER = 40; // ms in which keys that are asked for share one request
const KEYS_AT_ONCE = 20;

/** What the server answers to `query` at an address of curves. Throws a FinalError where asking again cannot help. */
export async function fetchCurves(url, query) {
  let response;
  try {
    response = await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } });
    if (response.ok && !response.redirected) return await response.json();
  } catch {
    throw new Error(t("The curves could not be loaded: the site does not answer. Trying again."));
  }
  const { status } = response;
  if (response.redirected) throw new FinalError(t("You are signed out. Reload the page."));
  if (isFinal(status)) throw new FinalError(t("The curves could not be loaded ({status}). Reload the page.", { status }));
  throw new Error(t("The curves could not be loaded ({status}). Trying again.", { status }));
}

const emptyCurve = () => ({ step: [], value: [], attempt: [], time: [], ghost: [], total: 0, sampled: false });

export class SeriesStore {
  #url;
  #curves = new Map();
  #loaded = new Map(); // key -> promise
  #waiting = [];
  #timer;
  #pauses = new Pauses();
  #listeners = new Set();
  #worriers = new Set();
  #early = new Map(); // key -> live points that came before their curve

  constructor(url) {
    this.#url = url;
  }

  /** Calls listener(key) after each change of a curve. */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** Calls listener(key, error) each time that a curve did not come and is going to be asked for again. */
  onFailure(listener) {
    this.#worriers.add(listener);
  }

  /** The curve of a metric as it is known now; {step, value, attempt, time, ghost, total, sampled}. */
  get(key) {
    return this.#curves.get(key) ?? emptyCurve();
  }

  /** Fetch a metric's curve if it is not there yet, for as long as that takes. Rejects where it cannot come. */
  need(key) {
    if (!this.#loaded.has(key)) {
      this.#loaded.set(key, new Promise((resolve, reject) => this.#waiting.push({ key, resolve, reject })));
      this.#fetchIn(GATHER);
    }
    return this.#loaded.get(key);
  }

  /** The curves of some metrics between two steps, {key: curve}, for a zoom into what was thinned out. */
  async between(keys, first, last) {
    const parts = [];
    for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
      const limits = { from: Math.max(0, Math.floor(first)), to: Math.ceil(last) };
      parts.push(this.#fetch(keys.slice(start, start + KEYS_AT_ONCE), limits));
    }
    return Object.assign({}, ...(await Promise.all(parts)));
  }

  /** The newest value of a curve before a step; 0 where there is none. */
  before(key, step) {
    const curve = this.get(key);
    return curve.value[curve.step.findLastIndex((other) => other < step)] ?? 0;
  }

  /** Take in the live values of one step. Values that are null were not measured. */
  append(attempt, step, time, values) {
    for (const [key, value] of Object.entries(values)) {
      if (value === null) continue;
      const point = { attempt, step, value, time };
      if (this.#curves.has(key)) {
        this.#put(key, point);
      } else {
        if (!this.#early.has(key)) this.#early.set(key, []);
        this.#early.get(key).push(point);
      }
    }
  }

  #fetchIn(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetchWaiting(), wait);
  }

  async #fetchWaiting() {
    const all = this.#waiting.splice(0);
    let failed = false;
    for (let start = 0; start < all.length; start += KEYS_AT_ONCE) {
      const part = all.slice(start, start + KEYS_AT_ONCE);
      try {
        const found = await this.#fetch(part.map(({ key }) => key));
        for (const { key, resolve } of part) {
          this.#curves.set(key, found[key]);
          for (const point of this.#early.get(key) ?? []) this.#put(key, point);
          this.#early.delete(key);
          this.#tell(key);
          resolve();
        }
      } catch (error) {
        if (error instanceof FinalError) this.#giveUp(part, error);
        else {
          failed = true;
          this.#waiting.push(...part);
          for (const { key } of part) for (const listener of this.#worriers) listener(key, error);
        }
      }
    }
    if (failed) this.#fetchIn(this.#pauses.take());
    else this.#pauses.reset();
  }

  #giveUp(part, error) {
    for (const { key, reject } of part) {
      this.#loaded.delete(key); // the next need() tries again
      reject(error);
    }
  }

  async #fetch(keys, limits = {}) {
    const query = new URLSearchParams(keys.map((key) => ["key", key]));
    for (const [name, value] of Object.entries(limits)) query.set(name, value);
    return (await fetchCurves(this.#url, query)).series;
  }

  #put(key, { attempt, step, value, time }) {
    const curve = this.#curves.get(key);
    let place = curve.step.length;
    while (place > 0 && curve.step[place - 1] >= step) place -= 1;
    const newest = curve.attempt.at(-1) ?? 0;
    if (attempt < newest && place < curve.step.length) return; // replaced already
    if (attempt > newest && place < curve.step.length) {
      curve.ghost.push({
        attempt: newest,
        step: curve.step.splice(place),
        value: curve.value.splice(place),
        time: curve.time.splice(place),
      });
      curve.attempt.splice(place);
    }
    const again = curve.step[place] === step ? 1 : 0;
    curve.step.splice(place, again, step);
    curve.value.splice(place, again, value);
    curve.time.splice(place, again, time);
    curve.attempt.splice(place, again, attempt);
    curve.total += 1 - again;
    this.#tell(key);
  }

  #tell(key) {
    for (const listener of this.#listeners) listener(key);
  }
}
