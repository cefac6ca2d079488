// Try it: follows one question over the job's websocket and shows each thought as it grows.
import { connectJob } from "./live.js";
import { el, pageData } from "./ui.js";

const THINK_END = "</think>";

const MOST_IN_ADDRESS = 3000;

// What was typed goes along to another model, as far as an address holds it.
function keepTyped(form) {
  for (const name of ["context", "truth"]) {
    const typed = document.getElementById(name)?.value;
    if (!typed || typed.length > MOST_IN_ADDRESS) continue;
    form.append(el("input", { type: "hidden", name, value: typed }));
  }
}

for (const select of document.querySelectorAll("[data-submits]")) {
  select.addEventListener("change", () => {
    keepTyped(select.form);
    select.form.requestSubmit();
  });
}
for (const button of document.querySelectorAll("[data-choose]")) button.hidden = true;

// The model goes on from the end of a context: that is what is shown of a long one.
for (const box of document.querySelectorAll("[data-end-first]")) box.scrollTop = box.scrollHeight;

const form = document.querySelector(".ask-form");
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

/** One response that grows. Text that came is never taken back. */
class Growing {
  constructor(box) {
    this.box = box;
    this.text = "";
  }

  add(text) {
    const follows = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 24;
    this.text += text;
    const end = this.text.lastIndexOf(THINK_END);
    this.box.textContent = this.text.replace(/^\n+/, "");
    this.box.classList.toggle("thought", end < 0);
    if (follows) this.box.scrollTop = this.box.scrollHeight; // a reader who went back is left there
  }

  clear() {
    this.text = "";
    this.box.textContent = "";
  }
}

function follow(section, data) {
  const boxes = new Map([...section.querySelectorAll("[data-stream]")].map((box) => [Number(box.dataset.stream), new Growing(box)]));
  const words = section.querySelector("[data-progress]");
  const state = section.querySelector("[data-state-words]");
  const counts = new Map();
  let job = {};
  let session = {};
  let began = 0; // ms, when this question's turn came
  let ended = false;

  const since = (moment) => Math.max(0, Math.round((Date.now() - new Date(moment).getTime()) / 1000));

  function describe() {
    if (job.cancelling) return ["Ending", "The process is being ended"];
    if (job.state === "queued") {
      return ["Waiting", `Waits for a free place, ${since(data.asked)} s so far${job.ahead ? `; ${job.ahead} before it` : ""}`];
    }
    if (job.state === "starting" || (!session.ready && !session.loading_since)) {
      return ["Starting", `Starting a process for the model, ${since(data.asked)} s so far`];
    }
    if (!session.ready) return ["Loading", `Loading the model, ${since(session.loading_since)} s so far`];
    if (!began) return ["Waiting", "The model is loaded; earlier questions come first"];
    const tokens = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const seconds = (Date.now() - began) / 1000;
    if (!tokens) return ["Thinking", `Reading the prompt, ${Math.round(seconds)} s so far`];
    return ["Thinking", `${tokens.toLocaleString("en")} tokens in ${Math.round(seconds)} s on ${session.ready.device}`];
  }

  function say() {
    const [short, long] = describe();
    if (state) state.textContent = short;
    words.textContent = long;
  }

  function take(event) {
    if (event.question !== data.number) return;
    if (event.type === "try_asked") {
      began = event.time * 1000;
      counts.clear();
      for (const box of boxes.values()) box.clear();
    } else if (event.type === "try_tokens") {
      const growing = new Set(event.parts.map((part) => part.sample));
      for (const [sample, growth] of boxes) growth.box.toggleAttribute("data-growing", growing.has(sample));
      for (const part of event.parts) {
        boxes.get(part.sample)?.add(part.text);
        counts.set(part.sample, part.tokens);
        const count = section.querySelector(`[data-count="${part.sample}"]`);
        if (count) count.textContent = `${part.tokens} tokens`;
      }
    } else if (event.type === "try_done" || event.type === "try_refused") {
      ended = true;
    }
  }

  const timer = setInterval(say, 1000);
  const connection = connectJob(
    data.job,
    data.cursor,
    (message) => {
      job = message.job;
      session = message.try ?? {};
      message.events.forEach(take);
      say();
      if (!ended && !message.job.ended) return;
      clearInterval(timer);
      connection.close();
      window.htmx.ajax("GET", section.dataset.result, { target: "#result", swap: "innerHTML" });
    },
    (status) => {
      if (status === "refused") words.textContent = "No live updates: reload the page";
    },
  );

  section.querySelector("[data-stop]").addEventListener("submit", (event) => {
    event.preventDefault();
    const stop = event.target;
    stop.querySelector("button").disabled = true;
    const headers = { "HX-Request": "true" };
    fetch(stop.action, { method: "POST", body: new FormData(stop), headers }).catch(() => {
      stop.querySelector("button").disabled = false;
    });
  });
}

const data = pageData("follow-data");
const live = document.querySelector("[data-live]");
if (data && live) follow(live, data);

// The column of a byte, in every row of the ruler.
document.addEventListener("pointerover", (event) => {
  const cell = event.target instanceof Element ? event.target.closest(".ruler .byte") : null;
  for (const marked of document.querySelectorAll(".byte.column")) marked.classList.remove("column");
  if (!cell) return;
  for (const same of cell.closest(".ruler").querySelectorAll(`[data-at="${cell.dataset.at}"]`)) same.classList.add("column");
});
