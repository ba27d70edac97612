// A status is a shape and a colour, so that nobody needs to tell red from green.
import { h } from "./dom.js";
import { word } from "./i18n.js";

const TONES = {
  good: "paid shipped delivered completed ok done translated valid",
  busy: "in_progress part_shipped authorised running picked_up in_transit arrived out_for_delivery asked returning ready_for_pickup",
  warn: "low part_paid part_refunded quality_hold risk address payment manual attempt_failed customs queued drift findings",
  bad: "out failed quarantined exception unmapped_status refused invalid late_to_ship late_delivery tracking_exception quarantine stockout",
  idle: "unpaid open none closed refunded cancelled voided ignored created returned unsigned",
  more: "excess",
};
const BY_CODE = Object.fromEntries(
  Object.entries(TONES).flatMap(([tone, codes]) => codes.split(" ").map((code) => [code, tone])),
);

export const tone = (code) => BY_CODE[code] || "idle";

export function mark(kind) {
  return h(`span.mark.mark-${kind}`, { "aria-hidden": "true" });
}

export function status(family, code) {
  if (!code) return h("span.faint", "—");
  if (code === "none") return h("span.status.faint", "—");
  return h(`span.status.tone-${tone(code)}`, mark(tone(code)), word(family, code));
}

export function tags(family, codes) {
  return h(
    "span.tags",
    (codes || []).map((code) => h("span.tag.tone-warn", mark("warn"), word(family, code.code || code))),
  );
}
