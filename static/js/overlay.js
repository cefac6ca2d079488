// The same metric of several runs in one chart: a line each, or the mean and the band of groups of runs.
import { AXES, extent, levelRange, stepTicks } from "./axes.js";
import { linkHover } from "./hover.js";
import { colour, faded, mount, runLine, savePng, smooth, tellIn } from "./plot.js";
import { FinalError, Pauses } from "./retry.js";
import { fetchCurves } from "./series.js";
import { t, tn } from "./words.js";

const RAW_LINES = 3; // with more runs the faint raw lines would hide the smoothed ones
const LABELS = 8; // at the ends of lines, in a chart of the usual height
const LABEL = 12; // pixels between the middles of two labels
const HEIGHT = { usual: 220, large: 460 };
const MARGIN = { top: 8, bottom: 28 };
const NARROW = 720;

/** The lines of each metric, fetched when they are needed. */
class Lines {
  #url;
  #found = new Map();

  constructor(url) {
    this.#url = url;
  }

  /** Forget everything: other runs, another grouping, or newer points. */
  clear() {
    this.#found.clear();
  }

  /** {series: {run: line}} or {groups: [...]} of a metric; `limits` {from, to} for a part in full. */
  async get(key, view, runs, limits = {}) {
    const query = new URLSearchParams({ runs: runs.map((run) => run.id).join(","), key, ...limits });
    if (view.group) query.set("group", view.group);
    else if (view.axis !== "step") query.set("times", "1");
    const address = `${this.#url}?${query}`;
    if (!this.#found.has(address)) this.#found.set(address, this.#fetch(query, key));
    try {
      return await this.#found.get(address);
    } catch (error) {
      this.#found.delete(address); // the next time tries again
      throw error;
    }
  }

  async #fetch(query, key) {
    const { series, groups } = await fetchCurves(this.#url, query);
    return { series: series?.[key], groups: groups?.[key] };
  }
}

export class OverlayBoard {
  #lines;
  #runs;
  #view;
  #tiles = new Map();
  #drawing = 0;

  /** runs: [{id, name, slot}]. view: {smooth, axis, group, hidden, pin}, read at each drawing. */
  constructor(url, runs, view) {
    this.#lines = new Lines(url);
    this.#runs = runs;
    this.#view = view;
  }

  /** Give a tile's element its chart. */
  async add(element, { key, label }) {
    const chart = element.querySelector("[data-chart]");
    const tile = { key, label, element, chart, pauses: new Pauses() };
    this.#tiles.set(key, tile);
    element.querySelector("[data-png]")?.addEventListener("click", () => savePng(chart, `compare ${key}`.replace(/[^\w.-]+/g, "-")));
    element.querySelector("[data-expand]")?.addEventListener("click", () => {
      element.toggleAttribute("data-large");
      tile.plot?.refresh();
    });
    await this.#load(tile);
  }

