// The controls above charts: smoothing, axes and, where there is one, the zoom. The address keeps them.
import { remember } from "./ui.js";
import { t } from "./words.js";

const USUAL_SMOOTHING = 7; // steps: a step has few contexts, its mean says little alone

const choice = () => document.querySelector("[data-x-axis]");
const axes = () => [...choice().options].map((option) => option.value);

/** What the address asks for: {smooth, axis, logX, logY, zoom, full}; zoom is [low, high] of the x axis or undefined. */
export function viewOfAddress() {
  const query = new URLSearchParams(location.search);
  const logs = (query.get("log") ?? "").split(",");
  const ends = (query.get("zoom") ?? "").split("~").map(Number);
  return {
    smooth: Math.min(51, Math.max(1, Number(query.get("smooth")) || USUAL_SMOOTHING)),
    axis: axes().includes(query.get("x")) ? query.get("x") : "step",
    logX: logs.includes("x"),
    logY: logs.includes("y"),
    zoom: ends.length === 2 && ends[0] < ends[1] ? ends : undefined,
    full: query.get("full") ?? "",
  };
}

/** Let the controls of the page change `view`, and call redraw() when they have. Returns {showZoom()}. */
export function wireControls(view, redraw) {
  const slider = document.querySelector("[data-smooth]");
  const words = document.querySelector("[data-smooth-words]");
  const say = () => {
    words.textContent = view.smooth > 1 ? t("mean of {steps} steps", { steps: view.smooth }) : t("off");
  };
  slider.value = view.smooth;
  choice().value = view.axis;
  say();
  slider.addEventListener("input", () => {
    view.smooth = Number(slider.value);
    say();
  });
  slider.addEventListener("change", () => {
    remember("smooth", view.smooth, USUAL_SMOOTHING);
    redraw();
  });
  wireLogs(view, redraw);
  const zoom = wireZoom(view, redraw);
  choice().addEventListener("change", () => {
    view.axis = choice().value;
    remember("x", view.axis, "step");
    view.zoom = undefined; // it was of the other axis
    zoom.showZoom();
    redraw();
  });
  return zoom;
}

function wireLogs(view, redraw) {
  const boxes = [...document.querySelectorAll("[data-log-axis]")];
  for (const box of boxes) {
    const name = box.dataset.logAxis === "x" ? "logX" : "logY";
    box.checked = view[name];
    box.addEventListener("change", () => {
      view[name] = box.checked;
      remember("log", boxes.filter((one) => one.checked).map((one) => one.dataset.logAxis).join());
      redraw();
    });
  }
}

/** The two ends of the zoom as numbers of steps: for the keyboard, and to see where one is. */
function wireZoom(view, redraw) {
  const part = document.querySelector("[data-zoom]");
  if (!part) return { showZoom: () => {} };
  const [from, to] = part.querySelectorAll("input");
  const reset = part.querySelector("button");
  // What a person types stays as it is: an end that was left empty is not filled under their hands.
  const showZoom = (typed = false) => {
    const [low, high] = view.zoom ?? [];
    const ofSteps = view.axis === "step";
    for (const label of part.querySelectorAll("label")) label.hidden = !ofSteps;
    if (!typed) {
      from.value = ofSteps && view.zoom ? Math.round(low) : "";
      to.value = ofSteps && view.zoom ? Math.round(high) : "";
    }
    reset.hidden = !view.zoom;
    remember("zoom", view.zoom ? view.zoom.map((end) => Number(end.toPrecision(15))).map((end) => (ofSteps ? Math.round(end) : end)).join("~") : "");
  };
  for (const input of [from, to]) {
    input.addEventListener("change", () => {
      const ends = [Number(from.value || 0), Number(to.value || input.max)];
      view.zoom = (from.value || to.value) && ends[0] < ends[1] ? ends : undefined;
      showZoom(true);
      redraw();
    });
  }
  reset.addEventListener("click", () => {
    view.zoom = undefined;
    showZoom();
    redraw();
    from.focus();
  });
  showZoom();
  return { showZoom };
}
