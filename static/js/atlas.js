// The atlas of one document: its text coloured by entropy or by a run's pass rate, the threshold, the
// token under the pointer. A place is an index into the document's positions.
import { atlasText } from "./atlas_text.js";
import { minimap } from "./minimap.js";
import { passCost } from "./pass_cost.js";
import { passRates, passShade, showGroups } from "./pass_rates.js";
import { bandOf, binnedTail, exactTail, lowerBound, rememberBand, thresholdControl } from "./threshold.js";
import { showToken } from "./token_panel.js";
import { tokenRows } from "./token_rows.js";
import { el, pageData, typing } from "./ui.js";
import { t } from "./words.js";

const SHADES = 7;
const REMEMBER_AFTER = 200; // ms; browsers count how often an address is changed

const data = pageData("scan-data");
const box = document.getElementById("atlas-text");
const panel = document.getElementById("token-panel");
const query = new URLSearchParams(location.search);
const whole = (name) => (/^\d+$/.test(query.get(name) ?? "") ? Number(query.get(name)) : undefined);

let entropies = []; // nats, to the hundredth below
let unusable = new Set();
let first = 1; // token index of place 0
let order = []; // usable places by entropy
let sorted = []; // their entropies
let colouring = query.get("colour") === "pass" ? "pass" : "entropy";
let selected = -1;
let pinned = false; // a click holds the token, so that the pointer can go to its panel
let text;
let rates;
let rowOf;
let map;

const control = thresholdControl(data, bandOf(query, data.threshold));
const shadeOf = (entropy) => Math.min(SHADES, Math.floor((SHADES * entropy) / data.scale) + 1);

function isKept(place) {
  const { low, high } = control.band;
  return entropies[place] >= low && entropies[place] < high && !unusable.has(place);
}

function mark(span, name, value) {
  if (value === undefined) delete span.dataset[name];
  else span.dataset[name] = value;
}

function paint(span, place) {
  const rate = colouring === "pass" ? rates.rateAt(place) : undefined;
  mark(span, "step", colouring === "entropy" ? shadeOf(entropies[place]) : undefined);
  mark(span, "pass", rate === undefined ? undefined : passShade(rate));
  span.classList.toggle("unusable", colouring === "entropy" && unusable.has(place));
  mark(span, "kept", colouring === "entropy" && isKept(place) ? "" : undefined);
  mark(span, "selected", place === selected ? "" : undefined);
}

/** The colour of a stretch on the minimap: its mean entropy, or the mean rate of what was asked there. */
function stretchColour(from, to) {
  let sum = 0;
  let count = 0;
  for (let place = from; place < to; place += 1) {
    const value = colouring === "entropy" ? entropies[place] : rates.rateAt(place);
    if (value === undefined) continue;
    sum += value;
    count += 1;
  }
  if (count === 0) return "";
  return colouring === "entropy" ? `entropy-${shadeOf(sum / count)}` : `pass-${passShade(sum / count)}`;
}

function writeQuery(params) {
  params.set("scan", data.scan);
  rememberBand(params, control.band);
  for (const name of ["colour", "run", "step"]) params.delete(name);
  if (colouring !== "pass") return;
  params.set("colour", "pass");
  if (rates.run) params.set("run", rates.run.pk);
  if (rates.run) params.set("step", rates.step);
}

let waiting;
function remember() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const address = new URL(location.href);
    writeQuery(address.searchParams);
    address.searchParams.delete("byte");
    if (selected >= 0) address.searchParams.set("i", selected + first);
    history.replaceState(history.state, "", address);
    for (const link of document.querySelectorAll("[data-keeps-query]")) {
      const next = new URL(link.href);
      writeQuery(next.searchParams);
      link.href = next.pathname + next.search;
    }
  }, REMEMBER_AFTER);
}

function reasonOf(row) {
  if (row.inside_character) return t("begins inside a character");
  if (row.context_tokens < data.min_context) return t("less than {count} tokens of context", { count: data.min_context });
  return "";
}

function describe(row, words) {
  showToken(row, words, reasonOf(row));
  const groups = document.getElementById("token-groups");
  groups.hidden = colouring !== "pass";
  if (colouring === "pass") showGroups(groups, rates, selected);
}

async function select(place, scroll) {
  if (place < 0 || place >= text.count) return;
  const before = selected;
  selected = place;
  text.repaint([before].filter((one) => one >= 0));
  const span = text.reveal(place);
  paint(span, place);
  if (scroll) span.scrollIntoView({ block: "center" });
  remember();
  const { row, words } = await rowOf(place);
  if (selected === place) describe(row, words); // else a newer choice won
}

function pin(on) {
  pinned = on;
  panel.toggleAttribute("data-pinned", on);
}

/** Where `n` goes: to what is kept, or, coloured by pass rate, to what was asked. */
const isWanted = (place) => (colouring === "pass" ? rates.rateAt(place) !== undefined : isKept(place));

function jump(direction) {
  let place = selected + direction;
  while (place >= 0 && place < text.count && !isWanted(place)) place += direction;
  select(place, true).catch(fail);
}

function openGroup() {
  const group = colouring === "pass" ? rates.latest(selected) : undefined;
  if (group) location.assign(`${rates.run.steps}${group.step}/groups/${group.group}/`);
}

