// The strip of a run's steps: one stop of the Tab key, in which arrows, Home and End move from cell to cell.
const MOVES = {
  ArrowLeft: (place) => place - 1,
  ArrowRight: (place) => place + 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

const stripOf = (target) => (target instanceof Element ? target.closest("[data-strip]") : null);

document.addEventListener("keydown", (event) => {
  const strip = stripOf(event.target);
  if (!strip || !MOVES[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  const cells = [...strip.children];
  const place = MOVES[event.key](cells.indexOf(event.target), cells.length);
  cells[Math.min(cells.length - 1, Math.max(0, place))].focus();
  event.preventDefault();
});

document.addEventListener("focusin", ({ target }) => {
  const strip = stripOf(target);
  if (!strip) return;
  for (const cell of strip.children) cell.tabIndex = cell === target ? 0 : -1;
});
