// What is known of one token: its text, its figures and the model's likely tokens there.
import { el } from "./ui.js";
import { t } from "./words.js";

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
  const context = { count: row.context_tokens.toLocaleString("en") };
  const bytes = { from: row.byte_start.toLocaleString("en"), to: row.byte_end.toLocaleString("en") };
  const rows = [
    [t("Position"), row.index.toLocaleString("en")],
    [t("Token id"), String(row.token_id)],
    [t("Entropy"), t("{entropy} nats", { entropy: row.entropy.toFixed(3) })],
    [t("p(truth)"), t("{share}, log-prob {logprob}", { share: percent(row.truth_logprob), logprob: row.truth_logprob.toFixed(2) })],
    [t("Rank"), row.truth_rank === 0 ? t("1, the argmax") : (row.truth_rank + 1).toLocaleString("en")],
    [t("Context"), row.window_start ? t("{count} tokens, a window starts here", context) : t("{count} tokens", context)],
    [t("Bytes"), t("{from} to {to}", bytes)],
  ];
  if (reason) rows.push([t("Not usable"), reason]);
  for (const [name, value] of rows) list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}

function candidates(row, words) {
  const list = el("ol", { class: "candidates", "aria-label": t("The {count} most likely tokens", { count: row.top_ids.length }) });
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
    el("p", { class: "meta" }, t("The {count} most likely tokens; the true one is underlined", { count: row.top_ids.length })),
    candidates(row, words),
  );
}
