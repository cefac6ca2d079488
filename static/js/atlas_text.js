// A document's text for the atlas. All of it stands on the page, so that it can be searched, copied and
// scrolled as any text; only tokens near the screen are elements of their own. A place is an index into
// the document's positions.
import { el } from "./ui.js";

const LEAST = 120; // tokens of a chunk: it may end behind a line break from here on,
const MOST = 400; // and ends here in any case
const NEAR = "1200px 0px"; // chunks so far from the screen have tokens

/** Text in which each line's end shows a mark that is not copied. */
function appendText(parent, text) {
  text.split("\n").forEach((line, place) => {
    if (place > 0) parent.append(el("span", { class: "newline", "aria-hidden": "true" }), "\n");
    if (line) parent.append(line);
  });
}

/** Where each position begins in the text, and behind the last one its end. */
function startsOf({ lead, lengths }) {
  const starts = new Uint32Array(lengths.length + 1);
  starts[0] = lead;
  lengths.forEach((length, place) => {
    starts[place + 1] = starts[place] + length;
  });
  return starts;
}

function touchedBySelection(element) {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(element, true);
}

/**
 * Draw the text into `box`.
 *
 * shading: what the positions endpoint gives for a whole document. paint(span, place) colours a token; it is
 * called whenever a token gets its element, and by repaint. onNear() hears that other chunks are near the
 * screen. Returns what the page does with the text.
 */
export function atlasText(box, shading, { paint, onNear }) {
  const { text } = shading;
  const starts = startsOf(shading);
  const count = shading.lengths.length;
  const chunkAt = new Uint16Array(count);
  const windows = new Set(shading.windows);
  const chunks = [];
  const near = new Set();

  function tokenSpan(place) {
    const span = el("span", { class: "token", "data-place": place });
    if (windows.has(place)) span.dataset.window = "";
    if (starts[place] < starts[place + 1]) appendText(span, text.slice(starts[place], starts[place + 1]));
    else span.append(el("span", { class: "part", "aria-hidden": "true" }));
    paint(span, place);
    return span;
  }

  function shade(chunk) {
    if (chunk.spans) return;
    chunk.spans = [];
    for (let place = chunk.from; place < chunk.to; place += 1) chunk.spans.push(tokenSpan(place));
    chunk.element.replaceChildren(text.slice(chunk.start, starts[chunk.from]), ...chunk.spans);
  }

  function release(chunk) {
    if (!chunk.spans) return;
    chunk.spans = undefined;
    chunk.element.textContent = text.slice(chunk.start, starts[chunk.to]);
  }

  /** A chunk's elements follow where one looks, but never under a selection: it would be lost. */
  function settle(chunk) {
    if (touchedBySelection(chunk.element)) return;
    if (near.has(chunk)) shade(chunk);
    else release(chunk);
  }

  function makeChunks() {
    let paragraph;
    for (let from = 0; from < count; ) {
      let to = from;
      let line = false; // whether it ends behind a line break: the next one then begins a block of its own
      while (to < count && to - from < MOST && !(line && to - from >= LEAST)) {
        line = text[starts[to + 1] - 1] === "\n" && starts[to + 1] > starts[to];
        chunkAt[to] = chunks.length;
        to += 1;
      }
      const chunk = { from, to, start: from === 0 ? 0 : starts[from], element: el("span", { class: "chunk" }) };
      chunk.element.textContent = text.slice(chunk.start, starts[to]);
      if (!paragraph) box.append((paragraph = el("div")));
      paragraph.append(chunk.element);
      if (line) paragraph = undefined;
      chunks.push(chunk);
      from = to;
    }
  }

  function watch() {
    const byElement = new Map(chunks.map((chunk) => [chunk.element, chunk]));
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const chunk = byElement.get(target);
          if (isIntersecting) near.add(chunk);
          else near.delete(chunk);
          settle(chunk);
        }
        onNear();
      },
      { rootMargin: NEAR },
    );
    for (const chunk of chunks) observer.observe(chunk.element);
    document.addEventListener("selectionchange", () => {
      if (getSelection().isCollapsed) chunks.filter((chunk) => near.has(chunk) !== Boolean(chunk.spans)).forEach(settle);
    });
    box.addEventListener("copy", (event) => {
      // Blocks and marks leave no trace: what is copied is the text as it is.
      event.clipboardData.setData("text/plain", getSelection().getRangeAt(0).cloneContents().textContent);
      event.preventDefault();
    });
  }

  const spanOf = (place) => chunks[chunkAt[place]]?.spans?.[place - chunks[chunkAt[place]].from];

  box.replaceChildren();
  makeChunks();
  watch();
  return {
    count,
    spanOf,
    textOf: (place) => text.slice(starts[place], starts[place + 1]),

    /** The position that holds a character of the text; of several in one character the first. */
    placeAt(character) {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle + 1] <= character) low = middle + 1;
        else high = middle;
      }
      while (low > 0 && starts[low] === starts[low - 1]) low -= 1;
      return Math.min(low, count - 1);
    },

    /** The element of a position, wherever it is. */
    reveal(place) {
      shade(chunks[chunkAt[place]]);
      return spanOf(place);
    },

    /** Colour tokens again: those of `places`, else all that have an element. */
    repaint(places) {
      if (places) {
        for (const place of places) {
          const span = spanOf(place);
          if (span) paint(span, place);
        }
        return;
      }
      for (const { spans, from } of chunks) spans?.forEach((span, offset) => paint(span, from + offset));
    },

    /** The first and the last position on the screen, by chunks; undefined while none is. */
    seen() {
      const shown = [...near].filter(({ element }) => {
        const { top, bottom } = element.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      });
      if (shown.length === 0) return undefined;
      return [Math.min(...shown.map(({ from }) => from)), Math.max(...shown.map(({ to }) => to))];
    },
  };
}
