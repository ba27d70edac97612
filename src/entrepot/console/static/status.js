// A status is a shape and a colour, so that nobody needs to tell red from green.
import { h } from "./dom.js";
import { word } from "./i18n.js";

const TONES = {
  good: "paid shipped delivered completed ok done translated valid served collected restocked posted kept",
  busy:
    "in_progress part_shipped authorised running picked_up in_transit arrived out_for_delivery asked returning ready_for_pickup " +
    "promised in_work under_way part_promised part_in_work part_under_way part_served reserved sourced released accepted " +
    "picking packed ready return_authorised in_return received graded coming_back taken_back part_coming_back " +
    "part_taken_back held waiting",
  warn:
    "low part_paid part_refunded quality_hold risk address payment manual attempt_failed customs queued drift findings risk_hold " +
    "backordered uncollected cancel_asked return_asked displaced expired writeback.held phase.waiting",
  bad:
    "out failed quarantined exception unmapped_status refused invalid late_to_ship late_delivery tracking_exception quarantine stockout " +
    "short timed_out lost damaged dead",
  idle: "unpaid open none closed refunded cancelled voided ignored created returned unsigned placed scrapped vendor",
  more: "excess",
};
const BY_CODE = Object.fromEntries(
  Object.entries(TONES).flatMap(([tone, codes]) => codes.split(" ").map((code) => [code, tone])),
);

// A code may mean another thing in another family: "family.code" goes first.
export const tone = (code, family = "") => BY_CODE[`${family}.${code}`] || BY_CODE[code] || "idle";

export function mark(kind) {
  return h(`span.mark.mark-${kind}`, { "aria-hidden": "true" });
}

export function status(family, code) {
  if (!code) return h("span.faint", "—");
  if (code === "none") return h("span.status.faint", "—");
  const kind = tone(code, family);
  return h(`span.status.tone-${kind}`, mark(kind), word(family, code));
}

export function tags(family, codes) {
  return h(
    "span.tags",
    (codes || []).map((code) => h("span.tag.tone-warn", mark("warn"), word(family, code.code || code))),
  );
}
