// The judge's tab and a rejudging's page: verdicts by length, live progress, the form's fields of each judge.
import { colour, mount, savePng } from "./plot.js";
import { followScan } from "./scan_progress.js";
import { pageData } from "./ui.js";
import { t } from "./words.js";

const HEIGHT = 240;

function lengths() {
  const bins = pageData("length-bins");
  const x = bins.map((bin) => bin.label);
  const line = { color: colour("control"), width: 1 };
  const trace = (name, words, marker, ink) => ({
    type: "bar",
    name: words,
    x,
    y: bins.map((bin) => (bin.count ? bin[name] / bin.count : null)),
    customdata: bins.map((bin) => [bin[name], bin.count]),
    hovertemplate: `${t("{count} of {all} {what}", { count: "%{customdata[0]}", all: "%{customdata[1]}", what: words })}<extra></extra>`,
    text: bins.map((bin) => (bin[name] ? bin[name].toLocaleString("en") : "")),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    insidetextfont: { color: colour(ink), size: 12 },
    marker: { line, ...marker },
  });
  return {
    data: [
      trace("right", t("right"), { color: colour("accent") }, "on-accent"),
      trace("wrong", t("wrong"), { color: colour("hairline") }, "text"),
      trace("malformed", t("malformed"), { color: colour("surface"), pattern: { shape: "/", size: 6, solidity: 0.15, fgcolor: colour("control") } }, "text"),
    ],
    layout: {
      height: HEIGHT,
      barmode: "stack",
      bargap: 0.25,
      showlegend: true,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" },
      hovermode: "closest",
      dragmode: false,
      margin: { l: 48, r: 12, t: 32, b: 44 },
      xaxis: { type: "category", tickformat: "", showspikes: false, fixedrange: true, title: { text: t("characters of the prediction"), standoff: 8, font: { size: 11 } } },
      yaxis: { range: [0, 1], tickformat: ".0%", tickvals: [0, 0.25, 0.5, 0.75, 1] },
    },
  };
}

function draw() {
  const chart = document.querySelector("[data-lengths]");
  if (!chart) return;
  mount(chart, lengths);
  chart.closest("figure").querySelector("[data-png]").addEventListener("click", () => savePng(chart, "verdicts-by-length"));
}

document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "verdicts") draw();
});

for (const row of document.querySelectorAll("[data-rejudging]")) {
  followScan(row.dataset.rejudging, () => row, () => location.reload());
}

// Only the fields of the chosen judge are shown; without this script all of them are.
const form = document.querySelector("[data-again]");
if (form) {
  const kind = form.querySelector("[data-kind]");
  const show = () => {
    for (const field of form.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(kind.value);
  };
  kind.addEventListener("change", show);
  show();
}
