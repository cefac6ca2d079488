// Keys of a run's page and of a comparison: / goes to the search that the page has, ? lists the keys.
import { typing } from "./ui.js";

const KEYS = {
  "/": () => {
    const search = document.querySelector("[data-other-filter], #q");
    const fold = search?.closest("details");
    if (fold) fold.open = true;
    search?.focus();
    search?.scrollIntoView({ block: "center" });
  },
  "?": () => document.getElementById("keys-dialog")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!KEYS[event.key] || typing(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  KEYS[event.key]();
  event.preventDefault();
});
