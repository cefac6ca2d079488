// The threshold, or a band: a slider, two numbers and a histogram that always agree, and what would be kept.
// A band is {low, high} in nats; it keeps low <= entropy < high, and a high of Infinity is no upper end.
import { el } from "./ui.js";
import { t } from "./words.js";

const BARS = 84;
const HEIGHT = 64;
const LEVELS = [0.5, 1.0, 1.5]; // easy, medium, hard of the paper: nested
const SVG = "http://www.w3.org/2000/svg";

/** Counts how many values are at or above a threshold; `histogram` has bins of `bin` nats from 0 on. */
export function binnedTail(histogram, bin) {
  const tail = new Array(histogram.length + 1).fill(0);
  for (let place = histogram.length - 1; place >= 0; place -= 1) tail[place] = tail[place + 1] + histogram[place];
  // A bin counts as a whole: thresholds are hundredths of a nat, and so are the bins.
  return (threshold) => tail[Math.min(Math.round(threshold / bin), histogram.length)];
}

/** The same for exact values, sorted from low to high. */
export function exactTail(sorted) {
  return (threshold) => sorted.length - lowerBound(sorted, threshold);
}

/** The first place in a rising array whose value is at least `wanted`. */
export function lowerBound(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawBars(svg, histogram, bin, scale) {
  const width = Math.max(1, Math.ceil(scale / bin / BARS));
  const counts = [];
  histogram.forEach((count, place) => {
    const bar = Math.min(Math.floor(place / width), Math.ceil(scale / bin / width) - 1);
    counts[bar] = (counts[bar] ?? 0) + count;
  });
  const most = Math.max(1, ...counts.filter(Boolean));
  const total = Math.ceil(scale / bin / width);
  svg.setAttribute("viewBox", `0 0 ${total} ${HEIGHT}`);
  svg.replaceChildren();
  for (let bar = 0; bar < total; bar += 1) {
    const height = Math.sqrt((counts[bar] ?? 0) / most) * HEIGHT; // root: rare high entropies stay visible
    const rect = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x: bar + 0.08, y: HEIGHT - height, width: 0.84, height })) {
      rect.setAttribute(name, value);
    }
    rect.dataset.from = bar * width * bin;
    svg.append(rect);
  }
}

function axis(element, scale) {
  const step = scale > 4 ? 1 : 0.5;
  for (let value = 0; value <= scale; value += step) {
    const tick = el("span", {}, value.toFixed(1));
    tick.style.left = `${(100 * value) / scale}%`;
    element.append(tick);
  }
}

/** The band that an address names: t for its lower end, u for its upper one. */
export function bandOf(query, threshold) {
  const low = Number.parseFloat(query.get("t"));
  const high = Number.parseFloat(query.get("u"));
  return { low: Number.isFinite(low) ? low : threshold, high: Number.isFinite(high) ? high : Infinity };
}

/** Write a band into the query of an address, so that it is found there again. */
export function rememberBand(query, { low, high }) {
  query.set("t", low.toFixed(2));
  if (high === Infinity) query.delete("u");
  else query.set("u", high.toFixed(2));
}

/** What the form of an experiment is given to take the band over. */
function selection({ low, high }) {
  if (high === Infinity) return { selection: "threshold", threshold: low.toFixed(2) };
  return { selection: "band", threshold: low.toFixed(2), upper_threshold: high.toFixed(2) };
}

/**
 * Build the control in the elements of threshold.html.
 *
 * data: scan_data of the server. Returns {band, addRow(name, scope, tail, total), onChange(callback)};
 * tail(threshold) counts what lies at or above it, callback(new band, old band) hears each change. addRow
 * returns what counts the kept ones of the row.
 */
