// A scan's page: its progress while it runs, its histogram and threshold when it is finished.
import { connectJob } from "./live.js";
import { binnedTail, thresholdControl } from "./threshold.js";
import { pageData } from "./ui.js";

const data = pageData("scan-data");
const running = document.querySelector("[data-job]");

if (data) {
  const wanted = Number.parseFloat(new URLSearchParams(location.search).get("t"));
  const control = thresholdControl(data, Number.isFinite(wanted) ? wanted : data.threshold);
  const total = data.histogram.reduce((sum, count) => sum + count, 0);
  control.addRow("Whole scan", binnedTail(data.histogram, data.bin), total);
  control.onChange((value) => {
    const address = new URL(location.href);
    address.searchParams.set("t", value.toFixed(2));
    history.replaceState(null, "", address);
  });
}

if (running) {
  const bar = running.querySelector("progress");
  const words = running.querySelector("[data-progress-words]");
  let state;
  connectJob(running.dataset.job, 0, (message) => {
    const scan = message.scan;
    if (scan?.total) {
      bar.max = scan.total;
      bar.value = scan.done;
      words.textContent = `${scan.done.toLocaleString("en")} of ${scan.total.toLocaleString("en")} ${scan.unit}`;
    }
    if (state !== undefined && state !== message.job.state) location.reload();
    state = message.job.state;
  });
}
