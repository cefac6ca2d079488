// A scan's page: its progress while it runs, its histogram and threshold when it is finished.
import { followScan } from "./scan_progress.js";
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

if (running) followScan(running.dataset.job, () => running, () => location.reload());