/** Look again only at the tokens whose entropy lies between an old end of the band and its new one. */
function onBand(band, before) {
  for (const end of ["low", "high"]) {
    const [from, to] = [Math.min(band[end], before[end]), Math.max(band[end], before[end])];
    text.repaint(order.slice(lowerBound(sorted, from), lowerBound(sorted, to)));
  }
  remember();
}

/** Which chunks are on the screen, for the minimap. */
function look() {
  const seen = text.seen();
  if (seen) map.look(...seen);
}

/** Colours have changed: at these places, or anywhere. */
function recolour(places) {
  text.repaint(places);
  map.draw();
  if (selected >= 0) select(selected, false).catch(fail);
  remember();
}

async function colourBy(next) {
  colouring = next;
  box.dataset.colouring = next;
  for (const button of document.querySelectorAll("[data-colour]")) button.setAttribute("aria-pressed", button.dataset.colour === next);
  for (const part of document.querySelectorAll("[data-colour-part]")) part.hidden = part.dataset.colourPart !== next;
  if (next === "pass") await rates.load();
  rates.showSteps(next === "pass");
  recolour();
}

function fail(error) {
  box.prepend(el("p", { class: "notice", "data-tone": "bad", role: "alert" }, error.message));
}

function listenToText() {
  box.addEventListener("pointerover", (event) => {
    const token = event.target.closest?.(".token");
    if (token && !pinned) select(Number(token.dataset.place), false).catch(fail);
  });
  box.addEventListener("click", (event) => {
    const token = event.target.closest?.(".token");
    if (!token || !getSelection().isCollapsed) return;
    const place = Number(token.dataset.place);
    pin(!(pinned && place === selected));
    select(place, false).catch(fail);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") openGroup();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    select(selected + step, true).catch(fail);
  });
}

const KEYS = {
  n: () => jump(1),
  N: () => jump(-1),
  Escape: () => pin(false),
  "[": () => document.getElementById("previous-document")?.click(),
  "]": () => document.getElementById("next-document")?.click(),
  ",": () => colouring === "pass" && rates.move(-1),
  ".": () => colouring === "pass" && rates.move(1),
  c: () => colourBy(colouring === "pass" ? "entropy" : "pass"),
};

function listen() {
  listenToText();
  document.getElementById("jump-next").addEventListener("click", () => jump(1));
  document.getElementById("jump-previous").addEventListener("click", () => jump(-1));
  for (const button of document.querySelectorAll("[data-colour]")) button.addEventListener("click", () => colourBy(button.dataset.colour));
  document.addEventListener("keydown", (event) => {
    if (!typing(event) && !event.ctrlKey && !event.metaKey && !event.altKey) KEYS[event.key]?.();
  });
  let frame = 0;
  addEventListener("scroll", () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      look();
    });
  });
}

async function fetchShading() {
  const response = await fetch(data.endpoint, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(t("The positions could not be loaded ({status}). Reload the page.", { status: response.status }));
  return response.json();
}

/** Nats of packed hundredths: the low bytes of all numbers, then their high bytes. */
function unpack(packed) {
  const bytes = atob(packed);
  const half = bytes.length / 2;
  return Array.from({ length: half }, (_, place) => (bytes.charCodeAt(place) + 256 * bytes.charCodeAt(place + half)) / 100);
}

function count(shading) {
  entropies = unpack(shading.entropy);
  unusable = new Set(shading.unusable);
  first = shading.first;
  order = entropies.map((_, place) => place).filter((place) => !unusable.has(place));
  order.sort((a, b) => entropies[a] - entropies[b]);
  sorted = order.map((place) => entropies[place]);
  const cut = shading.positions > entropies.length;
  const counts = { shown: entropies.length.toLocaleString("en"), all: shading.positions.toLocaleString("en") };
  const scope = cut ? t("the first {shown} of {all} positions", counts) : t("counted exactly");
  control.addRow(t("This document"), scope, exactTail(sorted), sorted.length);
  const total = data.histogram.reduce((sum, one) => sum + one, 0);
  const kept = control.addRow(t("Whole scan"), data.covers, binnedTail(data.histogram, data.bin), total);
  passCost(data, control, kept);
  if (!cut) return;
  const notice = document.getElementById("cut");
  notice.querySelector("div").textContent = t("The first {shown} of {all} positions are shown.", counts);
  notice.hidden = false;
}

async function start() {
  document.getElementById("scale-end").textContent = `${data.scale.toFixed(2)}${data.estimator === "full" ? "+" : ""} nats`;
  const shading = await fetchShading();
  count(shading);
  rowOf = tokenRows(data, first);
  text = atlasText(box, shading, { paint, onNear: look });
  rates = passRates({
    endpoint: box.dataset.passRates,
    placeAt: text.placeAt,
    wanted: { run: whole("run"), step: whole("step") },
    onChange: recolour,
  });
  map = minimap(document.getElementById("minimap"), text.count, stretchColour, (place) => select(place, true).catch(fail));
  control.onChange(onBand);
  listen();
  if (colouring === "pass") await colourBy("pass");
  box.removeAttribute("aria-busy");
  const asked = data.at === null ? (whole("i") ?? -1) - first : text.placeAt(data.at);
  if (asked >= 0) await select(asked, true);
  remember();
}

start().catch(fail);
