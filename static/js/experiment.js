// The experiment form: says at once what is changed, asks the server what it means, shows what it found.
import { showChanges } from "./experiment_changes.js";
import { restorePanel } from "./experiment_panel.js";
import { restore, search } from "./experiment_search.js";
import { control, form, goTo, method, settingNamed, settings } from "./experiment_settings.js";
import { put } from "./setting_was.js";
import { el, icon } from "./ui.js";

const launch = document.getElementById("launch");
const about = document.querySelector("[data-about-words]");
const usualAbout = about.textContent;
let findings = { errors: {}, notes: {} };

function say(element, message) {
  element.hidden = !message;
  element.querySelector("span").textContent = message ?? "";
}

/** What is good to know of a setting, under its control. */
function note(setting, message) {
  let place = setting.querySelector(".note");
  if (!place) {
    if (!message) return;
    place = el("span", { class: "note" }, icon("info"), el("span"));
    setting.querySelector(".error").after(place);
  }
  say(place, message);
}

/** Put what the server found beside its setting. One that is being typed in is told off only when it is left. */
function showFinding(setting) {
  const name = setting.dataset.setting;
  const input = control(setting);
  const message = findings.errors[name];
  note(setting, findings.notes[name]);
  if (message && document.activeElement === input && input.tagName !== "SELECT" && !input.hasAttribute("aria-invalid")) return;
  say(setting.querySelector(".error"), message);
  if (!message) {
    input.removeAttribute("aria-invalid");
    return;
  }
  input.setAttribute("aria-invalid", "true");
  setting.closest("details.advanced")?.setAttribute("open", "");
}

function showFindings() {
  findings = JSON.parse(document.getElementById("findings").textContent);
  settings.forEach(showFinding);
  for (const card of form.querySelectorAll("[data-section]")) {
    const wrong = [...card.querySelectorAll("[data-setting]")].some((setting) => setting.dataset.setting in findings.errors);
    form.querySelector(`[data-to="${card.id}"]`).toggleAttribute("data-wrong", wrong);
  }
}

/** A name that nobody has typed follows the corpus. */
function followCorpus() {
  const setting = settingNamed("name");
  const input = control(setting);
  if (!findings.name || input.value !== setting.dataset.was || input.value === findings.name) return;
  setting.dataset.was = findings.name;
  put(setting, findings.name);
}

/** The same in a line, for where the panel is out of sight. */
function showBelow() {
  document.getElementById("below-words").textContent = document.getElementById("panel-said").textContent;
}

/** Parts of the page that only some methods have a use for. */
function showParts() {
  for (const part of form.querySelectorAll("[data-shown-for]")) part.hidden = !part.dataset.shownFor.split(" ").includes(method());
}

function ask() {
  form.dispatchEvent(new CustomEvent("settings-changed"));
}

form.addEventListener("input", (event) => {
  if (event.target.closest(".assumptions")) ask();
  if (!event.target.closest("[data-setting]")) return;
  if (event.target.id === "id_method.kind") {
    search(); // other settings matter now
    showParts();
  }
  showChanges();
  ask();
});
form.addEventListener("focusout", (event) => {
  const setting = event.target.closest("[data-setting]");
  if (setting) setTimeout(() => showFinding(setting)); // once the cursor is elsewhere
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "panel") return;
  showFindings();
  followCorpus();
  showChanges();
  restorePanel();
  document.getElementById("said").textContent = document.getElementById("panel-said").textContent;
  showBelow();
});

// Enter in a setting must not launch: it leaves the setting as it is and asks what it means. Ctrl+Enter launches.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) {
    if (!document.querySelector("dialog[open]")) form.requestSubmit(launch);
    return;
  }
  const input = event.target.closest?.("input");
  if (!input || input.form !== form || event.defaultPrevented) return;
  event.preventDefault();
  if (input.dataset.enter) document.getElementById(input.dataset.enter).click();
  const setting = input.closest("[data-setting]");
  if (setting) {
    say(setting.querySelector(".error"), findings.errors[setting.dataset.setting]);
    ask();
  }
});
form.addEventListener("submit", (event) => {
  if (event.submitter !== launch) return;
  setTimeout(() => {
    launch.disabled = true; // one press, one run
  });
});
addEventListener("pageshow", () => {
  launch.disabled = false;
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const clearer = target?.closest("[data-clears]");
  if (clearer) {
    const setting = clearer.closest("[data-setting]");
    clearer.remove();
    put(setting, "");
    control(setting).focus();
  }
});

// What a preset is for, when it is pointed at or reached by key.
for (const start of document.querySelectorAll("[data-about]")) {
  for (const name of ["mouseenter", "focus"]) {
    start.addEventListener(name, () => {
      about.textContent = start.dataset.about;
    });
  }
  for (const name of ["mouseleave", "blur"]) {
    start.addEventListener(name, () => {
      about.textContent = usualAbout;
    });
  }
}

showParts();
showFindings();
showChanges();
showBelow();
restore();
restorePanel();
document.querySelector("dialog[data-open]")?.showModal();
document.getElementById("refused")?.focus();
if (location.hash.startsWith("#field-")) goTo(settingNamed(location.hash.slice("#field-".length)));
