// The charts of a run page: one tile a metric, drawn when visible, all with the same smoothing and x axis.
import { linkHover } from "./hover.js";
import { colour, faded, mount, runLine, savePng, smooth } from "./plot.js";
import { t } from "./words.js";

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

/** A value as a tile shows it. */
export function short(value) {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e7) ? value.toExponential(2) : number.format(value);
}

export const AXES = {
  step: { of: (curve) => curve.step, layout: { hoverformat: "d", tickformat: "~g" } },
  time: { of: (curve) => curve.time.map((ms) => new Date(ms)), layout: { type: "date", tickformat: "" } },
  relative: { of: (curve, start) => curve.time.map((ms) => (ms - start) / 60000), layout: { ticksuffix: " min" } },
};

export class ChartBoard {
  #store;
  #run;
  #view;
  #tiles = new Map();
  #drawing = 0;

  /**
   * store: a SeriesStore. run: {colour, name, stepUrl(step)}. view: {smooth, axis}, read at each drawing.
   */
  constructor(store, run, view) {
    this.#store = store;
    this.#run = run;
    this.#view = view;
    store.onChange((key) => this.#changed(key));
  }

  /** Give a tile's element its chart. baselines: [{key, label}] drawn as reference lines. */
  async add(element, { key, label, baselines = [] }) {
    const chart = element.querySelector("[data-chart]");
    const tile = { key, label, baselines, element, chart };
    this.#tiles.set(key, tile);
    element.querySelector("[data-png]")?.addEventListener("click", () => savePng(chart, `${this.#run.name} ${key}`.replace(/[^\w.-]+/g, "-")));
    element.querySelector("[data-expand]")?.addEventListener("click", () => {
      element.toggleAttribute("data-large");
      tile.plot?.refresh();
    });
    try {
      await Promise.all([key, ...baselines.map((base) => base.key)].map((wanted) => this.#store.need(wanted)));
    } catch (error) {
      chart.dataset.empty = "true";
      chart.textContent = error.message;
      return;
    }
    tile.plot = mount(
      chart,
      () => this.#build(tile),
      () => this.#wire(tile),
    );
  }

  /** Draw every chart again: smoothing or axis changed. */
  redraw() {
    for (const tile of this.#tiles.values()) {
      tile.zoom = undefined;
      tile.plot?.refresh();
    }
  }

  has(key) {
    return this.#tiles.has(key);
  }

  #changed(key) {
    for (const tile of this.#tiles.values()) {
      if (tile.key === key) this.#latest(tile);
      if (tile.key === key || tile.baselines.some((base) => base.key === key)) tile.plot?.refresh();
    }
  }

  #latest(tile) {
    const value = this.#store.get(tile.key).value.at(-1);
    const place = tile.element.querySelector("[data-latest]");
    if (place && value !== undefined) place.textContent = short(value);
  }

  #build(tile) {
    const whole = this.#store.get(tile.key);
    const curve = tile.zoom ?? whole;
    const axis = AXES[this.#view.axis];
    const start = whole.time[0] ?? 0;
    const x = (part) => axis.of(part, start);
    const line = runLine(this.#run.colour);
    const data = this.#traces(tile, curve, x, line);
    const shapes = [];
    const annotations = this.#ends(tile, curve, x);
    for (let i = 1; i < curve.attempt.length; i += 1) {
      if (curve.attempt[i] === curve.attempt[i - 1]) continue;
      const at = x(curve)[i];
      shapes.push({ type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line: { color: colour("muted"), width: 1, dash: "dot" } });
      annotations.push({ x: at, yref: "paper", y: 1, yanchor: "top", xanchor: "left", text: t("attempt {attempt}", { attempt: curve.attempt[i] }), showarrow: false, font: { size: 11, color: colour("muted") } });
    }
    const empty = data.every((trace) => trace.x.length === 0);
    if (empty) {
      annotations.push({ xref: "paper", yref: "paper", x: 0.5, y: 0.5, text: t("No step has recorded this yet"), showarrow: false, font: { size: 12, color: colour("muted") } });
    }
    const height = tile.element.hasAttribute("data-large") ? 420 : 190;
    const few = this.#view.axis === "step" && curve.step.length && curve.step.at(-1) - curve.step[0] < 6;
    const xaxis = { ...axis.layout, visible: !empty, ...(few ? { dtick: 1 } : {}) };
    // Curves grow in place, and Plotly tells old data from new by this number.
    this.#drawing += 1;
    return { data, layout: { height, autosize: true, shapes, annotations, xaxis, yaxis: { visible: !empty }, uirevision: this.#view.axis, datarevision: this.#drawing } };
  }

  #traces(tile, curve, x, line) {
    const window = this.#view.smooth;
    const smoothing = window > 1;
    const mode = curve.step.length > 1 ? "lines" : "markers";
    const shown = smoothing ? smooth(curve.value, window, curve) : curve.value;
    const raw = { x: x(curve), y: curve.value, mode, hoverinfo: "skip", line: { ...line, color: faded(`run-${(this.#run.colour % 6) + 1}`, 0.22), width: 1 } };
    const main = {
      x: x(curve),
      y: shown,
      customdata: curve.step,
      mode,
      name: tile.label,
      line: { ...line, width: smoothing ? 1.75 : 2 },
      marker: { color: line.color },
      hovertemplate: `${t("step {step}", { step: "%{customdata}" })}: %{y:.4~g}${smoothing ? ` (${t("mean of {steps}", { steps: window })})` : ""}<extra></extra>`,
    };
    const ghosts = curve.ghost.map((ghost) => ({
      x: x(ghost),
      y: ghost.value,
      customdata: ghost.step,
      mode: ghost.step.length > 1 ? "lines" : "markers",
      line: { color: colour("muted"), width: 1, dash: "dot" },
      marker: { color: colour("muted"), size: 4 },
      hovertemplate: `${t("replaced, attempt {attempt}", { attempt: ghost.attempt })}: %{y:.4~g}<extra></extra>`,
    }));
    const bases = tile.baselines.map((base, index) => {
      const curve_ = this.#store.get(base.key);
      return {
        x: x(curve_),
        y: smoothing ? smooth(curve_.value, window, curve_) : curve_.value,
        mode: curve_.step.length > 1 ? "lines" : "markers",
        marker: { color: colour("secondary"), symbol: "line-ew-open" },
        line: { color: colour("secondary"), width: 1.25, dash: ["dash", "dashdot", "dot", "longdash"][index % 4] },
        hovertemplate: `${base.label}: %{y:.4~g}<extra></extra>`,
      };
    });
    return [...(smoothing ? [raw] : []), ...ghosts, ...bases, main]; // the run itself is never covered
  }

  /** Labels at the ends of the reference lines, in place of a legend: the higher above, the lower below. */
  #ends(tile, curve, x) {
    const last = curve.value.at(-1) ?? 0;
    const ends = tile.baselines.flatMap((base) => {
      const found = this.#store.get(base.key);
      if (!found.value.length) return [];
      const values = this.#view.smooth > 1 ? smooth(found.value, this.#view.smooth, found) : found.value;
      return [{ label: base.label, x: x(found).at(-1), y: values.at(-1) }];
    });
    ends.sort((one, other) => other.y - one.y);
    return ends.map((end, place) => ({
      x: end.x,
      y: end.y,
      xanchor: "right",
      yanchor: (ends.length > 1 ? place === 0 : end.y >= last) ? "bottom" : "top",
      text: end.label,
      showarrow: false,
      font: { size: 11, color: colour("secondary") },
      bgcolor: faded("surface", 0.8),
    }));
  }

  #wire(tile) {
    if (tile.wired) return;
    tile.wired = true;
    linkHover(tile.chart);
    tile.chart.on("plotly_click", ({ points }) => {
      const step = points.find((point) => point.customdata !== undefined)?.customdata;
      const url = step > 0 ? this.#run.stepUrl(step) : "";
      if (url) location.href = url; // a supervised control has no groups to open
    });
    tile.chart.on("plotly_relayout", (change) => this.#zoomed(tile, change));
  }

  /** A zoom into a downsampled curve fetches that part in full. */
  async #zoomed(tile, change) {
    if (change["xaxis.autorange"]) {
      tile.zoom = undefined;
      tile.plot.refresh();
      return;
    }
    const [first, last] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const whole = this.#store.get(tile.key);
    if (first === undefined || this.#view.axis !== "step" || !whole.sampled) return;
    const asked = (tile.asked = Symbol("zoom"));
    const found = await this.#store.between(tile.key, first, last);
    if (tile.asked !== asked) return; // a newer zoom was asked for meanwhile
    tile.zoom = found;
    tile.plot.refresh();
  }
}
