// Follows one job over its websocket. The cursor is the truth: after a reconnect the server sends
// what came after it, so nothing is missed and nothing comes twice.
import { Pauses } from "./retry.js";
import { t } from "./words.js";

const REFUSED = [4400, 4401, 4404]; // bad message, signed out, not there: trying again cannot help

/**
 * Connect to /ws/jobs/<jobId>/ and stay connected.
 *
 * onMessage({cursor, job, run, events}) is called for each message, in order; other kinds of job
 * bring their own part under the kind's name ({scan} for a scan).
 * onStatus(status) hears "connecting", "live", "offline", "paused" and "refused".
 * Returns {pause(), resume(), close(), status, cursor}.
 */
export function connectJob(jobId, cursor, onMessage, onStatus = () => {}) {
  let socket;
  let timer;
  const pauses = new Pauses();
  let wanted = true;
  let status = "";
  let after = cursor;

  function say(next) {
    if (next === status) return;
    status = next;
    onStatus(next);
  }

  function open() {
    clearTimeout(timer);
    if (!wanted || socket) return;
    say("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(`${scheme}//${location.host}/ws/jobs/${jobId}/`);
    socket = opened;
    opened.addEventListener("open", () => opened.send(JSON.stringify({ after })));
    opened.addEventListener("message", (event) => {
      if (socket !== opened) return;
      const message = JSON.parse(event.data);
      pauses.reset();
      say("live");
      if (message.cursor < after) return; // late: already seen
      message.events = message.events.filter((item) => item.id > after);
      after = message.cursor;
      onMessage(message);
    });
    opened.addEventListener("close", (event) => {
      if (socket !== opened) return;
      socket = undefined;
      if (!wanted) return;
      if (REFUSED.includes(event.code)) {
        wanted = false;
        say("refused");
        return;
      }
      say("offline");
      timer = setTimeout(open, pauses.take());
    });
  }

  function drop(next) {
    wanted = false;
    clearTimeout(timer);
    const old = socket;
    socket = undefined;
    old?.close();
    say(next);
  }

  function hurry() {
    if (!wanted || socket || document.hidden) return;
    pauses.reset();
    open();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  open();
  return {
    pause: () => drop("paused"),
    resume() {
      wanted = true;
      pauses.reset();
      open();
    },
    close() {
      drop("closed");
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
    },
    get status() {
      return status;
    },
    get cursor() {
      return after;
    },
  };
}

/** Words for a status, for people. */
export const STATUS_WORDS = {
  connecting: t("Connecting"),
  live: t("Live"),
  offline: t("Connection lost, trying again"),
  paused: t("Paused"),
  refused: t("No live updates: reload the page"),
  closed: t("Ended"),
};
