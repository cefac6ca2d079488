// Colours of the stylesheet for what scripts draw.

/** A token of tokens.css as a canvas and Plotly understand it: colour("accent") -> "rgb(31, 95, 168)". */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
