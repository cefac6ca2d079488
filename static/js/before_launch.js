// The card before the launch: Enter does what its field is for, and a prompt in the making says so.
import { t } from "./words.js";

const card = document.getElementById("before-launch")?.closest("section");
const view = document.getElementById("prompt-view");

// Without this, Enter would press the first button of the whole form.
card?.addEventListener("keydown", (event) => {
  const input = event.target instanceof Element ? event.target.closest("[data-enter]") : null;
  if (event.key !== "Enter" || !input) return;
  event.preventDefault();
  document.getElementById(input.dataset.enter).click();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === view) view.textContent = t("Making the prompt");
});
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.target === view) view.textContent = t("The server did not answer. Try again.");
  });
}
