// One group of rollouts: keys, the chosen rollout, token colours, the column under the pointer.
import { el, typing } from "./ui.js";
import { t } from "./words.js";

const STEPS = 7;
const LARGEST = Math.log(16); // nats; the last step of the scale begins below it

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
  if (scroll) document.getElementById(`rollout-${row.dataset.rollout}`)?.scrollIntoView({ block: "nearest" });
}

const isMiss = (row) => row.hasAttribute("data-miss");

function nextMiss() {
  const from = chosen();
  const place = rows.findIndex((row, index) => index > from && isMiss(row));
  choose(place >= 0 ? place : rows.findIndex(isMiss));
}

const KEYS = {
  j: () => choose(Math.min(chosen() + 1, rows.length - 1)),
  k: () => choose(Math.max(chosen() - 1, 0)),
  n: nextMiss,
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
  choose(rows.findIndex((row) => row.dataset.rollout === pick.dataset.pick));
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

// Token colours: the response's own tokens, shaded by how unlikely each was.
const colouring = document.querySelector("[data-colouring]");
const plain = new Map([...document.querySelectorAll("[data-response]")].map((box) => [box, [...box.childNodes]]));

function step(logprob) {
  return Math.min(STEPS, 1 + Math.floor((-logprob / LARGEST) * STEPS));
}

function painted(token, place, { token_ids: ids, logprobs }) {
  const logprob = logprobs[place];
  const title = `${JSON.stringify(token)}, id ${ids[place]}, log p ${logprob.toFixed(3)}, p ${Math.exp(logprob).toPrecision(3)}`;
  return el("span", { "data-surprise": step(logprob), title }, token);
}

async function paint() {
  const problem = document.querySelector("[data-colour-error]");
  problem.hidden = true;
  try {
    const rollouts = colouring.value === "none" ? [] : JSON.parse(await record()).rollouts;
    const bare = colouring.value === "none"; // asked again: the choice may have changed meanwhile
    document.querySelector("[data-scale]").hidden = bare;
    [...plain].forEach(([box, nodes], index) => {
      const rollout = rollouts[index];
      if (bare || !rollout) box.replaceChildren(...nodes);
      else box.replaceChildren(...rollout.token_texts.map((token, place) => painted(token, place, rollout)));
    });
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

const asked = address().searchParams.get("colour");
if (asked === "logprob") colouring.value = asked;
colouring.addEventListener("change", () => {
  const url = address();
  if (colouring.value === "none") url.searchParams.delete("colour");
  else url.searchParams.set("colour", colouring.value);
  history.replaceState(history.state, "", url);
  paint();
});
if (colouring.value !== "none") paint();

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

// Keys keep the choice while one walks through groups and steps.
for (const link of document.querySelectorAll("a[data-key]")) {
  link.addEventListener("click", () => {
    const url = new URL(link.href);
    const colour = address().searchParams.get("colour");
    if (colour) url.searchParams.set("colour", colour);
    link.href = url;
  });
}

choose(rows.findIndex((row) => row.dataset.rollout === address().searchParams.get("rollout")), { scroll: false });
