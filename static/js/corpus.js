// A corpus' page: the progress of its running scans, live. The list itself is drawn by the server.
import { connectJob } from "./live.js";
import { typing } from "./ui.js";

const following = new Map(); // job -> connection

function show(job, snapshot) {
  const row = document.querySelector(`[data-job="${job}"]`);
  if (!row || !snapshot.total) return;
  const bar = row.querySelector("progress");
  bar.max = snapshot.total;
  bar.value = snapshot.done;
  const words = `${snapshot.done.toLocaleString("en")} of ${snapshot.total.toLocaleString("en")} ${snapshot.unit}`;
  row.querySelector("[data-progress-words]").textContent = words;
}

function follow(job) {
  let state;
  const connection = connectJob(job, 0, (message) => {
    if (message.scan) show(job, message.scan);
    if (state !== undefined && message.job.state !== state) {
      document.getElementById("scans")?.dispatchEvent(new CustomEvent("scans-changed"));
    }
    state = message.job.state;
  });
  following.set(job, connection);
}

function followAll() {
  const running = new Set([...document.querySelectorAll("[data-job]")].map((row) => row.dataset.job));
  for (const [job, connection] of following) {
    if (running.has(job)) continue;
    connection.close();
    following.delete(job);
  }
  for (const job of running) if (!following.has(job)) follow(job);
}

followAll();
document.addEventListener("htmx:afterSettle", followAll);
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || typing(event)) return;
  const search = document.querySelector("[data-key-search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
});
