// The progress of one running scan, live: done of total, and the time that is left.
import { connectJob } from "./live.js";
import { duration } from "./time.js";
import { progressWords, t } from "./words.js";

/** Seconds left at the pace between the first and the last progress event; undefined before two. */
export function secondsLeft(first, last) {
  if (!first || last.done <= first.done || last.time <= first.time) return undefined;
  return ((last.total - last.done) * (last.time - first.time)) / (last.done - first.done);
}

function show(row, last, left) {
  const bar = row?.querySelector("progress");
  if (!bar) return; // the list has just been drawn without it
  bar.max = last.total;
  bar.value = last.done;
  const words = progressWords(last.done, last.total, last.unit);
  const rest = left === undefined ? "" : t(", about {time} left", { time: duration(Math.ceil(left)) });
  row.querySelector("[data-progress-words]").textContent = words + rest;
}

/**
 * Show job `job` in the element that row() gives; onState() is called when the job's state changes.
 * Returns {redraw(), close()}; redraw() is for a row that was drawn anew.
 */
export function followScan(job, row, onState) {
  let state;
  let first;
  let last;
  const redraw = () => last && show(row(), last, secondsLeft(first, last));
  const { close } = connectJob(job, 0, (message) => {
    const steps = message.events.filter((event) => event.type === "progress");
    first ??= steps[0];
    last = steps.at(-1) ?? last;
    redraw();
    if (state !== undefined && state !== message.job.state) onState();
    state = message.job.state;
  });
  return { redraw, close };
}
