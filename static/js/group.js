// One group of rollouts: keys, the chosen rollout, the column under the pointer, the pages beside this one.
import { sideBySide } from "./beside.js";
import { colourTokens } from "./token_colours.js";
import { copy, el, typing } from "./ui.js";
import { t } from "./words.js";

const rows = [...document.querySelectorAll("[data-row]")];
const raw = document.querySelector("[data-raw]");
const address = () => new URL(location.href);

// The stored record of the group, fetched once, when something needs it.
let stored;
function record() {
  stored ??= fetch(raw.dataset.raw).then((response) => {
    if (!response.ok) throw new Error(t("The record could not be loaded ({status}). Try again.", { status: response.status }));
    return response.text();
  });
  stored.catch(() => {
    stored = undefined;
  });
  return stored;
}

// The chosen rollout: in the address, marked, its response in view.
function chosen() {
  return rows.findIndex((row) => row.hasAttribute("data-picked"));
}

function choose(index, { scroll = true } = {}) {
  const row = rows[index];
  if (!row) return;
  for (const other of document.querySelectorAll("[data-picked]")) other.removeAttribute("data-picked");
  for (const part of document.querySelectorAll(`[data-rollout="${row.dataset.rollout}"]`)) part.setAttribute("data-picked", "");
  const url = address();
  url.searchParams.set("rollout", row.dataset.rollout);
  history.replaceState(history.state, "", url);
  beside.follow(row.dataset.rollout);
  if (scroll) document.getElementById(`rollout-${row.dataset.rollout}`)?.scrollIntoView({ block: "nearest" });
}

const place = (rollout) => rows.findIndex((row) => row.dataset.rollout === rollout);
const isMiss = (row) => row.hasAttribute("data-miss");

function nextMiss() {
  const from = chosen();
  const next = rows.findIndex((row, index) => index > from && isMiss(row));
  choose(next >= 0 ? next : rows.findIndex(isMiss));
}

const beside = sideBySide({ chosen: () => rows[chosen()]?.dataset.rollout, choose: (rollout) => choose(place(rollout)) });

const KEYS = {
  c: () => beside.toggle(),
  j: () => choose(Math.min(chosen() + 1, rows.length - 1)),
  k: () => choose(Math.max(chosen() - 1, 0)),
  n: nextMiss,
  s: () => document.querySelector(".thought[data-picked] [data-star]")?.click(),
  "?": () => document.getElementById("keys-dialog").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key.startsWith("Arrow") && event.target.closest?.(".ruler-frame")) return; // it scrolls the ruler
  const link = [...document.querySelectorAll("a[data-key]")].find((found) => found.dataset.key === event.key);
  if (link) link.click();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const pick = event.target instanceof Element ? event.target.closest("[data-pick]") : null;
  if (!pick || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  choose(place(pick.dataset.pick));
});

// The column of a byte, in every row. Only next-token groups have a ruler.
const ruler = document.querySelector(".ruler");
ruler?.addEventListener("pointerover", (event) => {
  const at = event.target.dataset?.at;
  for (const cell of ruler.querySelectorAll(".column")) cell.classList.remove("column");
  if (at === undefined) return;
  for (const cell of ruler.querySelectorAll(`[data-at="${at}"]`)) cell.classList.add("column");
});
ruler?.addEventListener("pointerleave", () => {
  for (const cell of ruler.querySelectorAll(".column")) cell.classList.remove("column");
});

// Copying from the ruler gives the text itself, not the signs drawn for its whitespace.
ruler?.addEventListener("copy", (event) => {
  const selection = getSelection();
  const texts = [...ruler.querySelectorAll("tr[data-original]")].filter((row) => selection.containsNode(row, true));
  if (!texts.length) return;
  event.clipboardData.setData("text/plain", texts.map((row) => row.dataset.original).join("\n"));
  event.preventDefault();
});

raw.addEventListener("toggle", async () => {
  const box = document.getElementById("raw-json");
  if (!raw.open || box.dataset.whole) return;
  try {
    box.textContent = await record();
    box.dataset.whole = "true";
  } catch (error) {
    box.textContent = error.message;
  }
});

// One rollout as it is stored, with what it shares with its group.
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy-rollout]") : null;
  if (!button) return;
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  try {
    const { rollouts, ...group } = JSON.parse(await record());
    const rollout = rollouts.find((one) => String(one.sample) === button.dataset.copyRollout);
    await copy(JSON.stringify({ ...group, ...rollout }, undefined, 2));
    label.textContent = t("Copied");
  } catch (error) {
    label.textContent = error.message;
  }
  setTimeout(() => {
    label.textContent = before;
  }, 1500);
});

// The pages beside this one keep the colouring, and are fetched before they are asked for.
const links = [...document.querySelectorAll("a[data-key]")].filter((link) => link.dataset.key !== "/");

function leadOn(colouring) {
  for (const link of links) {
    const url = new URL(link.href);
    if (colouring === "none") url.searchParams.delete("colour");
    else url.searchParams.set("colour", colouring);
    link.href = url;
    const fetched = [...document.querySelectorAll('link[rel="prefetch"]')].some((one) => one.href === link.href);
    if (!fetched) document.head.append(el("link", { rel: "prefetch", href: link.href }));
  }
}
colourTokens({ record, chosen: leadOn });

choose(place(address().searchParams.get("rollout")), { scroll: false });
beside.restore();
