// The experiment form: says at once what is changed, asks the server what it means, finds settings.
import { typing } from "./ui.js";

const form = document.getElementById("experiment");
const settings = [...form.querySelectorAll("[data-setting]")];
const find = document.getElementById("find");
const found = document.getElementById("found");
const UNCHANGING = new Set(["corpus", "fixed"]);
const base = document.getElementById("changed-count").textContent.replace(/^\d+/, "");

function control(setting) {
  return document.getElementById(`id_${setting.dataset.setting}`);
}

function valueOf(setting) {
  const input = control(setting);
  if (input.type === "checkbox") return input.checked ? "true" : "false";
  return setting.dataset.widget === "lines" ? input.value : input.value.trim();
}

function differs(setting) {
  if (UNCHANGING.has(setting.dataset.widget) || !usedByMethod(setting)) return false;
  const value = valueOf(setting);
  const was = setting.dataset.was;
  if (value === was) return false;
  const numeric = control(setting).hasAttribute("data-number") && value !== "" && was !== "";
  return !(numeric && Number(value) === Number(was)); // 1e-6 is 0.000001
}

function showChanges() {
  let count = 0;
  for (const setting of settings) {
    const changed = differs(setting);
    setting.toggleAttribute("data-changed", changed);
    setting.querySelector(".was").hidden = !changed;
    if (changed && setting.dataset.setting !== "name") count += 1;
  }
  document.getElementById("changed-count").textContent = `${count}${base}`;
}

function say(element, message) {
  element.hidden = !message;
  element.querySelector("span").textContent = message ?? "";
}

/** Put what the server found beside the settings it found it in. */
function showFindings() {
  const { errors, notes } = JSON.parse(document.getElementById("findings").textContent);
  for (const setting of settings) {
    const name = setting.dataset.setting;
    const message = errors[name];
    say(setting.querySelector(".error"), message);
    say(setting.querySelector("[data-note]"), notes[name]);
    if (message) control(setting).setAttribute("aria-invalid", "true");
    else control(setting).removeAttribute("aria-invalid");
    if (message) setting.closest("details.advanced")?.setAttribute("open", "");
  }
}

/** Whether the chosen method has a use for a setting. */
function usedByMethod(setting) {
  const methods = setting.dataset.methods?.split(" ");
  return !methods || methods.includes(document.getElementById("id_method.kind").value);
}

/** Parts of the page that only some methods have a use for. */
function showParts() {
  const method = document.getElementById("id_method.kind").value;
  for (const part of form.querySelectorAll("[data-shown-for]")) part.hidden = !part.dataset.shownFor.split(" ").includes(method);
}

function search() {
  const words = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const setting of settings) {
    const text = `${setting.dataset.setting} ${setting.textContent}`.toLowerCase();
    setting.hidden = !usedByMethod(setting) || !words.every((word) => text.includes(word));
    if (!setting.hidden) count += 1;
  }
  for (const part of form.querySelectorAll("details.advanced")) {
    const shown = part.querySelectorAll("[data-setting]:not([hidden])").length;
    part.hidden = shown === 0;
    if (words.length > 0 && shown > 0) part.open = true;
  }
  for (const card of form.querySelectorAll("[data-section]")) {
    card.hidden = card.querySelectorAll("[data-setting]:not([hidden])").length === 0;
  }
  if (words.length === 0) found.textContent = "";
  else found.textContent = count === 0 ? "No setting matches" : `${count} of ${settings.length} settings`;
}

form.addEventListener("input", (event) => {
  if (event.target === find) {
    search();
    return;
  }
  if (!event.target.closest("[data-setting]")) return;
  if (event.target.id === "id_method.kind") {
    search(); // other settings matter now
    showParts();
  }
  showChanges();
  form.dispatchEvent(new CustomEvent("settings-changed"));
});
document.addEventListener("htmx:beforeSwap", () => {
  form.dataset.yamlOpen = document.getElementById("yaml-part")?.open ? "1" : "";
});
document.addEventListener("htmx:afterSwap", () => {
  if (form.dataset.yamlOpen) document.getElementById("yaml-part")?.setAttribute("open", "");
  showFindings();
  showChanges();
});
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // it would launch
});
form.addEventListener("submit", () => {
  const button = document.getElementById("launch");
  setTimeout(() => {
    button.disabled = true; // one press, one run
  });
});
addEventListener("pageshow", () => {
  document.getElementById("launch").disabled = false;
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('.problems a[href^="#field-"]');
  if (!link) return;
  event.preventDefault();
  const setting = document.getElementById(link.getAttribute("href").slice(1));
  setting.closest("details")?.setAttribute("open", "");
  const input = control(setting);
  input.scrollIntoView({ block: "center" });
  input.focus({ preventScroll: true });
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-clears]");
  if (!button) return;
  const input = document.getElementById(button.dataset.clears);
  input.value = "";
  button.remove();
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || typing(event)) return;
  event.preventDefault();
  find.focus();
});
showParts();
showChanges();
showFindings();
