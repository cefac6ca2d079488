// Parts of a page that the server draws. A part is asked for again when something in it changed, at most once in
// a while and never under somebody's hands; where it did not come, again after pauses that grow.
import { isFinal, Pauses } from "./retry.js";

const INTERVAL = 5000; // ms

const parts = new Map(); // by the element's id

/** Ask for the part `id` again, by the event that its hx-trigger names. `now`: without waiting out the interval. */
export function refreshPart(event, id, now = false) {
  if (!parts.has(id)) parts.set(id, { event, at: -Infinity, timer: undefined, pauses: new Pauses() });
  const part = parts.get(id);
  if (part.timer === undefined) schedule(id, now ? 0 : Math.max(0, part.at + INTERVAL - performance.now()));
}

function schedule(id, wait) {
  const part = parts.get(id);
  clearTimeout(part.timer);
  part.timer = setTimeout(() => {
    part.timer = undefined;
    part.at = performance.now();
    const element = document.getElementById(id);
    if (!element) return;
    if (element.contains(document.activeElement) || element.querySelector("details.definition[open]")) schedule(id, INTERVAL);
    else document.body.dispatchEvent(new CustomEvent(part.event));
  }, wait);
}

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const part = parts.get(detail.target?.id);
  if (!part) return;
  if (detail.successful) part.pauses.reset();
  else if (!isFinal(detail.xhr.status)) schedule(detail.target.id, part.pauses.take());
});
