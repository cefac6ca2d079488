// A preparation's page while it runs: the bar of the stage that goes on, and what came of those before.
import { connectJob } from "./live.js";
import { progressWords, t } from "./words.js";

const card = document.querySelector("[data-job]");
const { state } = card.dataset;
const bar = card.querySelector("progress");
const [label, words] = card.querySelectorAll(".progress-label span");

function show(now) {
  if (now.stage) label.textContent = now.stage;
  words.textContent = now.total ? progressWords(now.done, now.total, now.unit) : "";
  if (now.total) {
    bar.max = now.total;
    bar.value = now.done;
  } else {
    bar.removeAttribute("value");
  }
  for (const stage of now.stages) {
    const item = card.querySelector(`[data-stage="${stage.stage}"]`);
    item.dataset.state = stage.state;
    item.querySelector("[data-words]").textContent = stage.state === "off" ? t("off") : stage.words;
  }
}

const { close } = connectJob(card.dataset.job, 0, (message) => {
  if (state !== message.job.state) {
    close();
    location.reload();
    return;
  }
  if (message.prepare) show(message.prepare);
});
