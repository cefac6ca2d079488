// The whole document as one strip: the mean entropy under each pixel, and where one looks now.
import { colour } from "./plot.js";

/** Draws on `canvas`; goTo(place) is called for a click. Returns {draw(), look(first, last)}. */
export function minimap(canvas, entropies, stepOf, goTo) {
  let seen = [0, 0];

  function draw() {
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width) return;
    const ratio = devicePixelRatio;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const ramp = [1, 2, 3, 4, 5, 6, 7].map((step) => colour(`entropy-${step}`));
    const count = entropies.length;
    for (let pixel = 0; pixel < width; pixel += 1) {
      const from = Math.floor((pixel * count) / width);
      const to = Math.min(count, Math.max(from + 1, Math.floor(((pixel + 1) * count) / width)));
      let sum = 0;
      for (let place = from; place < to; place += 1) sum += entropies[place];
      context.fillStyle = ramp[stepOf(sum / (to - from)) - 1];
      context.fillRect(pixel, 0, 1, height);
    }
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    const left = (seen[0] / count) * width;
    context.strokeRect(left + 1, 1, Math.max(4, ((seen[1] - seen[0]) / count) * width) - 2, height - 2);
  }

  canvas.addEventListener("click", (event) => {
    const share = event.offsetX / canvas.clientWidth;
    goTo(Math.min(entropies.length - 1, Math.floor(share * entropies.length)));
  });
  document.addEventListener("themechange", draw);
  new ResizeObserver(draw).observe(canvas);
  return {
    draw,
    look(first, last) {
      if (first === seen[0] && last === seen[1]) return;
      seen = [first, last];
      draw();
    },
  };
}
