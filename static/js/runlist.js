// The list of runs: filters that act at once, ticks that are counted, and keys.
import { typing } from "./ui.js";

const filters = document.querySelector("[data-filters]");
const bulk = document.getElementById("bulk-form");
const boxes = () => [...document.querySelectorAll('.choose input[type="checkbox"]')];
const rows = () => [...document.querySelectorAll("tr[data-row]")];

filters.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) filters.requestSubmit();
});
filters.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name); // short addresses
});

function count() {
  const here = boxes();
  const ticked = here.filter((box) => box.checked).length;
  const all = bulk.querySelector("[data-tick-all]");
  all.checked = ticked > 0 && ticked === here.length;
  all.indeterminate = ticked > 0 && ticked < here.length;
  const everything = bulk.querySelector("[data-tick-everything]")?.checked;
  bulk.querySelector("[data-tick-count]").textContent = everything || ticked === 0 ? "" : `${ticked} ✓`;
}

function tick(box, checked) {
  box.checked = checked;
  count();
}

if (bulk) {
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-tick-all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.matches("[data-tick-all], [data-tick-everything], .choose input")) count();
  });
  // Enter among the tags adds them: the form's first button would compare.
  document.getElementById("bulk-tags").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    bulk.requestSubmit(bulk.querySelector("[data-enter]"));
  });
  count();
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  next.querySelector(".run-title > a:not(.button)").focus();
}

const inRow = (selector) => document.activeElement?.closest("tr[data-row]")?.querySelector(selector);

const KEYS = {
  "/": () => document.getElementById("q").focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => {
    const box = inRow(".choose input");
    if (box) tick(box, !box.checked);
  },
  s: () => inRow("[data-star]")?.click(),
  e: () => inRow("[data-edit]")?.click(),
  c: () => bulk?.requestSubmit(bulk.querySelector('[value="compare"]')),
};

document.addEventListener("keydown", (event) => {
  const box = event.target.matches?.('.choose input[type="checkbox"]');
  if ((typing(event) && !box) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]") || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
