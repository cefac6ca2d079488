// The threshold: a slider, a number and a histogram that always agree, and what would be kept.
import { el } from "./ui.js";

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

/**
 * Build the control in the elements of threshold.html.
 *
 * data: scan_data of the server. Returns {value, addRow(name, kept, total), onChange(callback)};
 * kept(threshold) counts, callback(new, old) hears each change.
 */
export function thresholdControl(data, initial) {
  const range = document.getElementById("threshold-range");
  const number = document.getElementById("threshold-number");
  const svg = document.getElementById("histogram");
  const use = document.getElementById("use-threshold");
  const rows = [];
  const listeners = [];
  let value = initial;

  range.max = (Math.floor(data.scale * 100) / 100).toFixed(2);
  drawBars(svg, data.histogram, data.bin, data.scale);
  axis(document.getElementById("histogram-axis"), data.scale);

  function show() {
    range.value = value;
    if (Number(number.value) !== value) number.value = value.toFixed(2);
    for (const rect of svg.children) rect.classList.toggle("kept", Number(rect.dataset.from) >= value - 1e-9);
    for (const { cells, kept, total } of rows) {
      const count = kept(value);
      cells[0].textContent = count.toLocaleString("en");
      cells[1].textContent = total ? `${((100 * count) / total).toFixed(1)} %` : "–";
      LEVELS.forEach((level, place) => {
        cells[place + 2].textContent = kept(Math.max(level, value)).toLocaleString("en");
      });
    }
    const address = new URL(use.href);
    const query = { corpus: data.corpus, scan: data.scan, model: data.model, threshold: value.toFixed(2) };
    for (const [name, part] of Object.entries(query)) address.searchParams.set(name, part);
    use.href = address.pathname + address.search;
  }

  function set(next) {
    if (!Number.isFinite(next) || next < 0) return;
    const before = value;
    value = Math.round(next * 100) / 100;
    show();
    for (const listener of listeners) listener(value, before);
  }

  range.addEventListener("input", () => set(Number(range.value)));
  number.addEventListener("input", () => number.value !== "" && set(Number(number.value)));
  number.addEventListener("blur", () => {
    number.value = value.toFixed(2);
  });
  return {
    get value() {
      return value;
    },
    onChange: (listener) => listeners.push(listener),
    addRow(name, kept, total) {
      const cells = Array.from({ length: 2 + LEVELS.length }, () => el("td", { class: "number" }));
      document.getElementById("threshold-rows").append(el("tr", {}, el("th", { scope: "row" }, name), ...cells));
      rows.push({ cells, kept, total });
      show();
    },
  };
}
