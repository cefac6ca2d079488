// A corpus' page: the progress of its running scans, live. The list itself is drawn by the server.
import { followScan } from "./scan_progress.js";
import { typing } from "./ui.js";

const following = new Map(); // job -> what follows it

const rowOf = (job) => document.querySelector(`[data-job="${job}"]`);

function changed() {
  document.getElementById("scans")?.dispatchEvent(new CustomEvent("scans-changed"));
}

function followAll() {
  const running = new Set([...document.querySelectorAll("[data-job]")].map((row) => row.dataset.job));
  for (const [job, follower] of following) {
    if (running.has(job)) {
      follower.redraw();
      continue;
    }
    follower.close();
    following.delete(job);
  }
  for (const job of running) if (!following.has(job)) following.set(job, followScan(job, () => rowOf(job), changed));
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