export function thresholdControl(data, initial) {
  const range = document.getElementById("threshold-range");
  const number = document.getElementById("threshold-number");
  const upper = document.getElementById("upper-number");
  const problem = document.getElementById("band-error");
  const svg = document.getElementById("histogram");
  const use = document.getElementById("use-threshold");
  const suggested = document.getElementById("suggested-threshold"); // where something can be suggested
  const rows = [];
  const listeners = [];
  let band = initial;

  range.max = (Math.floor(data.scale * 100) / 100).toFixed(2);
  drawBars(svg, data.histogram, data.bin, data.scale);
  axis(document.getElementById("histogram-axis"), data.scale);

  function inside(from) {
    return from >= band.low - 1e-9 && from < band.high - 1e-9;
  }

  function counted(tail, level) {
    return Math.max(0, tail(Math.max(level, band.low)) - (band.high === Infinity ? 0 : tail(band.high)));
  }

  function show() {
    range.value = band.low;
    if (Number(number.value) !== band.low) number.value = band.low.toFixed(2);
    const high = band.high === Infinity ? "" : band.high.toFixed(2);
    if (upper.value === "" ? high !== "" : Number(upper.value) !== band.high) upper.value = high;
    suggested?.setAttribute("aria-pressed", String(band.low === Number(suggested.dataset.threshold) && band.high === Infinity));
    const wrong = band.high <= band.low;
    problem.hidden = !wrong;
    if (wrong) upper.setAttribute("aria-invalid", "true");
    else upper.removeAttribute("aria-invalid");
    for (const rect of svg.children) rect.classList.toggle("kept", inside(Number(rect.dataset.from)));
    for (const { cells, tail, total } of rows) {
      const count = counted(tail, 0);
      cells[0].textContent = count.toLocaleString("en");
      cells[1].textContent = total ? `${((100 * count) / total).toFixed(1)} %` : "–";
      LEVELS.forEach((level, place) => {
        cells[place + 2].textContent = counted(tail, level).toLocaleString("en");
      });
    }
    const address = new URL(use.href);
    const query = { corpus: data.corpus, scan: data.scan, model: data.model, ...selection(band) };
    address.searchParams.delete("upper_threshold");
    for (const [name, part] of Object.entries(query)) address.searchParams.set(name, part);
    use.href = address.pathname + address.search;
    use.textContent = band.high === Infinity ? t("Use this threshold") : t("Use this band");
    if (wrong) use.setAttribute("aria-disabled", "true");
    else use.removeAttribute("aria-disabled");
  }

  function set(change) {
    const before = band;
    const hundredths = (value) => (value === Infinity ? value : Math.round(value * 100) / 100);
    const next = { ...band, ...change };
    if (!(next.low >= 0 && next.high >= 0)) return; // half a number is typed
    band = { low: hundredths(next.low), high: hundredths(next.high) };
    show();
    for (const listener of listeners) listener(band, before);
  }

  range.addEventListener("input", () => set({ low: Number(range.value) }));
  number.addEventListener("input", () => number.value !== "" && set({ low: Number(number.value) }));
  upper.addEventListener("input", () => {
    if (upper.validity.badInput) return;
    set({ high: upper.value === "" ? Infinity : Number(upper.value) });
  });
  suggested?.addEventListener("click", () => set({ low: Number(suggested.dataset.threshold), high: Infinity }));
  number.addEventListener("blur", () => {
    number.value = band.low.toFixed(2);
  });
  upper.addEventListener("blur", show);
  use.addEventListener("click", (event) => {
    if (band.high <= band.low) event.preventDefault();
  });
  return {
    get band() {
      return band;
    },
    onChange: (listener) => listeners.push(listener),
    addRow(name, scope, tail, total) {
      const cells = Array.from({ length: 2 + LEVELS.length }, () => el("td", { class: "number" }));
      const head = el("th", { scope: "row" }, name, " ", el("span", { class: "meta" }, scope));
      document.getElementById("threshold-rows").append(el("tr", {}, head, ...cells));
      rows.push({ cells, tail, total });
      show();
      return () => counted(tail, 0);
    },
  };
}
