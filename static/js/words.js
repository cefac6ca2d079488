// The words of the scripts in the language of the page. English stands in the scripts themselves; for
// another language base.html loads Django's catalogue first, which defines `django.gettext`.
const catalogue = globalThis.django;

function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place) : text;
}

/** A sentence in the language of the page: t("Step {step} of {steps}", { step, steps }). */
export function t(text, values) {
  return fill(catalogue?.gettext?.(text) ?? text, values);
}

/** One of two sentences by a count: tn("{count} step", "{count} steps", count). */
export function tn(one, many, count, values) {
  const text = catalogue?.ngettext?.(one, many, count) ?? (count === 1 ? one : many);
  return fill(text, { count: count.toLocaleString("en"), ...values });
}
