// A list of steps stays as it is while the run goes on: a line above it says how many have come, and leads to them.
import { tn } from "./words.js";

const line = document.querySelector("[data-new-steps]");
const fresh = new Set();

/** A step's rollouts were written. */
export function tellOfStep(step) {
  if (!line || step <= Number(line.dataset.newSteps)) return;
  fresh.add(step);
  line.querySelector("a").textContent = tn("{count} new step", "{count} new steps", fresh.size);
  line.hidden = false;
}
