// The thresholds of the verdict in a metric's chart: dashed and labelled, and in view where the curve comes near.
import { threshold } from "./plot.js";

const ROOM = 0.08; // of the axis, above and below

/**
 * limits: [{value, words, tone}]; [low, high]: the values drawn. Returns {shapes, annotations, range}: the lines in
 * view, and the axis's range where a line lies outside of the values, by no more than they differ among each other.
 */
export function limitLines(limits, [low, high], log) {
  const span = high - low;
  const near = limits.filter(({ value }) => (log ? value >= low && value <= high && value > 0 : value >= low - span && value <= high + span));
  const lines = near.map(({ value, words, tone }) => threshold(value, words, tone, log));
  const [least, most] = [Math.min(low, ...near.map(({ value }) => value)), Math.max(high, ...near.map(({ value }) => value))];
  const room = ROOM * (most - least);
  return {
    shapes: lines.map(({ shape }) => shape),
    annotations: lines.map(({ annotation }) => annotation),
    range: !log && (least < low || most > high) ? [least - room, most + room] : undefined,
  };
}
