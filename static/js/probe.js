// A probe's page: its progress while it runs, the shares of its groups when it is finished.
import { connectJob } from "./live.js";
import { colour, mount } from "./plot.js";
import { pageData } from "./ui.js";
import { progressWords, t } from "./words.js";

const running = document.querySelector("[data-job]");
const bins = pageData("probe-bins");

function follow(card) {
  const { state } = card.dataset;
  const bar = card.querySelector("progress");
  const [label, words] = card.querySelectorAll(".progress-label span");
  const { close } = connectJob(card.dataset.job, 0, (message) => {
    if (state !== message.job.state) {
      close();
      location.reload();
      return;
    }
    const now = message.probe ?? message.prompts;
    if (!now?.stage) return;
    label.textContent = now.stage;
    words.textContent = now.total ? progressWords(now.done, now.total, now.unit) : "";
    if (now.total) {
      bar.max = now.total;
      bar.value = now.done;
    } else {
      bar.removeAttribute("value");
    }
  });
}

function build() {
  const x = bins.map((bin) => bin.label);
  const trace = (name, key, marker, ink) => ({
    type: "bar",
    name,
    x,
    y: bins.map((bin) => (bin.groups ? bin[key] / bin.groups : null)),
    customdata: bins.map((bin) => [bin[key], bin.groups]),
    hovertemplate: `${t("{count} of {all} {what}", { count: "%{customdata[0]}", all: "%{customdata[1]}", what: name })}<extra></extra>`,
    text: bins.map((bin) => (bin.groups && bin[key] ? `${Math.round((100 * bin[key]) / bin.groups)} %` : "")),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    insidetextfont: { color: colour(ink), size: 12 },
    marker,
  });
  const line = { color: colour("control"), width: 1 };
  return {
    data: [
      trace(t("all wrong"), "all_zero", { color: colour("hairline"), line }, "text"),
      trace(t("mixed"), "mixed", { color: colour("accent"), line }, "on-accent"),
      trace(
        t("all right"),
        "all_one",
        { color: colour("surface"), line, pattern: { shape: "/", size: 6, solidity: 0.15, fgcolor: colour("control") } },
        "text",
      ),
    ],
    layout: {
      height: 240,
      barmode: "stack",
      bargap: 0.25,
      hovermode: "closest",
      dragmode: false,
      margin: { l: 48, r: 12, t: 12, b: 44 },
      xaxis: { type: "category", tickformat: "", showspikes: false, fixedrange: true, title: { text: t("entropy, nats"), standoff: 8 } },
      yaxis: { range: [0, 1], tickformat: ".0%", tickvals: [0, 0.25, 0.5, 0.75, 1] },
    },
  };
}

if (running) follow(running);
if (bins) mount(document.getElementById("probe-chart"), build);
