// The charts of a run page: one tile a metric, drawn when visible, all with the same smoothing, axes and zoom.
import { AXES, endOfRange, extent, levelRange, plotlyRange, stepTicks, stepsWithin, tokensUpTo, within } from "./axes.js";
import { toggleFull } from "./fullscreen.js";
import { linkHover } from "./hover.js";
import { limitLines } from "./limit_lines.js";
import { colour, faded, mount, runLine, savePng, smooth, tellIn } from "./plot.js";
import { t } from "./words.js";

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

/** A value as a tile shows it. */
export function short(value) {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e7) ? value.toExponential(2) : number.format(value);
}

export { AXES };

const DOUBLE_CLICK = 320; // ms that Plotly waits for the second click, and a little
const PATIENCE = 200; // ms that a zoom waits for its curves in full before it draws what is here
const TOKENS = "x/tokens"; // no metric: tokens used up to a step

/** Whether a tile draws the curve of a metric, as its own or as a reference line. */
const drawnFrom = (tile, key) => tile.key === key || tile.baselines.some((base) => base.key === key);

export class ChartBoard {
  #store;
  #run;
  #view;
  #tiles = new Map();
  #drawing = 0;
  #zoomed = new Map(); // key -> its curve within the zoom, in full
  #asked = new Set(); // keys whose curves for the zoom are here or under way
  #wanted = new Map(); // key -> steps that are to be fetched for the zoom
  #tokens = () => null;

