// The settings of the experiment form: what each holds, whether it differs from where the form started.
import { remember } from "./ui.js";

export const form = document.getElementById("experiment");
export const settings = [...form.querySelectorAll("[data-setting]")];
const UNCHANGING = new Set(["corpus", "fixed"]);

export function control(setting) {
  return document.getElementById(`id_${setting.dataset.setting}`);
}

export function settingNamed(name) {
  return document.getElementById(`field-${name}`);
}

export function method() {
  return document.getElementById("id_method.kind").value;
}

/** Whether the chosen method has a use for a setting. */
export function usedByMethod(setting) {
  const methods = setting.dataset.methods?.split(" ");
  return !methods || methods.includes(method());
}

function valueOf(setting) {
  const input = control(setting);
  if (input.type === "checkbox") return input.checked ? "true" : "false";
  return setting.dataset.widget === "lines" ? input.value : input.value.trim();
}

/** Whether a setting differs from the preset or the experiment that the form started from. */
export function differs(setting) {
  if (UNCHANGING.has(setting.dataset.widget) || !usedByMethod(setting)) return false;
  const value = valueOf(setting);
  const was = setting.dataset.was;
  if (value === was) return false;
  const numeric = control(setting).hasAttribute("data-number") && value !== "" && was !== "";
  return !(numeric && Number(value) === Number(was)); // 1e-6 is 0.000001
}

/** Whether a difference counts: another name is expected. */
export function counts(setting) {
  return setting.hasAttribute("data-changed") && setting.dataset.setting !== "name";
}

/** Bring a setting into view, wherever it is folded away, and the cursor into it. */
export function goTo(setting) {
  setting.closest("details")?.setAttribute("open", "");
  const input = control(setting);
  input.scrollIntoView({ block: "center" });
  input.focus({ preventScroll: true });
}

/** Keep a choice in the address of a form that was opened; that of an answer to a press cannot be opened again. */
export function keep(name, value, usual = "") {
  if (new URL(form.dataset.address, location.href).pathname === location.pathname) remember(name, value, usual);
}
