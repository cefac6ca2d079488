// The entropy atlas of one document: text in chunks that load as they come into view, the
// threshold, the token under the pointer. A place is an index into the document's positions.
import { minimap } from "./minimap.js";
import { bandOf, binnedTail, exactTail, lowerBound, rememberBand, thresholdControl } from "./threshold.js";
import { showToken } from "./token_panel.js";
import { el, pageData, typing } from "./ui.js";

const STEPS = 7;
const LINE = { characters: 80, height: 26 }; // for the room that a chunk takes before it is loaded
const CHARACTERS_A_TOKEN = 4;

const data = pageData("scan-data");
const box = document.getElementById("atlas-text");
const query = new URLSearchParams(location.search);

let entropies = [];
let unusable = new Set();
let first = 1; // token index of place 0
let order = []; // usable places by entropy
let sorted = []; // their entropies
let chunks = [];
let selected = -1;
let map;

const stepOf = (entropy) => Math.min(STEPS, Math.floor((STEPS * entropy) / data.scale) + 1);
const control = thresholdControl(data, bandOf(query, data.threshold));

function isKept(place) {
  const { low, high } = control.band;
  return entropies[place] >= low && entropies[place] < high && !unusable.has(place);
}

function remember() {
  const address = new URL(location.href);
  address.searchParams.set("scan", data.scan);
  rememberBand(address.searchParams, control.band);
  if (selected >= 0) address.searchParams.set("i", selected + first);
  history.replaceState(history.state, "", address);
  for (const link of document.querySelectorAll("[data-keeps-query]")) {
    const next = new URL(link.href);
    next.searchParams.set("scan", data.scan);
    rememberBand(next.searchParams, control.band);
    link.href = next.pathname + next.search;
  }
}