  /**
   * store: a SeriesStore. run: {colour, name, ended, stepUrl(step)}. view: {smooth, axis, logX, logY, zoom, full},
   * read at each drawing; onZoom() is called when a person has zoomed in a chart.
   */
  constructor(store, run, view, onZoom = () => {}) {
    this.#store = store;
    this.#run = run;
    this.#view = view;
    this.onZoom = onZoom;
    store.onChange((key) => this.#changed(key));
    store.onFailure((key, error) => this.#failed(key, error));
    this.#needTokens();
  }

  /** Give a tile's element its chart. baselines: [{key, label}] drawn as reference lines; limits: see limitLines. */
  async add(element, { key, label, baselines = [], limits = [] }) {
    const chart = element.querySelector("[data-chart]");
    const tile = { key, label, baselines, limits, element, chart };
    this.#tiles.set(key, tile);
    element.querySelector("[data-png]")?.addEventListener("click", () => savePng(chart, `${this.#run.name} ${key}`.replace(/[^\w.-]+/g, "-")));
    element.querySelector("[data-expand]")?.addEventListener("click", () => toggleFull(element));
    element.addEventListener("resized", () => tile.plot?.refresh(true));
    if (this.#view.full === key) toggleFull(element);
    try {
      await Promise.all([key, ...baselines.map((base) => base.key)].map((wanted) => this.#store.need(wanted)));
    } catch (error) {
      tellIn(chart, error.message);
      return;
    }
    tellIn(chart, "");
    tile.plot = mount(
      chart,
      () => this.#build(tile),
      () => this.#wire(tile),
    );
  }

  /** Draw every chart again: smoothing, axes or zoom changed. */
  redraw() {
    this.#forgetZoomed();
    this.#needTokens();
    this.#refreshAll();
  }

  #refreshAll() {
    for (const tile of this.#tiles.values()) tile.plot?.refresh(true);
  }

  #needTokens() {
    if (this.#view.axis !== "tokens") return;
    this.#store.need(TOKENS).then(() => this.#refreshAll(), () => {});
  }

  has(key) {
    return this.#tiles.has(key);
  }

  #changed(key) {
    for (const tile of this.#tiles.values()) {
      if (tile.key === key) this.#latest(tile);
      if (drawnFrom(tile, key)) tile.plot?.refresh();
    }
  }

  /** Charts that wait for a curve say why; what is drawn stays. */
  #failed(key, error) {
    for (const tile of this.#tiles.values()) if (!tile.plot && drawnFrom(tile, key)) tellIn(tile.chart, error.message);
  }

  /** A curve as it is drawn: the part within the zoom, in full where that has come. `start` is the axis's. */
  #curve(key, start) {
    const whole = this.#store.get(key);
    if (!this.#view.zoom) return whole;
    if (this.#zoomed.has(key)) return this.#zoomed.get(key);
    const steps = stepsWithin(this.#places(whole, start), whole.step, this.#view.zoom);
    return steps ? within(whole, steps) : whole;
  }

  /** Places of a curve's points on the x axis. */
  #places(curve, start) {
    return AXES[this.#view.axis].of(curve, start, this.#tokens);
  }

  #latest(tile) {
    const value = this.#store.get(tile.key).value.at(-1);
    const place = tile.element.querySelector("[data-latest]");
    if (place && value !== undefined) place.textContent = short(value);
  }

  #build(tile) {
    const { axis: axisName, logX, logY, zoom } = this.#view;
    if (axisName === "tokens") this.#tokens = tokensUpTo(this.#store.get(TOKENS));
    const start = this.#start(tile);
    if (zoom) this.#wantFull(tile);
    if (this.#wanted.size) queueMicrotask(() => this.#fetchFull());
    const curve = this.#curve(tile.key, start);
    const axis = AXES[axisName];
    const x = (part) => this.#places(part, start);
    const line = runLine(this.#run.colour);
    const data = this.#traces(tile, curve, x, line, start);
    const shapes = [];
    const annotations = this.#ends(tile, curve, x, start);
    for (let i = 1; i < curve.attempt.length; i += 1) {
      if (curve.attempt[i] === curve.attempt[i - 1]) continue;
      const at = x(curve)[i];
      shapes.push({ type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line: { color: colour("muted"), width: 1, dash: "dot" } });
      annotations.push({ x: logX && axisName !== "time" ? Math.log10(at) : at, yref: "paper", y: 1, yanchor: "top", xanchor: "left", text: t("attempt {attempt}", { attempt: curve.attempt[i] }), showarrow: false, font: { size: 11, color: colour("muted") } });
    }
    const noTokens = axisName === "tokens" && !this.#store.get(TOKENS).step.length;
    const empty = noTokens || data.every((trace) => trace.x.length === 0);
    if (empty) {
      annotations.push({ xref: "paper", yref: "paper", x: 0.5, y: 0.5, text: this.#nothing(noTokens), showarrow: false, font: { size: 12, color: colour("muted") } });
    }
    const height = tile.element.hasAttribute("data-full") ? Math.max(200, tile.chart.clientHeight) : 190;
    const xaxis = { ...axis.layout, visible: !empty, ...(axisName === "step" && !logX ? stepTicks(extent(data.flatMap((trace) => trace.x))) : {}) };
    if (logX && axisName !== "time") xaxis.type = "log";
    if (zoom) xaxis.range = plotlyRange(zoom, axisName, logX);
    const values = extent(data.flatMap((trace) => trace.y));
    const limits = limitLines(empty ? [] : tile.limits, values, logY);
    shapes.push(...limits.shapes);
    annotations.push(...limits.annotations);
    const yaxis = { visible: !empty, ...(logY ? { type: "log" } : limits.range ? { range: limits.range } : levelRange(values)) };
    // Curves grow in place, and Plotly tells old data from new by this number.
    this.#drawing += 1;
    const uirevision = [axisName, logX, logY, zoom].join();
    return { data, layout: { height, autosize: true, shapes, annotations, xaxis, yaxis, uirevision, datarevision: this.#drawing } };
  }

  #nothing(noTokens) {
    if (noTokens) return t("No step has counted its tokens");
    return this.#run.ended ? t("This run did not record it") : t("No step has recorded this yet");
  }

  #traces(tile, curve, x, line, start) {
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
      const curve_ = this.#curve(base.key, start);
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
  #ends(tile, curve, x, start) {
    const last = curve.value.at(-1) ?? 0;
    const ends = tile.baselines.flatMap((base) => {
      const found = this.#curve(base.key, start);
      if (!found.value.length || (this.#view.logY && found.value.at(-1) <= 0)) return [];
      const values = this.#view.smooth > 1 ? smooth(found.value, this.#view.smooth, found) : found.value;
      return [{ label: base.label, x: x(found).at(-1), y: values.at(-1) }];
    });
    ends.sort((one, other) => other.y - one.y);
    const { logX, logY, axis } = this.#view; // on a log axis Plotly wants a label's place as a power of ten
    return ends.map((end, place) => ({
      x: logX && axis !== "time" ? Math.log10(end.x) : end.x,
      y: logY ? Math.log10(end.y) : end.y,
      xanchor: "right",
      yanchor: (ends.length > 1 ? place === 0 : end.y >= last) ? "bottom" : "top",
      text: end.label,
      showarrow: false,
      font: { size: 11, color: colour("secondary") },
      bgcolor: faded("surface", 0.8),
    }));
  }

  #start(tile) {
    return this.#store.get(tile.key).time[0] ?? 0;
  }

  #wire(tile) {
    if (tile.wired) return;
    tile.wired = true;
    linkHover(tile.chart);
    tile.chart.on("plotly_click", ({ points }) => {
      const step = points.find((point) => point.customdata !== undefined)?.customdata;
      const url = step > 0 ? this.#run.stepUrl(step) : "";
      clearTimeout(tile.opening);
      // A supervised control has no groups to open; the first click of two opens nothing.
      if (url) tile.opening = setTimeout(() => location.assign(url), DOUBLE_CLICK);
    });
    tile.chart.on("plotly_relayout", (change) => this.#relaid(tile, change));
    tile.chart.on("plotly_doubleclick", () => {
      clearTimeout(tile.opening);
      tile.reset = performance.now();
      this.#zoomTo(undefined, tile);
    });
  }

  #relaid(tile, change) {
    if (performance.now() - (tile.reset ?? -Infinity) < 300) return; // Plotly's own answer to a double-click
    const ends = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (ends[0] === undefined || ends[1] === undefined) return;
    this.#zoomTo(
      ends.map((end) => endOfRange(end, this.#view.axis, this.#view.logX)),
      tile,
    );
  }

  /** Zoom every chart, the one that was dragged over first. Curves in full are drawn at once where they come quickly. */
  async #zoomTo(range, tile) {
    this.#view.zoom = range;
    this.onZoom();
    this.#forgetZoomed();
    this.#needTokens();
    const seen = [...this.#tiles.values()].filter((other) => other.plot?.visible && other !== tile);
    const groups = range ? [[tile], seen] : [];
    for (const group of groups) {
      for (const one of group) this.#wantFull(one);
      await Promise.race([this.#fetchFull(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      if (this.#view.zoom !== range) return; // a newer zoom was asked for meanwhile
      for (const one of group) one.plot.refresh(true);
    }
    const done = new Set(groups.flat());
    for (const other of this.#tiles.values()) if (!done.has(other)) other.plot?.refresh(true);
  }

  #forgetZoomed() {
    this.#zoomed.clear();
    this.#asked.clear();
  }

  /** Ask for the curves of a tile within the zoom, where what is here was thinned out. */
  #wantFull(tile) {
    const start = this.#start(tile);
    for (const key of [tile.key, ...tile.baselines.map((base) => base.key)]) {
      const whole = this.#store.get(key);
      if (!whole.sampled || this.#asked.has(key)) continue;
      const steps = stepsWithin(this.#places(whole, start), whole.step, this.#view.zoom);
      if (!steps) continue;
      this.#asked.add(key);
      this.#wanted.set(key, steps);
    }
  }

  async #fetchFull() {
    if (!this.#wanted.size) return;
    const asked = this.#view.zoom;
    const ends = [...this.#wanted.values()];
    const keys = [...this.#wanted.keys()];
    this.#wanted.clear();
    const steps = [Math.min(...ends.map(([first]) => first)), Math.max(...ends.map(([, last]) => last))];
    let found;
    try {
      found = await this.#store.between(keys, ...steps);
    } catch {
      for (const key of keys) this.#asked.delete(key); // what is here stays drawn; the next drawing asks again
      return;
    }
    if (this.#view.zoom !== asked) return; // a newer zoom was asked for meanwhile
    for (const key of keys) this.#zoomed.set(key, found[key]);
    for (const tile of this.#tiles.values()) {
      if (keys.some((key) => drawnFrom(tile, key))) tile.plot?.refresh(true);
    }
  }
}
