// All metrics that have no tile of their own: tiles made when the section is opened, by what their keys begin with,
// loaded when seen, filtered by a regular expression that the address keeps.
import { el, remember } from "./ui.js";
import { t } from "./words.js";

/** The id of a metric's tile, as the server makes it for those of its own: links to evidence lead there. */
const anchor = (key) => key.toLowerCase().replace(/[^\w-]/g, "");

/**
 * board: the ChartBoard. metrics: {other: [key], tiles, catalogue}. Returns {offer(keys)}, which takes
 * in keys that came live.
 */
export function otherMetrics(board, metrics, csvUrl) {
  const section = document.querySelector("[data-other]");
  const list = section.querySelector("[data-other-tiles]");
  const filter = section.querySelector("[data-other-filter]");
  const error = section.querySelector("[data-other-error]");
  const template = document.getElementById("tile-template");
  const known = new Set(metrics.other);
  const own = new Set(metrics.tiles.flatMap((tile) => [tile.key, ...tile.baselines.map((base) => base.key)]));
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      const key = target.dataset.key;
      board.add(target, { key, label: metrics.catalogue[key]?.label ?? key });
    }
  });

  function make(key) {
    const tile = template.content.firstElementChild.cloneNode(true);
    const { label, unit } = metrics.catalogue[key] ?? { label: key, unit: "" };
    const heading = tile.querySelector("h3");
    heading.append(label);
    if (unit) heading.append(" ", el("span", { class: "meta" }, unit));
    heading.title = key;
    tile.dataset.key = key;
    tile.id = anchor(key);
    tile.querySelector("[data-chart]").setAttribute("aria-label", t("{metric} over the steps", { metric: label }));
    const csv = tile.querySelector("[data-csv]");
    if (csv) csv.href = `${csvUrl}?${new URLSearchParams({ key })}`;
    return tile;
  }

  function show() {
    count();
    if (!section.open) return;
    for (const key of [...known].sort()) {
      if (list.querySelector(`[data-key="${CSS.escape(key)}"]`)) continue;
      const tile = make(key);
      group(key.split("/")[0]).append(tile);
      watch.observe(tile);
    }
    apply();
  }

  /** The tiles of the metrics that begin alike, under a heading, the groups by name. */
  function group(prefix) {
    const there = [...list.children].find((one) => one.dataset.prefix >= prefix);
    if (there?.dataset.prefix === prefix) return there.lastElementChild;
    const made = el("section", { "data-prefix": prefix }, el("h3", {}, prefix), el("div", { class: "tiles" }));
    list.insertBefore(made, there ?? null);
    return made.lastElementChild;
  }

  function count() {
    section.querySelector("[data-other-count]").textContent = String(known.size);
  }

  function apply() {
    let wanted = /(?:)/;
    error.hidden = true;
    try {
      wanted = new RegExp(filter.value, "i");
    } catch (problem) {
      error.textContent = t("This is not a regular expression: {problem}", { problem: problem.message });
      error.hidden = false;
    }
    for (const tile of list.querySelectorAll("[data-key]")) {
      const { key } = tile.dataset;
      tile.hidden = !wanted.test(key) && !wanted.test(metrics.catalogue[key]?.label ?? "");
    }
    for (const one of list.children) one.hidden = !one.querySelector("[data-key]:not([hidden])");
    const shown = list.querySelector("[data-key]:not([hidden])");
    section.querySelector("[data-other-none]").hidden = Boolean(shown) || known.size === 0;
  }

  /** Where the address leads to a metric that is folded away, unfold it. */
  function reveal() {
    const id = location.hash.slice(1);
    if (!id || document.getElementById(id) || ![...known].some((key) => anchor(key) === id)) return;
    section.open = true;
    show();
    document.getElementById(id).scrollIntoView();
  }

  filter.value = new URLSearchParams(location.search).get("metric") ?? "";
  section.open = filter.value !== "";
  section.addEventListener("toggle", show);
  filter.addEventListener("input", () => {
    apply();
    remember("metric", filter.value);
  });
  show();
  reveal();
  addEventListener("hashchange", reveal);
  return {
    offer(keys) {
      const fresh = keys.filter((key) => !own.has(key) && !known.has(key));
      if (!fresh.length) return;
      for (const key of fresh) known.add(key);
      show();
    },
  };
}
