// Uploads a corpus with its progress shown; without this script the form still posts.
import { t } from "./words.js";

const form = document.getElementById("upload");
const input = document.getElementById("id_file");
const drop = document.getElementById("drop");
const words = document.getElementById("file-words");
const nothing = words.textContent;
const button = document.getElementById("upload-button");
const error = document.getElementById("file-error");
const progress = document.getElementById("upload-progress");
const bar = progress.querySelector("progress");
const label = document.getElementById("upload-label");
const figures = document.getElementById("upload-words");
const MEGABYTE = 1e6;

function megabytes(bytes) {
  return (bytes / MEGABYTE).toLocaleString("en", { maximumFractionDigits: 1 });
}

function showError(message) {
  error.querySelector("span").textContent = message;
  error.hidden = !message;
  input.toggleAttribute("aria-invalid", Boolean(message));
}

function showFile() {
  const file = input.files[0];
  const size = file && (file.size < MEGABYTE ? `${Math.ceil(file.size / 1000)} kB` : `${megabytes(file.size)} MB`);
  words.textContent = file ? `${file.name}, ${size}` : nothing;
  showError("");
  if (file && /\.(jsonl|ndjson|csv|parquet)(\.(gz|zst))?$/i.test(file.name)) document.getElementById("rows").open = true;
}

function send() {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    figures.textContent = t("{done} of {total} MB", { done: megabytes(event.loaded), total: megabytes(event.total) });
    if (event.loaded === event.total) label.textContent = t("Storing");
  });
  request.addEventListener("load", () => finish(request));
  request.addEventListener("error", () => fail(t("The connection was lost. Nothing was stored; send it again.")));
  request.send(new FormData(form));
  button.disabled = true;
  label.textContent = t("Uploading");
  bar.value = 0;
  progress.hidden = false;
}

function finish(request) {
  if (request.status === 200 && request.response?.url) {
    location.assign(request.response.url);
    return;
  }
  if (request.status === 413) fail(t("The file is larger than this server takes. Split it and upload its parts."));
  else if (!refused(request.response?.errors ?? {})) fail(t("The server answered {status}. Send it again.", { status: request.status }));
}

// Errors of other fields than the file are named by the labels of those fields, which are opened.
function refused(errors) {
  const [first] = Object.keys(errors);
  const said = Object.entries(errors).map(([name, sentences]) => {
    const [label] = form.elements[name]?.labels ?? [];
    return name === "file" || !label ? sentences : `${label.textContent}: ${sentences}`;
  });
  form.elements[first]?.closest("details")?.setAttribute("open", "");
  if (first) fail(said.join(" "), form.elements[first] ?? input);
  return first;
}

function fail(message, field = input) {
  progress.hidden = true;
  button.disabled = false;
  showError(message);
  field.focus();
}

input.addEventListener("change", showFile);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.files.length === 0) fail(t("Choose a file."));
  else send();
});
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.dataset.over = "";
  });
}
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => delete drop.dataset.over);
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length === 0) return;
  input.files = event.dataTransfer.files;
  showFile();
});
