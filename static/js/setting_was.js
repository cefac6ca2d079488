// What a setting was before it was changed, beside its label: pressed, it is that again.
import { el, icon } from "./ui.js";
import { t } from "./words.js";

const SHOWN = 40; // characters

/** Put a value into the control of a setting, as if it were typed. */
export function put(setting, value) {
  const input = document.getElementById(`id_${setting.dataset.setting}`);
  if (input.type === "checkbox") input.checked = value === "true";
  else input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return input;
}

function made(setting) {
  const value = setting.dataset.was || t("empty");
  const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
  const attributes = { type: "button", class: "was", title: t("Set back to {value}", { value }), "aria-label": t("was {value}, set back", { value: shown }) };
  const button = el("button", attributes, el("span", {}, t("was {value}", { value: shown })), icon("undo"));
  button.addEventListener("click", () => put(setting, setting.dataset.was).focus());
  setting.querySelector(".setting-head").append(button);
  return button;
}

/** Mark a setting as changed or not. */
export function showWas(setting, changed) {
  setting.toggleAttribute("data-changed", changed);
  const button = setting.querySelector(".was") ?? (changed ? made(setting) : null);
  if (button) button.hidden = !changed;
}
