// The whole document as one strip: what stands under each pixel, and where one looks now.
import { colour } from "./colour.js";

/**
 * Draws on `canvas`, `count` positions from left to right; shadeOf(from, to) names the colour of those between,
 * "" for none. goTo(place) is called for a click. Returns {draw(), look(first, last)}.
 */
export function minimap(canvas, count, shadeOf, goTo) {
  const strip = document.createElement("canvas"); // without the frame, which moves with every scroll
  let seen = [0, 0];

  function drawStrip(width, height) {
    strip.width = width;
    strip.height = height;
    const context = strip.getContext("2d");
    const colours = new Map();
    for (let pixel = 0; pixel < width; pixel += 1) {
      const from = Math.floor((pixel * count) / width);
      const to = Math.min(count, Math.max(from + 1, Math.floor(((pixel + 1) * count) / width)));
      const name = shadeOf(from, to);
      if (!name) continue;
      if (!colours.has(name)) colours.set(name, colour(name));
      context.fillStyle = colours.get(name);
      context.fillRect(pixel, 0, 1, height);
    }
  }

  function drawFrame() {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!strip.width || !width) return;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    context.drawImage(strip, 0, 0, width, height);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 2;
    const left = (seen[0] / count) * width;
    context.strokeRect(left + 1, 1, Math.max(4, ((seen[1] - seen[0]) / count) * width) - 2, height - 2);
  }

  function draw() {
    if (!canvas.clientWidth) return;
    drawStrip(canvas.clientWidth, canvas.clientHeight);
    drawFrame();
  }

  canvas.addEventListener("click", (event) => {
    const share = event.offsetX / canvas.clientWidth;
    goTo(Math.min(count - 1, Math.floor(share * count)));
  });
  document.addEventListener("themechange", draw);
  new ResizeObserver(draw).observe(canvas);
  return {
    draw,
    look(first, last) {
      if (first === seen[0] && last === seen[1]) return;
      seen = [first, last];
      drawFrame();
    },
  };
}
