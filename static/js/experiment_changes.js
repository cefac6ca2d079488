// What differs from where the form started: marked, counted, and set back one by one or all at once.
import { control, counts, differs, form, put, settings } from "./experiment_settings.js";
import { el, icon } from "./ui.js";
import { t } from "./words.js";

const SHOWN = 40; // characters of an earlier value

/** The button beside a label that says what the setting was, and puts it back. */
function wasOf(setting) {
  const made = setting.querySelector(".was");
  if (made) return made;
  const value = setting.dataset.was || t("empty");
  const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
  const words = [el("span", {}, t("was {value}", { value: shown })), icon("undo"), el("span", { class: "visually-hidden" }, t("set back"))];
  const button = el("button", { type: "button", class: "was", title: t("Set back to {value}", { value }), "data-reset": true }, ...words);
  setting.querySelector(".setting-head").append(button);
  return button;
}

/** Mark what differs, and count it wherever a count stands. */
export function showChanges() {
  let count = 0;
  for (const setting of settings) {
    const changed = differs(setting);
    setting.toggleAttribute("data-changed", changed);
    if (changed || setting.querySelector(".was")) wasOf(setting).hidden = !changed;
    if (counts(setting)) count += 1;
  }
  for (const place of document.querySelectorAll("[data-changed-count]")) place.textContent = String(count);
  for (const card of form.querySelectorAll("[data-section]")) {
    const badge = form.querySelector(`[data-to="${card.id}"] [data-count]`);
    const changed = [...card.querySelectorAll("[data-setting]")].filter(counts).length;
    badge.textContent = String(changed);
    badge.hidden = changed === 0;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const setting = target?.closest("[data-reset]")?.closest("[data-setting]");
  if (setting) {
    put(setting, setting.dataset.was);
    control(setting).focus();
  }
  if (target?.closest("#reset-all")) {
    for (const changed of settings.filter(counts)) put(changed, changed.dataset.was);
  }
});
