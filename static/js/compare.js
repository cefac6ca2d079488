// Several runs side by side. The server lays out tables; this script draws the curves, hides and shows runs,
// and keeps every choice in the address.
import { viewOfAddress, wireControls } from "./controls.js";
import { otherMetrics } from "./othermetrics.js";
import "./run_keys.js";
import { OverlayBoard } from "./overlay.js";
import { pageData, remember } from "./ui.js";
import { t } from "./words.js";

const READ_AGAIN = 20000;

const data = pageData("compare-data");
const query = new URLSearchParams(location.search);
const known = new Set(data.runs.map((run) => run.id));
const view = {
  ...viewOfAddress(),
  group: query.get("group") ?? "",
  hidden: new Set((query.get("hide") ?? "").split(",").map(Number).filter((id) => known.has(id))),
  pin: known.has(Number(query.get("pin"))) ? Number(query.get("pin")) : undefined,
};

const board = new OverlayBoard(data.urls.series, data.runs, view);
for (const element of document.querySelectorAll(".tile[data-key]")) {
  const key = element.dataset.key;
  board.add(element, { key, label: data.catalogue[key]?.label ?? key });
}
otherMetrics(board, { other: data.other, tiles: data.tiles.map((key) => ({ key, baselines: [] })), catalogue: data.catalogue });

let axis = view.axis;
wireControls(view, () => {
  const other = axis !== view.axis;
  axis = view.axis;
  if (other) board.reload(); // times are only fetched where they are drawn
  else board.redraw();
});

function showEyes() {
  for (const eye of document.querySelectorAll("[data-eye]")) {
    const id = Number(eye.dataset.eye);
    eye.setAttribute("aria-pressed", String(!view.hidden.has(id)));
    eye.closest("[data-line]").toggleAttribute("data-hidden", view.hidden.has(id));
  }
}

document.addEventListener("click", (event) => {
  const eye = event.target.closest?.("[data-eye]");
  if (eye) {
    const id = Number(eye.dataset.eye);
    if (!view.hidden.delete(id)) view.hidden.add(id);
    remember("hide", [...view.hidden].join(","));
    showEyes();
    if (view.group) board.reload();
    else board.redraw();
    return;
  }
  // A link that changes one part of the address keeps what was chosen since the page was made.
  const link = event.target.closest?.("a[data-change]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const [name, value] = link.dataset.change.split("=");
  const url = new URL(location.href);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  location.assign(url);
});

const group = document.querySelector("[data-group]");
const words = document.querySelector("[data-chart-words]");
const usualWords = words.textContent;
function showGroup() {
  const grouped = view.group !== "";
  document.querySelector("[data-x-axis]").disabled = grouped;
  words.textContent = grouped
    ? t("Each line is the mean over the runs with the same value, over steps; the band is one standard deviation on either side, where there are several.")
    : usualWords;
}
group.value = view.group;
view.group = group.value; // a setting in which these runs do not differ groups nothing
group.addEventListener("change", () => {
  view.group = group.value;
  remember("group", view.group);
  showGroup();
  board.reload();
});

document.getElementById("what-if")?.addEventListener("change", ({ target }) => remember(target.name, target.value));
document.getElementById("pair")?.addEventListener("change", ({ target }) => remember(target.name, target.value));
if (data.active) {
  setInterval(() => {
    if (!document.hidden) board.reload();
  }, READ_AGAIN);
}
showEyes();
showGroup();
