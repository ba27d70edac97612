// A job, followed until it has ended. A question that fails, as when the network was gone for a moment, is asked again.
import { get, post } from "./api.js";
import { h } from "./dom.js";
import { toastError } from "./toast.js";

const EVERY = 500;
const GONE = 404;

export const isOpen = (job) => job.status === "queued" || job.status === "running";

// Old jobs are forgotten: then there is none.
export async function jobOf(id) {
  try {
    return await get(`/jobs/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error.status === GONE) return null;
    throw error;
  }
}

// Calls `tell` with the job as long as it is open; returns it when it has ended, null where it is forgotten or the place
// has left the page.
export async function follow(id, place, tell = () => {}) {
  for (;;) {
    const job = await jobOf(id).catch(() => undefined);
    if (!place.isConnected || job === null) return null;
    if (job && !isOpen(job)) return job;
    if (job) tell(job);
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

export const cancelJob = (id) => post(`/jobs/${encodeURIComponent(id)}/cancel`).catch(toastError);

// A line that shows how far a job is, and what `follow` tells it; a button stops the job where it has a text.
export function jobLine(id, text, stopText = "") {
  const bar = h("span", { style: "width:0%" });
  const stop = h("button.button", { type: "button", "data-act": "stop", onclick: cancel }, stopText);
  function cancel() {
    stop.disabled = true;
    return cancelJob(id);
  }
  const tell = ({ progress }) => {
    bar.style.width = `${(100 * progress.done) / (progress.total || 1)}%`;
  };
  return [h("div.job-line", { role: "status" }, text, h("div.bar", bar), stopText ? stop : ""), tell];
}
