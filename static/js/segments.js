// A document's segments: opens one to be split at a word. Joining, undoing and drawing are the server's.
import { typing } from "./ui.js";
import { t } from "./words.js";

const words = new Intl.Segmenter(undefined, { granularity: "word" });
const form = () => document.getElementById("segments");

/** Where a text may be split, in characters as Python counts them: before each word but the first. */
function places(text) {
  const found = [];
  let characters = 0;
  let after = false; // something stands before this place
  for (const { segment, isWordLike } of words.segment(text)) {
    if (after && isWordLike) found.push({ characters, word: segment });
    after ||= segment.trim() !== "";
    characters += [...segment].length;
  }
  return found;
}

function open(button) {
  const index = button.dataset.splits;
  const body = form().querySelector(`[data-segment="${index}"]`);
  const text = body.textContent;
  const found = places(text);
  const letters = [...text];
  body.textContent = "";
  let from = 0;
  for (const { characters, word } of found) {
    body.append(letters.slice(from, characters).join(""));
    const cut = document.createElement("button");
    cut.className = "cut";
    cut.name = "split";
    cut.value = `${index}:${characters}`;
    cut.setAttribute("aria-label", t("Split before {word}", { word }));
    body.append(cut);
    from = characters;
  }
  body.append(letters.slice(from).join(""));
  button.setAttribute("aria-expanded", "true");
  button.textContent = t("Close");
  body.querySelector(".cut")?.focus();
}

function close(button, focus = true) {
  const body = form().querySelector(`[data-segment="${button.dataset.splits}"]`);
  body.textContent = body.textContent; // the buttons hold no text
  button.setAttribute("aria-expanded", "false");
  button.textContent = t("Split");
  if (focus) button.focus();
}

const opened = () => form()?.querySelector('[data-splits][aria-expanded="true"]');

function toggle(button) {
  const before = opened();
  if (before) close(before, before === button);
  if (before !== button) open(button);
}

/** Splitting needs this script, so its buttons show only with it. */
function show() {
  for (const button of form()?.querySelectorAll("[data-splits]") ?? []) {
    const body = form().querySelector(`[data-segment="${button.dataset.splits}"]`);
    button.hidden = places(body.textContent).length === 0;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-splits]");
  if (button) toggle(button);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened()) close(opened());
  if (typing(event)) return;
  if (event.key === "[") document.getElementById("previous-document")?.click();
  if (event.key === "]") document.getElementById("next-document")?.click();
  if (event.key === "z" && !event.ctrlKey && !event.metaKey) document.getElementById("undo")?.click();
});

document.addEventListener("htmx:afterSettle", show);
show();
