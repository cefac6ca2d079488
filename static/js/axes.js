// What the x axis of a chart shows: a step, the tokens used up to it, or when it was written.

const FEW_STEPS = 6;

/** Reads the tokens used up to a step off the line {step, value}, which has some of the steps. */
export function tokensUpTo(line) {
  const { step: steps, value: sums } = line;
  return (step) => {
    if (!steps.length) return null;
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    if (low === steps.length) return sums.at(-1);
    const [before, begun] = low ? [steps[low - 1], sums[low - 1]] : [0, 0];
    const span = steps[low] - before;
    return span ? begun + ((sums[low] - begun) * (step - before)) / span : sums[low];
  };
}

/** Each axis: of(curve, start, tokens) gives a place for each point; `layout` is Plotly's. */
export const AXES = {
  step: { of: (curve) => curve.step, layout: { hoverformat: "d", tickformat: "~g" } },
  tokens: { of: (curve, _start, tokens) => curve.step.map(tokens), layout: { hoverformat: ".4~s", tickformat: "~s" } },
  time: { of: (curve) => curve.time.map((ms) => new Date(ms)), layout: { type: "date", tickformat: "" } },
  relative: { of: (curve, start) => curve.time.map((ms) => (ms - start) / 60000), layout: { ticksuffix: " min" } },
};

const LEVEL = 1e-9; // share of a value by which it may differ and be called the same

/** The least and the greatest of some values, nulls left out; infinities the wrong way round where there are none. */
export function extent(values) {
  const known = values.filter((value) => value !== null);
  return known.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
}

/** Plotly's part of an axis of steps between two: a few have a tick each, and one alone stands in the middle. */
export function stepTicks([first, last]) {
  if (first === last) return { range: [first - 1, first + 1], tickmode: "array", tickvals: [first] };
  return last - first < FEW_STEPS ? { dtick: 1 } : {};
}

/** Plotly's part of an axis of values: around one that never changes it would show a whole unit on either side. */
export function levelRange([low, high]) {
  if (high - low > LEVEL * Math.max(Math.abs(low), Math.abs(high))) return {}; // a mean of equal numbers may differ in its last digit
  return { range: low ? [low - Math.abs(low) / 2, low + Math.abs(low) / 2] : [-0.03, 1] };
}

/** An end of Plotly's range as a number: milliseconds for a date, the value itself on a log axis. */
export function endOfRange(value, axis, log) {
  if (axis === "time") return new Date(typeof value === "string" ? value.replace(" ", "T") : value).getTime();
  return log ? 10 ** value : Number(value);
}

/** A range of numbers as Plotly wants it. */
export function plotlyRange([low, high], axis, log) {
  if (axis === "time") return [new Date(low), new Date(high)];
  return log ? [Math.log10(Math.max(low, 1e-9)), Math.log10(Math.max(high, 1e-9))] : [low, high];
}

/** The steps of a curve within a range of its axis, one more at either end; undefined where there are none. */
export function stepsWithin(places, steps, [low, high]) {
  let first = places.findIndex((place) => place >= low);
  let last = places.findLastIndex((place) => place <= high);
  if (first < 0 || last < 0) return undefined;
  if (first > last) [first, last] = [last, first]; // between two points
  return [steps[Math.max(0, first - 1)], steps[Math.min(steps.length - 1, last + 1)]];
}

/** The part of a curve between two steps, both included. */
export function within(curve, [first, last]) {
  const inside = ({ step, value, time, attempt }) => {
    const at = step.map((_, index) => index).filter((index) => step[index] >= first && step[index] <= last);
    const pick = (list) => at.map((index) => list[index]);
    return { step: pick(step), value: pick(value), time: pick(time), ...(attempt ? { attempt: Array.isArray(attempt) ? pick(attempt) : attempt } : {}) };
  };
  return { ...curve, ...inside(curve), ghost: curve.ghost.map(inside).filter((ghost) => ghost.step.length) };
}
