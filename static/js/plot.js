// Plotly as this site draws it: one layout, colours from the stylesheet, redrawn when the theme
// changes, mounted when it scrolls into view, redrawn at most once in two seconds.
import { colour } from "./colour.js";
import { Pauses } from "./retry.js";
import { t } from "./words.js";

export { colour };

const MIN_INTERVAL = 2000;
const RUN_COLOURS = 6;
const DASHES = ["solid", "dash", "dot"];

let library;

/** Plotly itself, loaded on first use (it is large). */
export function plotly() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../plotly/plotly.min.js", import.meta.url).href;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      script.remove();
      library = undefined; // the next call tries again
      reject(new Error(t("The chart library could not be loaded. Trying again.")));
    };
    document.head.append(script);
  });
  return library;
}

/** The same colour with an opacity from 0 to 1. */
export function faded(name, opacity) {
  return colour(name).replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}

/** The line of the run in palette slot `slot` (from 0): {color, dash}. */
export function runLine(slot) {
  return { color: colour(`run-${(slot % RUN_COLOURS) + 1}`), dash: DASHES[Math.floor(slot / RUN_COLOURS) % DASHES.length] };
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function merged(base, overrides) {
  const result = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    result[key] = isObject(value) && isObject(base[key]) ? merged(base[key], value) : value;
  }
  return result;
}

/** A fresh layout with the site's defaults; `overrides` are merged into it. */
export function layout(overrides = {}) {
  const muted = colour("muted");
  const hairline = colour("hairline");
  const style = getComputedStyle(document.documentElement);
  const axis = { zeroline: false, linecolor: hairline, gridcolor: hairline, tickfont: { size: 11, color: muted }, automargin: false };
  const base = {
    height: 190,
    margin: { l: 48, r: 12, t: 8, b: 28 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: style.getPropertyValue("--sans"), size: 11, color: muted },
    showlegend: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: colour("surface"), bordercolor: hairline, font: { color: colour("text"), size: 12 } },
    // No `transition`, not even of 0 ms: with one, react() merges the new axis range with the old.
    uirevision: "keep",
    dragmode: "zoom",
    xaxis: {
      ...axis,
      showgrid: false,
      showline: true,
      nticks: 6,
      tickformat: "~g",
      showspikes: true,
      spikemode: "across",
      spikesnap: "cursor",
      spikethickness: 1,
      spikedash: "dot",
      spikecolor: muted,
    },
    yaxis: { ...axis, nticks: 5, tickformat: "~g", fixedrange: true },
  };
  const made = merged(base, overrides);
  // Said each time: after a range of its own, as a chart of one point has, an axis would go back to that of no points.
  for (const one of [made.xaxis, made.yaxis]) if (!one.range) one.autorange = true;
  return made;
}

export const config = { displayModeBar: false, responsive: true, doubleClick: "reset" };

/** A dashed threshold with its label at the right end, as {shape, annotation}; `log`: of a logarithmic axis. */
export function threshold(value, words, token = "warn", log = false) {
  return {
    shape: { type: "line", xref: "paper", x0: 0, x1: 1, y0: value, y1: value, line: { color: colour(token), width: 1, dash: "dash" } },
    annotation: { xref: "paper", x: 1, xanchor: "right", y: log ? Math.log10(value) : value, yanchor: "bottom", text: words, showarrow: false, font: { size: 11, color: colour(token) }, bgcolor: faded("surface", 0.8) },
  };
}

/**
 * A centred moving mean over `window` steps (odd): what is measured at every tenth step is not smeared over
 * seventy. A downsampled curve, and one without steps, goes by points. Nulls stay gaps. Towards the ends the window
 * narrows, so that it stays centred and a short curve is not drawn level.
 */
export function smooth(values, window, { step, sampled } = {}) {
  if (window <= 1) return values;
  const half = Math.floor(window / 2);
  const at = step && !sampled ? step : values.map((_, index) => index);
  let first = 0;
  let end = 0;
  return values.map((value, index) => {
    const reach = Math.min(half, at[index] - at[0], at.at(-1) - at[index]);
    while (at[first] < at[index] - reach) first += 1;
    while (end < values.length && at[end] <= at[index] + reach) end += 1;
    if (value === null) return null;
    const near = values.slice(first, end).filter((other) => other !== null);
    return near.reduce((sum, other) => sum + other, 0) / near.length;
  });
}

/**
 * Draw a chart when it comes into view and keep it right.
 *
 * build() returns {data, layout}: traces and layout overrides; it is called for each drawing, so it
 * may read colours. Returns {refresh(now), element, ready, visible}: refresh() asks for a redraw, done at once
 * or when two seconds have passed since the last, and only while the chart is visible; refresh(true), the
 * answer to what a person did, does not wait.
 */
export function mount(element, build, onDrawn = () => {}) {
  let visible = false;
  let stale = true;
  let drawnAt = -Infinity;
  let timer;
  let settle;
  const pauses = new Pauses();
  const ready = new Promise((resolve) => {
    settle = resolve;
  });

  async function draw() {
    clearTimeout(timer);
    timer = undefined;
    stale = false;
    drawnAt = performance.now();
    const library_ = await plotly();
    if (element.hasAttribute("data-empty")) tellIn(element, "");
    const { data, layout: overrides } = build();
    await library_.react(element, data, layout(overrides), config);
    element.dataset.drawn = "true";
    settle(element);
    onDrawn(element);
  }

  function schedule() {
    if (!visible || !stale || timer !== undefined) return;
    const wait = drawnAt + MIN_INTERVAL - performance.now();
    timer = setTimeout(() => draw().catch(fail), Math.max(0, wait));
  }

  function fail(error) {
    tellIn(element, error.message);
    if (library) return; // the chart itself is at fault, and would be again
    stale = true;
    timer = setTimeout(() => draw().catch(fail), pauses.take());
  }

  new IntersectionObserver(
    ([entry]) => {
      visible = entry.isIntersecting;
      schedule();
    },
    { rootMargin: "200px" },
  ).observe(element);
  document.addEventListener("themechange", () => {
    stale = true;
    drawnAt = -Infinity;
    schedule();
  });
  return {
    element,
    ready,
    get visible() {
      return visible;
    },
    refresh(now = false) {
      stale = true;
      if (now) {
        drawnAt = -Infinity;
        clearTimeout(timer);
        timer = undefined;
      }
      schedule();
    },
  };
}

/** Save a drawn chart as a PNG of twice its size. */
export async function savePng(element, filename) {
  const library_ = await plotly();
  const { width, height } = element.getBoundingClientRect();
  await library_.downloadImage(element, { format: "png", width, height, scale: 2, filename });
}

/** Words in place of a chart that is not drawn yet; "" takes them away. */
export function tellIn(element, words) {
  element.toggleAttribute("data-empty", words !== "");
  element.textContent = words;
}
