// The panel beside the form: its tabs, the verl configuration when it is looked at, and what stays open over an update.
import { form, goTo, keep, settingNamed } from "./experiment_settings.js";
import { put } from "./setting_was.js";

const LEFT_OPEN = ["how-memory", "how-time"];
let chosen = new URLSearchParams(location.search).get("view") ?? "summary";
let open = [];

function tabs() {
  return [...document.querySelectorAll("#panel [role=tab]")];
}

/** Show one view. The verl configuration is asked for once it is seen. */
function show(name) {
  const known = tabs().some((tab) => tab.dataset.tab === name) ? name : "summary";
  for (const tab of tabs()) {
    const selected = tab.dataset.tab === known;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    document.getElementById(`view-${tab.dataset.tab}`).hidden = !selected;
  }
  const verl = document.getElementById("verl-config");
  if (known === "verl" && verl) verl.dispatchEvent(new CustomEvent("verl-wanted"));
}

function choose(name) {
  chosen = name;
  keep("view", name, "summary");
  show(name);
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("#panel [role=tab]");
  if (tab) choose(tab.dataset.tab);
  const link = event.target.closest?.('a[href^="#field-"]');
  if (link) {
    event.preventDefault();
    goTo(settingNamed(link.getAttribute("href").slice("#field-".length)));
  }
  const setter = event.target.closest?.("[data-set]");
  if (setter) {
    const setting = settingNamed(setter.dataset.set);
    put(setting, setter.dataset.toValue);
    goTo(setting);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.target.getAttribute?.("role") !== "tab") return;
  const all = tabs();
  const at = all.indexOf(event.target);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const tab = all[(next + all.length) % all.length];
  choose(tab.dataset.tab);
  tab.focus();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "panel") open = LEFT_OPEN.filter((id) => document.getElementById(id)?.open);
});

/** Say what went wrong where nothing came. */
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => form.toggleAttribute("data-unanswered", ["panel", "verl-config"].includes(event.detail.target?.id)));
}

/** After a new panel came: the same view, the same parts open. */
export function restorePanel() {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  form.removeAttribute("data-unanswered");
  show(chosen);
}
