// One poller per path, however many listen; it rests while the page is hidden and slows down after failures.
import { get } from "./api.js";

const polls = new Map();

export function listen(path, seconds, { next, failed }) {
  let poll = polls.get(path);
  if (!poll) {
    poll = { path, seconds, listeners: new Set(), last: null, failures: 0, timer: 0 };
    polls.set(path, poll);
    ask(poll);
  }
  poll.listeners.add({ next, failed });
  if (poll.last) next(poll.last);
}

async function ask(poll) {
  clearTimeout(poll.timer);
  if (!document.hidden) {
    try {
      poll.last = await get(poll.path);
      poll.failures = 0;
      poll.listeners.forEach((listener) => listener.next(poll.last));
    } catch (error) {
      poll.failures += 1;
      poll.listeners.forEach((listener) => listener.failed?.(error, poll.last));
    }
  }
  poll.timer = setTimeout(() => ask(poll), poll.seconds * 1000 * Math.min(8, 2 ** poll.failures));
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) polls.forEach((poll) => poll.last && ask(poll));
});
