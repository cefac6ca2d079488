// The page of one run, kept fresh from its websocket. The server draws; this script appends points to
// charts, keeps numbers in the head up to date, and asks for a part of the page again when it changed.
import { ChartBoard } from "./charts.js";
import { viewOfAddress, wireControls } from "./controls.js";
import { connectJob, STATUS_WORDS } from "./live.js";
import { followLog } from "./log.js";
import { refreshPart } from "./parts.js";
import { SeriesStore } from "./series.js";
import { about, duration } from "./time.js";
import { pageData } from "./ui.js";
import "./run_keys.js";
import "./strip.js";
import { tellOfStep } from "./new_steps.js";
import { otherMetrics } from "./othermetrics.js";
import { progressWords, t } from "./words.js";

const QUIET_CHECK = 10000;

const data = pageData("run-data");
const metrics = pageData("metrics-data");
const store = new SeriesStore(data.urls.series);
const view = metrics ? viewOfAddress() : undefined;

const place = (name) => document.querySelector(`[data-live="${name}"]`);

function showProgress(run) {
  if (!run) return;
  if (place("step")) place("step").textContent = run.step.toLocaleString("en");
  if (place("asked") && run.steps_asked) place("asked").textContent = run.steps_asked.toLocaleString("en");
  if (place("bar")) {
    place("bar").max = run.steps_asked || 1;
    place("bar").value = run.step;
  }
  if (place("pace")) place("pace").textContent = run.seconds_per_step === null ? "–" : duration(run.seconds_per_step);
  if (place("eta")) place("eta").textContent = run.eta_seconds === null ? "–" : about(run.eta_seconds);
  const time = place("age")?.querySelector("time");
  if (time && run.last_event) {
    time.dateTime = run.last_event;
    time.title = new Date(run.last_event).toISOString();
  } else if (place("age") && run.last_event) {
    refreshPart("run:state", "run-head");
  }
  showStageProgress(run);
}

function showStageProgress(run) {
  const bar = document.querySelector(`#stages [data-stage="${run.stage}"][data-status="running"] progress`);
  const { done, total, unit } = run.progress;
  if (!bar || !total) return;
  bar.max = total;
  bar.value = done;
  const words = bar.parentElement.querySelector("[data-progress-words]");
  if (words) words.textContent = progressWords(done, total, unit);
}

// What the head says in words: it is drawn again when any of this changes.
const headOf = (job, run) => JSON.stringify([job.state, job.attempt, job.cancelling, job.waits_for, run?.no_signal]);
let seen = headOf(data.live.job, data.live.run);

function onMessage({ job, run, events }) {
  const state = headOf(job, run);
  showProgress(run);
  if (state !== seen) {
    seen = state;
    refreshPart("run:state", "run-head", true);
    refreshPart("run:stage", "stages");
    if (job.ended) onEnd();
  }
  for (const event of events) onEvent(event);
}

/** What was said and asked of a run at work goes. */
function onEnd() {
  refreshPart("run:steps", "verdict-part");
  document.getElementById("cancel-dialog")?.close();
  for (const said of document.querySelectorAll('[data-message="while-at-work"]')) said.remove();
}

/** The line of tokens grows by what a step used. */
function tokensSoFar({ step, values }) {
  const used = metrics && values[metrics.tokens];
  return used ? { "x/tokens": store.before("x/tokens", step) + used } : {};
}

function onEvent(event) {
  if (event.type === "metrics") {
    store.append(event.attempt, event.step, event.time * 1000, { ...event.values, ...tokensSoFar(event) });
    if (metrics) others?.offer(Object.keys(event.values));
    refreshPart("run:steps", "verdict-part");
  } else if (event.type === "stage") {
    refreshPart("run:stage", "stages");
    const training = event.stage === "train";
    if (training) document.querySelector("[data-cold-start]")?.setAttribute("hidden", "");
  } else if (event.type.startsWith("checkpoint")) {
    refreshPart("run:checkpoints", "cancel-words");
  } else if (event.type === "rollouts") {
    tellOfStep(event.step);
    refreshPart("run:rollouts", "worst");
    refreshPart("run:steps", "verdict-part"); // the cell of the step leads to its groups now
  }
}

// Silence is a state too: the head is asked for again when a running run has been quiet for too long,
// and when one that was quiet speaks again.
setInterval(() => {
  const time = place("age")?.querySelector("time");
  const state = document.querySelector("[data-head-state]")?.dataset.headState;
  if (!time || !["running", "stalled"].includes(state) || document.hidden) return;
  const quiet = (Date.now() - new Date(time.dateTime)) / 1000 > data.stalledAfter;
  if (quiet !== (state === "stalled")) refreshPart("run:state", "run-head");
}, QUIET_CHECK);

// The connection, and the switch that pauses it. The switch is drawn again with the head.
let status = "connecting";
function showStatus() {
  const dot = document.querySelector("[data-live-status]");
  const toggle = document.querySelector("[data-live-toggle]");
  if (dot) {
    dot.dataset.status = status;
    dot.textContent = STATUS_WORDS[status] ?? status;
  }
  if (toggle) {
    const paused = status === "paused";
    toggle.textContent = paused ? t("Go on") : t("Pause");
    toggle.setAttribute("aria-pressed", String(paused));
  }
}

const connection = data.live.job.ended
  ? undefined
  : connectJob(data.job, data.cursor, onMessage, (now) => {
      status = now;
      showStatus();
    });

// The line of the supervised control comes from a job of its own, which may outlive the run.
const control = metrics?.control
  ? connectJob(metrics.control.job, metrics.control.cursor, ({ events }) => {
      for (const { type, attempt, step, time, values } of events) {
        if (type !== "metrics") continue;
        store.append(attempt, step, time * 1000, { [metrics.control.line]: values[metrics.control.key] ?? null });
      }
    })
  : undefined;

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-live-toggle]")) return;
  const change = status === "paused" ? "resume" : "pause"; // read first: pausing changes it
  for (const one of [connection, control]) one?.[change]();
});
document.body.addEventListener("htmx:afterSwap", showStatus);

let others;
if (metrics) {
  const run = {
    colour: data.colour,
    name: data.live.run.name,
    ended: data.live.job.ended,
    stepUrl: (step) => data.urls.step.replace(/0\/$/, `${step}/`),
  };
  const board = new ChartBoard(store, run, view);
  const labels = metrics.catalogue;
  const tiles = new Map(metrics.tiles.map((tile) => [tile.key, tile]));
  for (const element of document.querySelectorAll(".tile[data-key]")) {
    const key = element.dataset.key;
    board.add(element, { key, label: labels[key]?.label ?? key, baselines: tiles.get(key)?.baselines, limits: tiles.get(key)?.limits });
  }
  others = otherMetrics(board, metrics, data.urls.csv);
  const { showZoom } = wireControls(view, () => board.redraw());
  board.onZoom = () => showZoom();
}

followLog(data.urls.log, data.live.job.ended);
