// One tile over the whole window, and back. The address keeps which; Escape and the same button close it.
import { remember } from "./ui.js";
import { t } from "./words.js";

let open; // the tile that is shown large
let hidden = [];

function mark(tile, large) {
  const button = tile.querySelector("[data-expand]");
  const words = large ? t("Close the full screen") : t("Full screen");
  button?.setAttribute("aria-label", words);
  button?.setAttribute("title", words);
  button?.setAttribute("aria-expanded", String(large));
}

/** Everything but the tile is out of reach of keys and readers while it is large. */
function hideOthers(tile) {
  for (let node = tile; node !== document.body; node = node.parentElement) {
    for (const other of node.parentElement.children) {
      if (other === node || other.inert || other instanceof HTMLScriptElement) continue;
      other.inert = true;
      hidden.push(other);
    }
  }
}

function close() {
  const tile = open;
  if (!tile) return;
  open = undefined;
  for (const other of hidden) other.inert = false;
  hidden = [];
  tile.removeAttribute("data-full");
  document.documentElement.removeAttribute("data-full-open");
  mark(tile, false);
  remember("full", "");
  tile.dispatchEvent(new CustomEvent("resized"));
  tile.querySelector("[data-expand]")?.focus();
}

/** Show a tile over the whole window, or put it back. It hears "resized". */
export function toggleFull(tile) {
  if (open === tile) {
    close();
    return;
  }
  close();
  open = tile;
  tile.setAttribute("data-full", "");
  document.documentElement.setAttribute("data-full-open", "");
  hideOthers(tile);
  mark(tile, true);
  remember("full", tile.dataset.key);
  tile.dispatchEvent(new CustomEvent("resized"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open && !open.querySelector("details[open]")) close();
});
addEventListener("resize", () => open?.dispatchEvent(new CustomEvent("resized")));
