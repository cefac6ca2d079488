// What one pass of GRPO over the kept positions would cost: kept x rollouts x tokens x 8 N, and in hours.
import { t } from "./words.js";

const PER_TOKEN = 8; // FLOPs a parameter: 2 to sample a token, 6 to train on it
const SECONDS = 3600;

const rounded = (value) => Number(value.toPrecision(2)).toLocaleString("en", { maximumFractionDigits: 20 });

/** "1.2e+15" as people read it. */
const scientific = (value) => value.toExponential(1).replace("e+", "e");

/** Keep the estimate of threshold.html fresh; kept() counts the positions, control says when they change. */
export function passCost({ parameters, tflops, tokens_a_rollout: usual }, control, kept) {
  const box = document.getElementById("pass-cost");
  if (!box) return;
  const rollouts = document.getElementById("cost-rollouts");
  const tokens = document.getElementById("cost-tokens");
  const said = document.getElementById("cost-said");
  tokens.value = usual;

  const hours = (flops, speed) => rounded(flops / (speed * 1e12) / SECONDS);

  function show() {
    const flops = PER_TOKEN * parameters * kept() * Number(rollouts.value) * Number(tokens.value);
    said.textContent = t("{flops} FLOPs: {threads} hours of a CPU thread, or {gpus} hours of a GPU", {
      flops: scientific(flops),
      threads: hours(flops, tflops.thread),
      gpus: hours(flops, tflops.gpu),
    });
  }

  if (!parameters) {
    said.textContent = t("unknown here: the model's weights are not on this machine");
    return;
  }
  show();
  control.onChange(show);
  for (const input of [rollouts, tokens]) input.addEventListener("input", show);
}
