// One crosshair over several charts: where one is pointed at, the others show the same x.
import { plotly } from "./plot.js";

const linked = new Set();
let leading; // the chart under the pointer

/** Let a drawn chart lead and follow the others. Call it once a chart. */
export function linkHover(chart) {
  if (linked.has(chart)) return;
  linked.add(chart);
  chart.on("plotly_hover", ({ xvals }) => {
    if (leading !== undefined && leading !== chart) return; // this one only follows
    leading = chart;
    follow((fx, other) => fx.hover(other, { xval: xvals[0] }, ["xy"]));
  });
  chart.on("plotly_unhover", () => {
    if (leading !== chart) return;
    follow((fx, other) => fx.unhover(other));
    leading = undefined;
  });
}

async function follow(move) {
  const { Fx } = await plotly();
  for (const other of linked) {
    if (!other.isConnected) linked.delete(other);
    else if (other !== leading && inView(other)) move(Fx, other);
  }
}

function inView(chart) {
  const { top, bottom, width } = chart.getBoundingClientRect();
  return width > 0 && bottom > 0 && top < innerHeight;
}
