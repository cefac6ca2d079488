// What every page has: times that stay fresh, copy buttons, menus that close, dialogs that open.
import "./scrollers.js";
import "./time.js";
import { t } from "./words.js";

/** Put a text on the clipboard. */
export async function copy(text) {
  if (navigator.clipboard && isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on a local network has no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function onCopy(button) {
  const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
  const text = source ? (source.value ?? source.textContent) : (button.dataset.copyText ?? "");
  const words = button.querySelector("[data-copy-label]") ?? button;
  const before = words.textContent;
  try {
    await copy(text);
    words.textContent = t("Copied");
  } catch {
    words.textContent = t("Press Ctrl+C to copy");
  }
  setTimeout(() => {
    words.textContent = before;
  }, 1500);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  for (const open of document.querySelectorAll("details.menu[open], details.definition[open]")) {
    if (!open.contains(target)) open.open = false;
  }
  const copier = target?.closest("[data-copy], [data-copy-text]");
  if (copier && !copier.dataset.copying) {
    copier.dataset.copying = "1";
    onCopy(copier).finally(() => setTimeout(() => delete copier.dataset.copying, 1500));
  }
  const opener = target?.closest("[data-opens]");
  if (opener) document.querySelector(opener.dataset.opens)?.showModal();
  target?.closest("[data-closes]")?.closest("dialog")?.close();
});

// What the site refuses a viewer of a project is said: htmx draws no answer but a 200.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status, responseText } = detail.xhr;
  if (status !== 403 || !detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/plain")) return;
  const toast = el("div", { class: "notice toast", "data-tone": "warn" }, icon("lock"), el("div", {}, responseText));
  document.querySelector("[data-toasts]").append(toast);
  setTimeout(() => toast.remove(), 8000);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open], details.definition[open]")) {
    open.open = false;
    open.querySelector("summary")?.focus();
  }
});

/** True while a key press belongs to what the person is typing in. */
export function typing(event) {
  return event.target instanceof Element && Boolean(event.target.closest("input, textarea, select, [contenteditable]"));
}

/** Keep a choice in the address, so that a reload or a shared link shows the same. */
export function remember(name, value, usual = "") {
  const url = new URL(location.href);
  if (String(value) === String(usual)) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(history.state, "", url);
}

/** The data that a template left with json_script, or undefined. */
export function pageData(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : undefined;
}

/** A new element: el("td", {class: "number"}, "12"). Text is always text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A sprite icon by name, as the `icon` template tag draws it. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}