async function fetchJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The positions could not be loaded (${response.status}). Reload the page.`);
  return response.json();
}

function reasonOf(row) {
  if (row.inside_character) return "begins inside a character";
  if (row.context_tokens < data.min_context) return `less than ${data.min_context} tokens of context`;
  return "";
}

/** Text in which each line's end shows a mark that is not copied. */
function appendText(parent, text) {
  text.split("\n").forEach((line, place) => {
    if (place > 0) parent.append(el("span", { class: "newline", "aria-hidden": "true" }), "\n");
    if (line) parent.append(line);
  });
}

function tokenSpan(row, place) {
  const span = el("span", { class: "token", "data-place": place, "data-step": stepOf(row.entropy) });
  if (unusable.has(place)) span.classList.add("unusable");
  if (row.window_start && row.index > 1) span.dataset.window = ""; // less context than its neighbours before
  if (isKept(place)) span.dataset.kept = "";
  if (place === selected) span.dataset.selected = "";
  if (row.text) appendText(span, row.text);
  else span.append(el("span", { class: "part", "aria-hidden": "true" }));
  return span;
}

function load(chunk) {
  chunk.loading ??= fetchJson(`${data.endpoint}?from=${chunk.from + first}&to=${chunk.to + first}`).then((answer) => {
    chunk.rows = answer.rows;
    chunk.words = answer.words;
    const content = document.createDocumentFragment();
    if (answer.lead) appendText(content, answer.lead);
    chunk.spans = answer.rows.map((row, offset) => tokenSpan(row, chunk.from + offset));
    content.append(...chunk.spans);
    chunk.element.replaceChildren(content);
    chunk.element.removeAttribute("data-waiting");
    chunk.element.style.height = "";
  });
  return chunk.loading;
}

const chunkOf = (place) => chunks[Math.floor(place / data.chunk)];
const spanOf = (place) => chunkOf(place)?.spans?.[place % data.chunk];

async function select(place, scroll) {
  if (place < 0 || place >= entropies.length) return;
  spanOf(selected)?.removeAttribute("data-selected");
  selected = place;
  const chunk = chunkOf(place);
  await load(chunk);
  if (selected !== place) return; // a newer choice won
  const span = spanOf(place);
  span.dataset.selected = "";
  if (scroll) span.scrollIntoView({ block: "center" });
  const row = chunk.rows[place - chunk.from];
  showToken(row, chunk.words, reasonOf(row));
  remember();
}

function jump(direction) {
  let place = selected + direction;
  while (place >= 0 && place < entropies.length && !isKept(place)) place += direction;
  select(place, true);
}

/** Look again only at the tokens whose entropy lies between an old end of the band and its new one. */
function onBand(band, before) {
  for (const end of ["low", "high"]) {
    const [from, to] = [Math.min(band[end], before[end]), Math.max(band[end], before[end])];
    for (let rank = lowerBound(sorted, from); rank < lowerBound(sorted, to); rank += 1) {
      spanOf(order[rank])?.toggleAttribute("data-kept", isKept(order[rank]));
    }
  }
  remember();
}

function makeChunks() {
  const lines = Math.ceil((data.chunk * CHARACTERS_A_TOKEN) / LINE.characters);
  for (let from = 0; from < entropies.length; from += data.chunk) {
    const element = el("span", { class: "chunk", "data-waiting": "" });
    element.style.height = `${lines * LINE.height}px`;
    chunks.push({ from, to: Math.min(from + data.chunk, entropies.length), element });
  }
  const byElement = new Map(chunks.map((chunk) => [chunk.element, chunk]));
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((one) => one.isIntersecting)) {
        observer.unobserve(entry.target);
        load(byElement.get(entry.target)).catch(fail);
      }
    },
    { rootMargin: "800px" },
  );
  box.replaceChildren(...chunks.map((chunk) => chunk.element));
  for (const chunk of chunks) observer.observe(chunk.element);
}

/** Which chunks are on the screen, for the minimap. */
function look() {
  const shown = chunks.filter(({ element }) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  if (shown.length > 0) map.look(shown[0].from, shown.at(-1).to);
}

function fail(error) {
  box.append(el("p", { class: "notice", "data-tone": "bad", role: "alert" }, error.message));
}

function listen() {
  box.addEventListener("pointerover", (event) => {
    const token = event.target.closest?.(".token");
    if (token) select(Number(token.dataset.place), false).catch(fail);
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    select(selected + step, true).catch(fail);
  });
  document.getElementById("jump-next").addEventListener("click", () => jump(1));
  document.getElementById("jump-previous").addEventListener("click", () => jump(-1));
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n") jump(1);
    else if (event.key === "N") jump(-1);
    else if (event.key === "[") document.getElementById("previous-document")?.click();
    else if (event.key === "]") document.getElementById("next-document")?.click();
  });
  let waiting = 0;
  addEventListener("scroll", () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      look();
    });
  });
}

async function start() {
  document.getElementById("scale-end").textContent = `${data.scale.toFixed(2)}${data.estimator === "full" ? "+" : ""} nats`;
  const whole = data.histogram.reduce((sum, count) => sum + count, 0);
  const overview = await fetchJson(data.endpoint);
  entropies = overview.entropy;
  unusable = new Set(overview.unusable);
  first = overview.first;
  order = entropies.map((_, place) => place).filter((place) => !unusable.has(place));
  order.sort((a, b) => entropies[a] - entropies[b]);
  sorted = order.map((place) => entropies[place]);
  control.addRow("This document", exactTail(sorted), sorted.length);
  control.addRow("Whole scan", binnedTail(data.histogram, data.bin), whole);
  control.onChange(onBand);
  if (overview.positions > entropies.length) {
    const cut = document.getElementById("cut");
    cut.querySelector("div").textContent = `The first ${entropies.length.toLocaleString("en")} of ${overview.positions.toLocaleString("en")} positions are shown.`;
    cut.hidden = false;
  }
  makeChunks();
  map = minimap(document.getElementById("minimap"), entropies, stepOf, (place) => select(place, true).catch(fail));
  listen();
  box.removeAttribute("aria-busy");
  const asked = Number.parseInt(query.get("i"), 10);
  if (Number.isInteger(asked)) await select(asked - first, true);
  remember();
  look();
}

start().catch(fail);