  /** Draw all charts again with the lines at hand: smoothing, a hidden run. */
  redraw() {
    for (const tile of this.#tiles.values()) tile.plot?.refresh();
  }

  /** Ask for all lines again: axis, grouping, newer points. */
  reload() {
    this.#lines.clear();
    return Promise.all([...this.#tiles.values()].map((tile) => this.#load(tile)));
  }

  async #load(tile) {
    const asked = (tile.asked = Symbol("lines"));
    const shown = this.#shown();
    try {
      const found = shown.length ? await this.#lines.get(tile.key, this.#view, this.#view.group ? shown : this.#runs) : {};
      if (tile.asked !== asked) return; // something newer was asked for meanwhile
      tile.found = found;
      tile.zoom = undefined;
    } catch (error) {
      if (tile.asked === asked) this.#failed(tile, error);
      return;
    }
    tile.pauses.reset();
    if (tile.plot) tile.plot.refresh();
    else {
      tellIn(tile.chart, "");
      tile.plot = mount(
        tile.chart,
        () => this.#build(tile),
        () => this.#wire(tile),
      );
    }
  }

  /** Lines that are drawn stay, and the others are asked for again. */
  #failed(tile, error) {
    const { asked } = tile;
    if (!tile.plot) tellIn(tile.chart, error.message);
    if (error instanceof FinalError) return;
    setTimeout(() => tile.asked === asked && this.#load(tile), tile.pauses.take());
  }

  #shown() {
    return this.#runs.filter((run) => !this.#view.hidden.has(run.id));
  }

  #build(tile) {
    const found = tile.zoom ?? tile.found;
    const drawn = this.#view.group ? this.#groupTraces(found.groups ?? []) : this.#runTraces(found.series ?? {});
    const large = tile.element.hasAttribute("data-large");
    const height = large ? HEIGHT.large : HEIGHT.usual;
    const [low, high] = extent(drawn.ends.flatMap((end) => end.values));
    const annotations = endLabels(drawn.ends, [low, high], height - MARGIN.top - MARGIN.bottom, large ? Infinity : LABELS);
    if (!drawn.data.length) annotations.push(nothing(this.#shown().length ? t("No shown run has recorded this") : t("Every run is hidden")));
    const { layout } = AXES[this.#axis()];
    const narrow = innerWidth < NARROW;
    const ticks = this.#axis() === "step" ? stepTicks(extent(drawn.data.flatMap((trace) => trace.x))) : {};
    this.#drawing += 1;
    return {
      data: drawn.data,
      layout: {
        height,
        autosize: true,
        margin: { r: narrow ? 12 : 118 },
        annotations: narrow ? annotations.filter((label) => label.xref === "paper") : annotations,
        xaxis: { ...layout, visible: drawn.data.length > 0, ...ticks },
        yaxis: { visible: drawn.data.length > 0, ...levelRange([low, high]) },
        uirevision: this.#axis(),
        datarevision: this.#drawing,
      },
    };
  }

  #axis() {
    return this.#view.group ? "step" : this.#view.axis;
  }

  #runTraces(series) {
    const { smooth: window, axis, pin } = this.#view;
    const ready = (line) => line?.step.length && (axis === "step" || line.time);
    const shown = this.#shown().filter((run) => ready(series[run.id]));
    shown.sort((one, other) => (one.id === pin) - (other.id === pin)); // the pinned one is never covered
    const data = [];
    const ends = [];
    const labels = apart(shown.map((run) => run.name));
    for (const [place, run] of shown.entries()) {
      const line = series[run.id];
      const x = AXES[axis].of(line, line.time?.[0] ?? 0);
      const ink = runLine(run.slot);
      const quiet = pin !== undefined && run.id !== pin;
      const y = window > 1 ? smooth(line.value, window, line) : line.value;
      const mode = x.length > 1 ? "lines" : "markers";
      if (window > 1 && !quiet && (shown.length <= RAW_LINES || pin !== undefined)) {
        data.push({ x, y: line.value, mode, hoverinfo: "skip", line: { color: faded(`run-${(run.slot % 6) + 1}`, 0.22), width: 1 } });
      }
      data.push({
        x,
        y,
        customdata: line.step,
        mode,
        name: run.name,
        opacity: quiet ? 0.6 : 1,
        line: { ...ink, width: pin === undefined ? 1.75 : quiet ? 1.25 : 2 },
        marker: { color: ink.color },
        hovertemplate: `${escaped(run.name)}: %{y:.4~g}<extra></extra>`,
      });
      ends.push({ x: x.at(-1), y: y.at(-1), text: labels[place], color: ink.color, first: run.id === pin, values: y });
    }
    return { data, ends };
  }

  #groupTraces(groups) {
    const window = this.#view.smooth;
    const data = [];
    const ends = [];
    for (const [place, group] of groups.filter(({ step }) => step.length).entries()) {
      const ink = runLine(place);
      const [mean, low, high] = [group.mean, group.low, group.high].map((values) => (window > 1 ? smooth(values, window, group) : values));
      const edge = { x: group.step, mode: "lines", line: { width: 0 }, hoverinfo: "skip" };
      data.push({ ...edge, y: low }, { ...edge, y: high, fill: "tonexty", fillcolor: faded(`run-${(place % 6) + 1}`, 0.16) });
      const words = `${group.label || t("empty")} (${tn("{count} run", "{count} runs", group.runs)})`;
      data.push({
        x: group.step,
        y: mean,
        customdata: group.count.map((count, at) => [count, group.low[at], group.high[at]]),
        mode: group.step.length > 1 ? "lines" : "markers",
        line: { ...ink, width: 2 },
        marker: { color: ink.color },
        hovertemplate: `${escaped(words)}: %{y:.4~g}, ${t("{low} to {high} of {count}", { low: "%{customdata[1]:.4~g}", high: "%{customdata[2]:.4~g}", count: "%{customdata[0]}" })}<extra></extra>`,
      });
      ends.push({ x: group.step.at(-1), y: mean.at(-1), text: words, color: ink.color, values: [...low, ...high] });
    }
    return { data, ends };
  }

