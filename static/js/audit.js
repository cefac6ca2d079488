// The queue of judged pairs by keyboard: a key presses the button that carries it.
import { typing } from "./ui.js";

document.addEventListener("keydown", (event) => {
  if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") document.getElementById("keys-dialog").showModal();
  else {
    const button = [...document.querySelectorAll("#queue [data-key]")].find((found) => found.dataset.key === event.key);
    if (!button) return;
    button.click();
  }
  event.preventDefault();
});
