// Keeps <time data-relative datetime="..."> fresh: "4 s ago". The exact time stays in its title.
import { t } from "./words.js";

const STEPS = [
  [60, 1, t("{count} s ago")],
  [3600, 60, t("{count} min ago")],
  [86400, 3600, t("{count} h ago")],
  [Infinity, 86400, t("{count} d ago")],
];

const FORECAST = [
  [1, t("s"), 90],
  [60, t("min"), 90 * 60],
  [3600, t("h"), 3 * 86400],
  [86400, t("d"), Infinity],
];

/** "4 s ago" for a Date; "just now" under two seconds, and for clocks that disagree a little. */
export function relative(date, now = new Date()) {
  const seconds = (now - date) / 1000;
  if (seconds < 2) return t("just now");
  const [, size, words] = STEPS.find(([limit]) => seconds < limit);
  return words.replace("{count}", String(Math.floor(seconds / size)));
}

/** "1 h 04 min", "3 min 20 s", "12 s" or "0.42 s" for a number of seconds. */
export function duration(seconds) {
  if (seconds < 10) return t("{seconds} s", { seconds: Number(seconds.toPrecision(2)) });
  const whole = Math.round(seconds);
  const two = (value) => String(value).padStart(2, "0");
  if (whole < 60) return t("{seconds} s", { seconds: whole });
  if (whole < 3600) return t("{minutes} min {seconds} s", { minutes: Math.floor(whole / 60), seconds: two(whole % 60) });
  return t("{hours} h {minutes} min", { hours: Math.floor(whole / 3600), minutes: two(Math.floor((whole % 3600) / 60)) });
}

/** A forecast of so many seconds, as every page words it: "about 22 min", to two digits. */
export function about(seconds) {
  const [size, unit] = FORECAST.find(([, , most]) => seconds < most);
  const number = Number((seconds / size).toPrecision(2)).toLocaleString("en");
  return t("about {time}", { time: `${number} ${unit}` });
}

export function refreshTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-relative]")) {
    const words = relative(new Date(element.dateTime));
    if (element.textContent !== words) element.textContent = words;
  }
}

refreshTimes();
setInterval(() => {
  if (!document.hidden) refreshTimes();
}, 1000);
document.addEventListener("visibilitychange", () => refreshTimes());
