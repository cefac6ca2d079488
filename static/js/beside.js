// Two rollouts of a group side by side: the others step back, and what the two begin with alike is counted.
import { remember } from "./ui.js";
import { t } from "./words.js";

/** `chosen` names the chosen rollout, `choose` chooses one. Returns what keys and the page's start call. */
export function sideBySide({ chosen, choose }) {
  const button = document.querySelector("[data-beside]");
  const choice = document.querySelector("[data-beside-choice]");
  const sides = [...document.querySelectorAll("[data-beside-side]")];
  const thoughts = document.querySelector("[data-thoughts]");
  const cards = [...thoughts.querySelectorAll(".thought")];
  const names = cards.map((card) => card.dataset.rollout);
  const on = () => thoughts.hasAttribute("data-pair");
  const after = (name) => names[(names.indexOf(name) + 1) % names.length];

  function show(left, right) {
    [sides[0].value, sides[1].value] = [left, right];
    thoughts.setAttribute("data-pair", "");
    for (const card of cards) {
      card.hidden = ![left, right].includes(card.dataset.rollout);
      card.style.order = card.dataset.rollout === left ? "0" : "1";
    }
    button.setAttribute("aria-pressed", "true");
    choice.hidden = false;
    document.querySelector("[data-beside-same]").textContent = alike(left, right);
    remember("beside", `${left},${right}`);
  }

  function end() {
    thoughts.removeAttribute("data-pair");
    for (const card of cards) card.hidden = false;
    button.setAttribute("aria-pressed", "false");
    choice.hidden = true;
    remember("beside", "");
  }

  function alike(left, right) {
    const [one, other] = [left, right].map((name) => cards[names.indexOf(name)].querySelector("[data-response]").textContent);
    if (one === other) return t("The same text.");
    const most = Math.min(one.length, other.length);
    let length = 0;
    while (length < most && one[length] === other[length]) length += 1;
    return length ? t("The same for the first {length} characters.", { length }) : t("Different from the first character on.");
  }

  function toggle() {
    if (!button) return;
    if (on()) end();
    else {
      const left = chosen() ?? names[0];
      show(left, after(left));
    }
  }

  button?.addEventListener("click", toggle);
  for (const side of sides) {
    side.addEventListener("change", () => {
      if (sides[0].value === sides[1].value) sides[side === sides[0] ? 1 : 0].value = after(side.value);
      show(sides[0].value, sides[1].value);
      choose(side.value);
    });
  }

  return {
    toggle,
    /** The chosen rollout comes to the right; the left one stays. */
    follow(name) {
      if (on() && ![sides[0].value, sides[1].value].includes(name)) show(sides[0].value, name);
    },
    /** The pair that the address names. */
    restore() {
      const [left, right] = (new URLSearchParams(location.search).get("beside") ?? "").split(",");
      if (button && left !== right && names.includes(left) && names.includes(right)) show(left, right);
    },
  };
}
