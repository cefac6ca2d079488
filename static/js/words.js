// The words of the scripts in the language of the page. English stands in the scripts themselves; for
// another language base.html loads Django's catalogue first, which defines `django.gettext`.
const catalogue = globalThis.django;

function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place) : text;
}

/** A sentence in the language of the page, with {places} for values. */
export function t(text, values) {
  return fill(catalogue?.gettext?.(text) ?? text, values);
}

/** One of two sentences by a count, which stands in them as {count}. */
export function tn(one, many, count, values) {
  const text = catalogue?.ngettext?.(one, many, count) ?? (count === 1 ? one : many);
  return fill(text, { count: count.toLocaleString("en"), ...values });
}

// What training counts, in its own English words.
const UNITS = {
  answers: t("answers"),
  conversations: t("conversations"),
  documents: t("documents"),
  pairs: t("pairs"),
  positions: t("positions"),
  problems: t("problems"),
  questions: t("questions"),
  rollouts: t("rollouts"),
  segments: t("segments"),
  steps: t("steps"),
  tasks: t("tasks"),
  tokens: t("tokens"),
};

/** How far something is: "12 of 40 positions". */
export function progressWords(done, total, unit) {
  return t("{done} of {total} {unit}", { done: done.toLocaleString("en"), total: total.toLocaleString("en"), unit: UNITS[unit] ?? unit });
}
