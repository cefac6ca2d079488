// Keeps <time data-relative datetime="..."> fresh: "4 s ago". The exact time stays in its title.
const STEPS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [Infinity, 86400, "d"],
];

/** "4 s ago" for a Date; "just now" under two seconds, and for clocks that disagree a little. */
export function relative(date, now = new Date()) {
  const seconds = (now - date) / 1000;
  if (seconds < 2) return "just now";
  const [, size, unit] = STEPS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** "1 h 04 min", "3 min 20 s", "12 s" or "0.42 s" for a number of seconds. */
export function duration(seconds) {
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  const two = (value) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
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
