// The controls above charts: smoothing and the x axis. The address keeps them.
import { remember } from "./ui.js";
import { t } from "./words.js";

const USUAL_SMOOTHING = 7; // steps: a step has few contexts, its mean says little alone
const AXES = ["step", "time", "relative"];

/** What the address asks for: {smooth, axis}. */
export function viewOfAddress() {
  const query = new URLSearchParams(location.search);
  return {
    smooth: Math.min(51, Math.max(1, Number(query.get("smooth")) || USUAL_SMOOTHING)),
    axis: AXES.includes(query.get("x")) ? query.get("x") : "step",
  };
}

/** Let the controls of the page change `view`, and call redraw() when they have. */
export function wireControls(view, redraw) {
  const slider = document.querySelector("[data-smooth]");
  const words = document.querySelector("[data-smooth-words]");
  const axis = document.querySelector("[data-x-axis]");
  const say = () => {
    words.textContent = view.smooth > 1 ? t("mean of {steps} steps", { steps: view.smooth }) : t("off");
  };
  slider.value = view.smooth;
  axis.value = view.axis;
  say();
  slider.addEventListener("input", () => {
    view.smooth = Number(slider.value);
    say();
  });
  slider.addEventListener("change", () => {
    remember("smooth", view.smooth, USUAL_SMOOTHING);
    redraw();
  });
  axis.addEventListener("change", () => {
    view.axis = axis.value;
    remember("x", view.axis, "step");
    redraw();
  });
}
