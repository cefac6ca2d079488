// What differs from where the form started: marked, counted, and set back one by one or all at once.
import { counts, differs, form, settings } from "./experiment_settings.js";
import { put, showWas } from "./setting_was.js";

/** Mark what differs, and count it wherever a count stands. */
export function showChanges() {
  let count = 0;
  for (const setting of settings) {
    showWas(setting, differs(setting));
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
  if (!event.target.closest?.("#reset-all")) return;
  for (const setting of settings.filter(counts)) put(setting, setting.dataset.was);
});
