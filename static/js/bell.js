// The bell on every page: how many notifications are unread, and a word when a new one comes. A light poll, while the
// page is seen; the page of notifications tells the rest.
import { el, icon } from "./ui.js";
import { t } from "./words.js";

const EVERY = 10_000; // milliseconds
const SHOWN = 12_000;
const ICONS = { finished: "check", failed: "cross" };

const bell = document.querySelector("[data-bell]");
const count = bell?.querySelector("[data-bell-count]");
let newest = Number(bell?.dataset.newest || 0);

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
}

function markRead(url) {
  return fetch(url, { method: "POST", headers: { "X-CSRFToken": token() }, keepalive: true, redirect: "manual" });
}

function show(unread) {
  count.textContent = unread > 99 ? "99+" : String(unread);
  count.hidden = unread === 0;
  bell.setAttribute("aria-label", unread ? t("Notifications, {count} unread", { count: unread }) : t("Notifications"));
}

function announce(news) {
  const place = document.querySelector("[data-toasts]");
  const close = el("button", { type: "button", class: "button button-quiet button-icon button-small", "aria-label": t("Close") }, icon("cross"));
  const link = el("a", { href: news.url, "data-reads": news.read }, news.title);
  const tone = news.event === "finished" ? "good" : news.event === "stalled" ? "warn" : "bad";
  const body = el("div", {}, el("p", {}, link), el("p", { class: "notice-remedy" }, news.detail));
  const toast = el("div", { class: "notice toast", "data-tone": tone }, icon(ICONS[news.event] ?? "warning"), body, close);
  close.addEventListener("click", () => toast.remove());
  place.append(toast);
  setTimeout(() => {
    if (!toast.contains(document.activeElement) && !toast.matches(":hover")) toast.remove();
  }, SHOWN);
}

async function look() {
  if (document.hidden) return;
  let answer;
  try {
    answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json" }, redirect: "error" });
  } catch {
    return; // the site is away, or somebody signed out: the next look says
  }
  if (!answer.ok) return;
  const found = await answer.json();
  show(found.unread);
  if (found.newest && found.newest.id > newest) {
    newest = found.newest.id;
    announce(found.newest);
  }
}

if (bell) {
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-reads]") : null;
    if (link) markRead(link.dataset.reads);
  });
}
