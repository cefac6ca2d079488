// All rollouts of a run: keys, ticks, and where each rollout holds the words that were searched for.
import { el, pageData, typing } from "./ui.js";
import { t, tn } from "./words.js";

const rows = [...document.querySelectorAll("[data-row]")];
const ticks = [...document.querySelectorAll("[data-tick]")];
const search = document.getElementById("q");

// The chosen row has the focus on its link. Its place is kept with the entry of the history, for the way back.
function chosen() {
  return rows.findIndex((row) => row.hasAttribute("data-picked"));
}

function choose(index, { focus = true } = {}) {
  const row = rows[index];
  if (!row) return;
  rows[chosen()]?.removeAttribute("data-picked");
  row.setAttribute("data-picked", "");
  history.replaceState({ ...history.state, row: index }, "");
  if (!focus) return;
  row.querySelector("[data-open]").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function nextMiss() {
  const isMiss = (row) => row.hasAttribute("data-miss");
  const from = chosen();
  const place = rows.findIndex((row, index) => index > from && isMiss(row));
  choose(place >= 0 ? place : rows.findIndex(isMiss));
}

const within = (selector) => rows[chosen()]?.querySelector(selector);

const KEYS = {
  "/": () => search.select(),
  j: () => choose(Math.min(chosen() + 1, rows.length - 1)),
  k: () => choose(Math.max(chosen() - 1, 0)),
  n: nextMiss,
  x: () => within("[data-tick]")?.click(),
  s: () => within("[data-star]")?.click(),
  "[": () => document.querySelector('.pager [rel="prev"]')?.click(),
  "]": () => document.querySelector('.pager [rel="next"]')?.click(),
  "?": () => document.getElementById("keys-dialog").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target === search) search.blur();
  if (typing(event) && event.target.type !== "checkbox") return;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (!KEYS[event.key]) return;
  KEYS[event.key]();
  event.preventDefault();
});

for (const [index, row] of rows.entries()) {
  row.addEventListener("focusin", () => choose(index, { focus: false }));
}

// Ticked rollouts can be exported. A browser may bring ticks back with the page.
const picked = document.querySelector("[data-picked-count]");
const exporter = document.querySelector("[data-export-picked]");

function count() {
  const number = ticks.filter((tick) => tick.checked).length;
  picked.textContent = tn("{count} ticked", "{count} ticked", number);
  picked.hidden = exporter.hidden = number === 0;
}
for (const tick of ticks) tick.addEventListener("change", count);
if (picked) count();
addEventListener("pageshow", () => picked && count());

const PARTS = { context: t("context"), truth: t("truth"), prediction: t("prediction"), response: t("response") };

// Where each rollout holds the words: read from its file, so it comes after the list. Room is kept for it.
async function showExcerpts({ q, where, keys }) {
  const query = new URLSearchParams([["q", q], ["where", where], ...keys.map((key) => ["key", key])]);
  const answer = await fetch(`${location.pathname}excerpts/?${query}`);
  if (!answer.ok) return;
  for (const [key, cut] of Object.entries(await answer.json())) {
    const place = document.querySelector(`[data-excerpt="${key}"]`);
    place?.replaceChildren(el("span", { class: "excerpt-part" }, PARTS[cut.part]), ` ${cut.before}`, el("mark", {}, cut.found), cut.after);
  }
}

const asked = pageData("excerpts-data");
if (asked) showExcerpts(asked).catch(() => undefined);

// Empty fields make no part of the address.
document.getElementById("filters").addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value || (name === "sort" && value === "newest")) formData.delete(name);
});

if (Number.isInteger(history.state?.row)) choose(history.state.row, { focus: false });
if (location.hash === "#q") search.select();
