// A scan's page: its progress while it runs, its histogram and threshold when it is finished.
import { passCost } from "./pass_cost.js";
import { followScan } from "./scan_progress.js";
import { bandOf, binnedTail, rememberBand, thresholdControl } from "./threshold.js";
import { pageData } from "./ui.js";
import { t } from "./words.js";

const data = pageData("scan-data");
const running = document.querySelector("[data-job]");

if (data) {
  const control = thresholdControl(data, bandOf(new URLSearchParams(location.search), data.threshold));
  const total = data.histogram.reduce((sum, count) => sum + count, 0);
  const kept = control.addRow(t("Whole scan"), data.covers, binnedTail(data.histogram, data.bin), total);
  passCost(data, control, kept);
  control.onChange((band) => {
    const address = new URL(location.href);
    rememberBand(address.searchParams, band);
    history.replaceState(null, "", address);
  });
}

if (running) followScan(running.dataset.job, () => running, () => location.reload());
