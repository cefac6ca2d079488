// The log tab: new lines are appended by byte offset; reading further up is never disturbed.
import { pageData } from "./ui.js";

const INTERVAL = 2000;
const KEEP = 2000;

/** Follow the log of the attempt the page shows, until the run has ended. */
export function followLog(url, ended) {
  const box = document.querySelector("[data-log]");
  const start = pageData("log-data");
  if (!box || !start) return;
  const more = document.querySelector("[data-log-follow]");
  let end = start.end;
  let lines = box.textContent.split("\n").length;

  const atEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
    more.hidden = true;
  };

  async function look() {
    if (!document.hidden) {
      const response = await fetch(`${url}?${new URLSearchParams({ attempt: start.attempt, offset: end })}`);
      if (response.ok) append(await response.json());
    }
    setTimeout(() => look().catch(later), INTERVAL);
  }

  function later() {
    setTimeout(() => look().catch(later), 5 * INTERVAL); // the server is away: the page stays as it is
  }

  function append(part) {
    end = part.end;
    if (!part.lines.length) return;
    const follow = atEnd();
    const selecting = !getSelection().isCollapsed && box.contains(getSelection().anchorNode);
    box.append(`${part.lines.join("\n")}\n`);
    lines += part.lines.length;
    document.querySelector("[data-log-empty]").hidden = true;
    if (lines > KEEP && follow && !selecting) {
      box.textContent = box.textContent.split("\n").slice(-KEEP).join("\n");
      lines = KEEP;
    }
    if (follow && !selecting) toEnd();
    else more.hidden = false;
  }

  more.addEventListener("click", toEnd);
  box.addEventListener("scroll", () => {
    if (atEnd()) more.hidden = true;
  });
  toEnd();
  if (!ended && start.newest) look().catch(later);
}
