// The atlas coloured by pass rate: a run, a step to look at, and what its groups had found by then.
// A position has the rate of its latest group at or before the step; one that was never asked has none.
import { el } from "./ui.js";
import { t, tn } from "./words.js";

/** The shade of a rate, from 0 (none right) to 4 (all right); both ends are their own: they teach nothing. */
export function passShade(rate) {
  if (rate <= 0) return 0;
  return rate >= 1 ? 4 : Math.min(3, 1 + Math.floor(3 * rate));
}

const percent = (rate) => `${(100 * rate).toFixed(rate > 0 && rate < 0.095 ? 1 : 0)} %`;

/** The groups by position: [{step, group, rate}] by rising step. */
function byPlace(answer, placeAt) {
  const found = new Map();
  answer.at.forEach((character, one) => {
    const place = placeAt(character);
    if (!found.has(place)) found.set(place, []);
    found.get(place).push({ step: answer.step[one], group: answer.group[one], rate: answer.rate[one] });
  });
  return found;
}

/**
 * The controls of pass_rates.html.
 *
 * wanted: {run, step} of the address. onChange(places) hears that these positions have another rate now,
 * or without places that all may have. Returns what the page asks of it.
 */
export function passRates({ endpoint, placeAt, wanted, onChange }) {
  const choice = document.getElementById("pass-run");
  const range = document.getElementById("pass-step");
  const said = document.getElementById("pass-said");
  const problem = document.getElementById("pass-problem");
  const controls = document.getElementById("pass-controls");
  const steps = document.getElementById("pass-steps");
  const link = document.getElementById("pass-run-link");
  let groups = new Map();
  let run;
  let step;
  let asking = 0;

  const latest = (place, until = step) => groups.get(place)?.findLast((one) => one.step <= until);

  function say() {
    const rates = [...groups.keys()].map((place) => latest(place)?.rate).filter((rate) => rate !== undefined);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const asked = tn("{count} position asked by then", "{count} positions asked by then", rates.length);
    const until = t("step {step} of {last}", { step: range.value, last: range.max });
    said.textContent = [until, asked, ...(rates.length ? [t("mean pass rate {rate}", { rate: percent(mean) })] : [])].join(" · ");
    range.setAttribute("aria-valuetext", until);
  }

  function tell(sentence) {
    problem.textContent = sentence;
    problem.hidden = sentence === "";
  }

  function take(answer) {
    run = answer.runs.find((one) => one.pk === answer.run);
    choice.replaceChildren(...answer.runs.map((one) => el("option", { value: one.pk, selected: one.pk === answer.run }, one.name)));
    controls.hidden = !run;
    steps.hidden = !run;
    groups = byPlace(answer, placeAt);
    if (!run) tell(t("No run has asked positions of this corpus yet. Start an experiment on it, then come back."));
    else if (groups.size === 0 && answer.elsewhere) tell(t("This document's text has changed since the run: its groups do not fit it any more. Choose another run."));
    else if (groups.size === 0) tell(t("This run has asked no position of this document. Choose another run or document."));
    else tell("");
    if (!run) return;
    link.href = run.url;
    range.min = Math.min(1, ...answer.step);
    range.max = Math.max(run.last, ...answer.step);
    step = Math.min(Math.max(step ?? Number(range.max), Number(range.min)), Number(range.max));
    range.value = step;
    say();
  }

  async function ask(pk) {
    const mine = (asking += 1);
    const response = await fetch(pk ? `${endpoint}?run=${pk}` : endpoint, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(t("The pass rates could not be loaded ({status}). Reload the page.", { status: response.status }));
    const answer = await response.json();
    if (mine === asking) take(answer);
  }

  function to(next) {
    const before = step;
    step = Math.min(Math.max(next, Number(range.min)), Number(range.max));
    if (step === before) return;
    range.value = step;
    say();
    onChange([...groups.keys()].filter((place) => latest(place) !== latest(place, before)));
  }

  range.addEventListener("input", () => to(Number(range.value)));
  choice.addEventListener("change", async () => {
    step = undefined;
    await ask(choice.value).catch((error) => tell(error.message));
    onChange();
  });
  return {
    get run() {
      return run;
    },
    get step() {
      return step;
    },
    /** Show the steps only while they are what the text is coloured by. */
    showSteps(on) {
      steps.hidden = !(on && run);
    },
    /** Fetch what the address asks for, once. */
    async load() {
      if (asking > 0) return;
      step = Number.isInteger(wanted.step) ? wanted.step : undefined;
      await ask(wanted.run).catch((error) => {
        tell(error.message);
        asking = 0;
      });
    },
    rateAt: (place) => latest(place)?.rate,
    groupsAt: (place) => groups.get(place) ?? [],
    latest,
    places: () => [...groups.keys()],
    move: (by) => to(step + by),
  };
}

/** The groups that asked a position, newest first, each a link; the one that gives the colour is marked. */
export function showGroups(element, rates, place) {
  const shown = rates.groupsAt(place).toReversed();
  const current = rates.latest(place);
  element.replaceChildren();
  if (!rates.run) return;
  element.append(el("h3", {}, t("Asked by {run}", { run: rates.run.name })));
  if (shown.length === 0) {
    element.append(el("p", { class: "secondary" }, t("This position was never asked.")));
    return;
  }
  const rows = shown.map((one) => {
    const address = `${rates.run.steps}${one.step}/groups/${one.group}/`;
    const words = t("step {step}, group {group}", { step: one.step, group: one.group });
    const bar = el("span", { class: "pass-swatch", "data-pass": passShade(one.rate), "aria-hidden": "true" });
    return el("li", { "aria-current": one === current ? "step" : undefined }, bar, el("a", { href: address }, words), el("span", {}, percent(one.rate)));
  });
  element.append(el("ol", { class: "pass-groups" }, ...rows));
}
