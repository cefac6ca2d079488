// What is known of one token: its text, its figures and the model's likely tokens there.
import { el } from "./ui.js";

/** Text with its invisible characters drawn: for showing, never for copying. */
export function visible(text) {
  return text.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥") || "▯";
}

function percent(logprob) {
  const share = 100 * Math.exp(logprob);
  return share >= 0.1 ? `${share.toFixed(1)} %` : `${share.toPrecision(1)} %`;
}

function facts(row, reason) {
  const list = el("dl", { class: "token-facts" });
  const rows = [
    ["Position", row.index.toLocaleString("en")],
    ["Token id", String(row.token_id)],
    ["Entropy", `${row.entropy.toFixed(3)} nats`],
    ["p(truth)", `${percent(row.truth_logprob)}, log-prob ${row.truth_logprob.toFixed(2)}`],
    ["Rank", row.truth_rank === 0 ? "1, the argmax" : (row.truth_rank + 1).toLocaleString("en")],
    ["Context", `${row.context_tokens.toLocaleString("en")} tokens${row.window_start ? ", a window starts here" : ""}`],
    ["Bytes", `${row.byte_start.toLocaleString("en")} to ${row.byte_end.toLocaleString("en")}`],
  ];
  if (reason) rows.push(["Not usable", reason]);
  for (const [name, value] of rows) list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}

function candidates(row, words) {
  const list = el("ol", { class: "candidates", "aria-label": `The ${row.top_ids.length} most likely tokens` });
  row.top_ids.forEach((id, place) => {
    const bar = el("span", { class: "bar" });
    bar.style.width = `${100 * Math.exp(row.top_logprobs[place])}%`;
    const item = el("li", {}, bar, el("code", {}, visible(words[id] ?? "")), el("span", {}, percent(row.top_logprobs[place])));
    if (id === row.token_id) item.dataset.truth = "";
    list.append(item);
  });
  return list;
}

/** Show a row of the positions endpoint; `reason` says why it cannot be kept, or is "". */
export function showToken(row, words, reason) {
  document.getElementById("token-hint").hidden = true;
  const detail = document.getElementById("token-detail");
  detail.hidden = false;
  detail.replaceChildren(
    el("code", { class: "token-text" }, visible(words[row.token_id] ?? row.text)),
    facts(row, reason),
    el("p", { class: "meta" }, `The ${row.top_ids.length} most likely tokens; the true one is underlined`),
    candidates(row, words),
  );
}
