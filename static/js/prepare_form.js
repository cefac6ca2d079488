// The form of a preparation: a stage that is off folds away, a changed setting says what it was.
import { showWas } from "./setting_was.js";

const form = document.getElementById("prepare");
const settings = [...form.querySelectorAll("[data-setting][data-was]")];

function control(setting) {
  return document.getElementById(`id_${setting.dataset.setting}`);
}

function valueOf(input) {
  return input.type === "checkbox" ? String(input.checked) : input.value.trim();
}

function showChanges() {
  for (const setting of settings) {
    const input = control(setting);
    const value = valueOf(input);
    const was = setting.dataset.was.trim();
    const same = value === was || (input.hasAttribute("data-number") && value !== "" && Number(value) === Number(was));
    showWas(setting, !same);
  }
}

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-toggle]")) {
    event.target.closest("fieldset").toggleAttribute("data-off", !event.target.checked);
  }
  showChanges();
});
form.addEventListener("submit", () => {
  setTimeout(() => {
    document.getElementById("start").disabled = true; // one press, one preparation
  });
});
addEventListener("pageshow", () => {
  document.getElementById("start").disabled = false;
});
showChanges();
