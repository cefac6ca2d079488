// Token colours: a response's own tokens, shaded by how unlikely each was or by how unsure the policy was there.
import { el, remember } from "./ui.js";

const STEPS = 7;
const LARGEST = Math.log(16); // nats; the last step of the scale begins below it

const shade = (nats) => Math.min(STEPS, 1 + Math.floor((nats / LARGEST) * STEPS));

const COLOURINGS = {
  logprob: ({ logprobs }, place) => -logprobs[place],
  entropy: ({ entropies }, place) => entropies?.[place],
};

function painted(rollout, place, nats) {
  const logprob = rollout.logprobs[place];
  const entropy = rollout.entropies?.[place];
  const title = [
    JSON.stringify(rollout.token_texts[place]),
    `id ${rollout.token_ids[place]}`,
    `log p ${logprob.toFixed(3)}`,
    `p ${Math.exp(logprob).toPrecision(3)}`,
    ...(entropy === undefined ? [] : [`H ${entropy.toFixed(3)}`]),
  ].join(", ");
  return el("span", { "data-surprise": nats === undefined ? undefined : shade(nats), title }, rollout.token_texts[place]);
}

/** Let the page's choice colour the tokens. `record` fetches the group; `chosen` is told of the choice. */
export function colourTokens({ record, chosen }) {
  const choice = document.querySelector("[data-colouring]");
  const problem = document.querySelector("[data-colour-error]");
  const plain = new Map([...document.querySelectorAll("[data-response]")].map((box) => [box, [...box.childNodes]]));

  async function paint() {
    problem.hidden = true;
    try {
      const rollouts = choice.value === "none" ? [] : JSON.parse(await record()).rollouts;
      const colouring = COLOURINGS[choice.value]; // asked again: the choice may have changed meanwhile
      for (const scale of document.querySelectorAll("[data-scale]")) scale.hidden = scale.dataset.scale !== choice.value;
      [...plain].forEach(([box, nodes], index) => {
        const rollout = rollouts[index];
        if (!colouring || !rollout) box.replaceChildren(...nodes);
        else box.replaceChildren(...rollout.token_texts.map((_, place) => painted(rollout, place, colouring(rollout, place))));
      });
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }

  const asked = new URLSearchParams(location.search).get("colour");
  if ([...choice.options].some((option) => !option.disabled && option.value === asked)) choice.value = asked;
  choice.addEventListener("change", () => {
    remember("colour", choice.value, "none");
    chosen(choice.value);
    paint();
  });
  chosen(choice.value);
  if (choice.value !== "none") paint();
}
