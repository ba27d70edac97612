// A short word about what just happened, bottom right, read out by screen readers.
import { h } from "./dom.js";

let place = null;

export function toast(text, kind = "good") {
  if (!place) {
    place = h("div.toasts", { role: "status", "aria-live": "polite" });
    document.body.append(place);
  }
  const note = h(`div.toast.tone-${kind}`, h(`span.mark.mark-${kind}`, { "aria-hidden": "true" }), text);
  place.append(note);
  setTimeout(() => note.remove(), 6000);
}

export const toastError = (error) => toast([error.message, error.mend].filter(Boolean).join(" "), "bad");