  #wire(tile) {
    if (tile.wired) return;
    tile.wired = true;
    linkHover(tile.chart);
    tile.chart.on("plotly_relayout", (change) => this.#zoomed(tile, change).catch(() => {})); // what is here stays drawn
  }

  /** A zoom into downsampled lines fetches that part in full. */
  async #zoomed(tile, change) {
    if (change["xaxis.autorange"]) {
      tile.zoom = undefined;
      tile.plot.refresh();
      return;
    }
    const [first, last] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    const sampled = Object.values(tile.found.series ?? {}).some((line) => line.sampled);
    if (first === undefined || this.#axis() !== "step" || !sampled) return;
    const asked = (tile.asked = Symbol("zoom"));
    const limits = { from: Math.max(0, Math.floor(first)), to: Math.max(0, Math.ceil(last)) };
    const found = await this.#lines.get(tile.key, this.#view, this.#runs, limits);
    if (tile.asked !== asked) return;
    tile.zoom = found;
    tile.plot.refresh();
  }
}

/** Plotly reads some HTML in what it draws; a run's name is text. */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("%{", "% {");
}

function nothing(words) {
  return { xref: "paper", yref: "paper", x: 0.5, y: 0.5, text: words, showarrow: false, font: { size: 12, color: colour("muted") } };
}

/** A name that fits beside a chart: names of runs often differ in their last letters alone. */
function shortened(name) {
  return name.length > 17 ? `${name.slice(0, 8)}…${name.slice(-8)}` : name;
}

/** What tells some names apart: each without the words that all of them begin or end with. */
function apart(names) {
  if (names.length < 2) return names;
  const words = names.map((name) => name.split(" "));
  const shortest = Math.min(...words.map((own) => own.length));
  const same = (at) => words.every((own) => own.at(at) === words[0].at(at));
  let [first, last] = [0, 0];
  while (first < shortest && same(first)) first += 1;
  while (last < shortest - first && same(-1 - last)) last += 1;
  const left = words.map((own) => own.slice(first, own.length - last).join(" ").replace(/[,;:]$/, ""));
  return left.every(Boolean) ? left : names;
}

/** Names at the right ends of lines, moved apart where they would lie on each other. */
function endLabels(ends, [low, high], height, most) {
  const scale = height / 1.1 / Math.max(high - low, 1e-12); // Plotly leaves some room above and below
  const kept = [...ends].sort((one, other) => (other.first ?? false) - (one.first ?? false)).slice(0, most);
  let floor = -Infinity;
  return kept
    .sort((one, other) => one.y - other.y)
    .map((end) => {
      const own = (end.y - low) * scale;
      const place = Math.max(own, floor);
      floor = place + LABEL;
      return {
        x: 1,
        xref: "x domain",
        xanchor: "left",
        xshift: 4,
        y: end.y,
        yshift: place - own,
        text: escaped(shortened(end.text)),
        showarrow: false,
        font: { size: 11, color: end.color },
      };
    });
}
