// Charts of evaluations: accuracy over the steps, the scaling law, accuracy against model size. The
// part of the page that holds them is drawn again by the server; charts are then made anew.
import { extent, stepTicks } from "./axes.js";
import { colour, mount, runLine, savePng } from "./plot.js";
import { pageData } from "./ui.js";
import { t } from "./words.js";

const SPLITS = ["easy", "medium", "hard"];
const HEIGHT = 280;
const percent = { tickformat: ".0%", rangemode: "tozero" };

/** The colour of a split; of other measures by their place. */
const slot = (split, names = SPLITS) => runLine((SPLITS.includes(split) ? SPLITS : names).indexOf(split)).color;

/** Labels at the right end of lines, in place of a legend. */
function endLabel(x, y, text, ink) {
  return { x, y, xanchor: "left", xshift: 6, text, showarrow: false, font: { size: 11, color: ink } };
}

const LABEL = 13; // pixels between the middles of two labels

/** Labels that would lie on each other are moved apart; `plot` is the height of the plot in pixels. */
function spread(labels, plot) {
  const top = Math.max(...labels.map((label) => label.y), 1e-9);
  let floor = -Infinity;
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    const place = Math.max((label.y / top) * plot, floor);
    label.yshift = place - (label.y / top) * plot;
    floor = place + LABEL;
  }
  return labels;
}

function accuracy({ curves }) {
  const names = curves.map((curve) => curve.split);
  const data = curves.map((curve) => ({
    x: curve.step,
    y: curve.accuracy,
    customdata: curve.low.map((low, place) => [low, curve.high[place]]),
    mode: "lines+markers",
    line: { color: slot(curve.split, names), width: curve.mode === "reasoning" ? 2 : 1.25, dash: curve.mode === "reasoning" ? "solid" : "dash" },
    marker: { color: slot(curve.split, names), size: 5 },
    error_y: {
      type: "data",
      symmetric: false,
      array: curve.high.map((high, place) => high - curve.accuracy[place]),
      arrayminus: curve.low.map((low, place) => curve.accuracy[place] - low),
      thickness: 1,
      width: 3,
      color: slot(curve.split, names),
      visible: curve.mode === "reasoning",
    },
    hovertemplate: `${curve.label}: %{y:.1%} (%{customdata[0]:.1%} – %{customdata[1]:.1%})<extra></extra>`,
  }));
  const annotations = curves.map((curve) =>
    endLabel(curve.step.at(-1), curve.accuracy.at(-1), curve.mode === "reasoning" ? curve.split : `${curve.split}, plain`, slot(curve.split, names)),
  );
  return { data, layout: { height: HEIGHT, margin: { r: 88 }, annotations: spread(annotations, 150), yaxis: percent, xaxis: { tickformat: "d", ...stepTicks(extent(data.flatMap((trace) => trace.x))) } } };
}

function scaling({ scaling: { curves, unit } }) {
  const ink = (place) => runLine(place).color;
  const data = curves.flatMap((one, place) => [
    { x: one.x, y: one.y, mode: "markers", marker: { color: ink(place), size: 7 }, hovertemplate: `${t("{name}: {value} at {place}", { name: one.name, value: "%{y:.1%}", place: `%{x:.3~e} ${unit}` })}<extra></extra>` },
    { x: one.law.x, y: one.law.y, mode: "lines", line: { color: ink(place), width: 1.5 }, hoverinfo: "skip" },
  ]);
  const annotations = curves.map((one, place) => endLabel(Math.log10(one.x.at(-1)), one.y.at(-1), one.name, ink(place)));
  const xaxis = { type: "log", tickformat: ".1~e", title: { text: unit, font: { size: 11 } } };
  return { data, layout: { height: HEIGHT, margin: { r: 64, b: 44 }, annotations: spread(annotations, 180), yaxis: percent, xaxis, hovermode: "closest" } };
}

function againstSize(points) {
  const data = ["reasoning", "standard"].map((mode) => {
    const own = points.filter((point) => point.mode === mode).sort((a, b) => a.parameters - b.parameters);
    const ink = colour("accent");
    return {
      x: own.map((point) => point.parameters),
      y: own.map((point) => point.mean),
      text: own.map((point) => point.label),
      mode: "markers",
      marker: { color: ink, size: 8, symbol: mode === "reasoning" ? "circle" : "circle-open" },
      hovertemplate: `%{text}, ${mode === "reasoning" ? t("after a thought") : t("without a thought")}: %{y:.1%}<extra></extra>`,
    };
  });
  const xaxis = { type: "log", tickformat: ".2~s", title: { text: t("parameters"), font: { size: 11 } } };
  return { data, layout: { height: HEIGHT, margin: { b: 44 }, yaxis: percent, xaxis, hovermode: "closest" } };
}

const BUILDERS = { accuracy, scaling };

function draw() {
  const own = pageData("evaluation-data");
  const sets = new Map((pageData("sets-data") ?? []).map((set) => [set.key, set]));
  for (const element of document.querySelectorAll("[data-evaluation-chart]")) {
    const name = element.dataset.evaluationChart;
    const found = sets.get(element.dataset.set) ?? own;
    const empty = name === "scaling" && !found.scaling.curves.length;
    element.closest("figure").hidden = empty;
    if (empty) continue;
    mount(element, () => BUILDERS[name](found));
    element.closest("figure").querySelector("[data-png]")?.addEventListener("click", () => savePng(element, `evaluation-${name}`));
  }
  for (const element of document.querySelectorAll("[data-sizes]")) {
    mount(element, () => againstSize(sets.get(element.dataset.sizes).sizes));
  }
}

draw();
document.body.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id === "evaluation") draw();
});
