// The three panels of a paper: the same metrics of several runs, each run in its own colour, read again
// while one of them is at work.
import { viewOfAddress, wireControls } from "./controls.js";
import { OverlayBoard } from "./overlay.js";
import { pageData } from "./ui.js";

const READ_AGAIN = 10000;

const data = pageData("panels-data");
const view = { ...viewOfAddress(), group: "", hidden: new Set(), pin: undefined };
// Evaluations are few and far between: a mean over several of them would hide what they say.
const plain = {
  ...view,
  smooth: 1,
  get axis() {
    return view.axis;
  },
};
const boards = [view, plain].map((one) => new OverlayBoard(data.url, data.runs, one));
const [training, evaluations] = boards;
for (const element of document.querySelectorAll(".tile[data-key]")) {
  const { key } = element.dataset;
  const board = key.startsWith("eval/") ? evaluations : training;
  board.add(element, { key, label: element.querySelector("h3").textContent });
}

let axis = view.axis;
wireControls(view, () => {
  const other = axis !== view.axis;
  axis = view.axis;
  // Times are only fetched where they are drawn.
  for (const board of boards) other ? board.reload() : board.redraw();
});
if (data.active) {
  setInterval(() => {
    if (!document.hidden) for (const board of boards) board.reload();
  }, READ_AGAIN);
}
