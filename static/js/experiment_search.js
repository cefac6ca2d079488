// Finds settings: by words of their label, key and help, or those that are changed. The address keeps both.
import { counts, form, keep, settings, usedByMethod } from "./experiment_settings.js";
import { typing } from "./ui.js";
import { t, tn } from "./words.js";

const find = document.getElementById("find");
const found = document.getElementById("found");
const only = document.getElementById("only-changed");
const none = document.getElementById("none-found");
const folded = new Map(); // advanced parts that the search opened, and whether they were open before

function onlyChanged() {
  return only.getAttribute("aria-pressed") === "true";
}

function wordsOf(setting) {
  return `${setting.dataset.setting} ${setting.querySelector("label").textContent} ${setting.querySelector(".help").textContent}`.toLowerCase();
}

function unfold(part, searching) {
  if (searching && !folded.has(part)) {
    folded.set(part, part.open);
    part.open = true;
  } else if (!searching && folded.has(part)) {
    part.open = folded.get(part);
    folded.delete(part);
  }
}

/** Show what matches, and say how many do. */
export function search() {
  const words = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const changed = onlyChanged();
  const searching = words.length > 0 || changed;
  let count = 0;
  for (const setting of settings) {
    const text = wordsOf(setting);
    const shown = usedByMethod(setting) && words.every((word) => text.includes(word)) && (!changed || counts(setting));
    setting.hidden = !shown;
    if (shown) count += 1;
  }
  for (const part of form.querySelectorAll("details.advanced")) {
    const shown = part.querySelectorAll("[data-setting]:not([hidden])").length;
    part.hidden = shown === 0;
    unfold(part, searching && shown > 0);
    part.querySelector("summary").textContent = tn("{count} advanced setting", "{count} advanced settings", shown);
  }
  for (const grid of form.querySelectorAll("[data-section] > .settings-grid")) grid.hidden = !grid.querySelector("[data-setting]:not([hidden])");
  for (const card of form.querySelectorAll("[data-section]")) {
    card.hidden = card.querySelectorAll("[data-setting]:not([hidden])").length === 0;
    form.querySelector(`[data-to="${card.id}"]`).hidden = card.hidden;
  }
  for (const stage of form.querySelectorAll("[data-stage]")) stage.hidden = !stage.querySelector("[data-to]:not([hidden])");
  none.hidden = count > 0;
  none.querySelector("[data-none-words]").textContent = words.length > 0 ? t("No setting matches.") : t("Nothing is changed.");
  found.textContent = words.length === 0 || count === 0 ? "" : tn("{count} setting found", "{count} settings found", count);
}

function showOnlyChanged(wanted) {
  only.setAttribute("aria-pressed", String(wanted));
  keep("changed", wanted ? "1" : "");
  search();
}

find.addEventListener("input", () => {
  keep("find", find.value.trim());
  search();
});
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault(); // to the first that was found
    form.querySelector("[data-setting]:not([hidden])")?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  } else if (event.key === "Escape" && find.value) {
    event.preventDefault();
    find.value = "";
    find.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
only.addEventListener("click", () => showOnlyChanged(!onlyChanged()));
document.getElementById("show-all").addEventListener("click", () => {
  find.value = "";
  keep("find", "");
  showOnlyChanged(false);
  find.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || typing(event)) return;
  event.preventDefault();
  find.focus();
  find.select();
});

/** As the address has it. */
export function restore() {
  const query = new URLSearchParams(location.search);
  find.value = query.get("find") ?? "";
  only.setAttribute("aria-pressed", String(query.get("changed") === "1"));
  search();
}
