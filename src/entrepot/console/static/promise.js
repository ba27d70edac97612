// What was promised for an order: the date, how sure it is, the spread behind it, and every date before it.
import { get } from "./api.js";
import { spread } from "./bars.js";
import { data, h } from "./dom.js";
import { facts } from "./facts.js";
import * as f from "./format.js";
import { isWord, t, word } from "./i18n.js";
import { failed, skeleton } from "./states.js";
import { provinceName } from "./names.js";
import { mark } from "./status.js";
import { whyValue } from "./why.js";

// Within so many points of the target a promise is neither too short nor too long.
const CLOSE = 0.02;
// Fewer judged promises than these say little.
const ENOUGH = 30;

// The share kept of those judged: below the target buyers wait in vain, far above it promises are longer than need be.
export function keptShare(kept, target, judged) {
  const off = kept - target;
  const tone = judged < ENOUGH ? "idle" : Math.abs(off) <= CLOSE ? "good" : off < 0 ? "bad" : "more";
  return h(`span.status.tone-${tone}`, mark(tone), f.percent(kept));
}

// From where to where; what nobody knows of it is a question mark.
export function laneName(lane) {
  const ends = lane.split(" > ").map((end) => end.trim());
  return ends.length < 2 ? h("span.faint", t("not known")) : data(ends.map((end) => provinceName(end) || "?").join(" → "));
}

export async function fillPromise(place, { id }) {
  place.replaceChildren(skeleton(3));
  try {
    place.replaceChildren(...draw((await get(`/orders/${encodeURIComponent(id)}/promise`)).items));
  } catch (error) {
    if (error.status === 404)
      place.replaceChildren(
        h("p.faint", t("We gave no date of our own; what the channel promised stands under the times.")),
      );
    else place.replaceChildren(failed(error, () => fillPromise(place, { id })));
  }
}

function draw([newest, ...earlier]) {
  return [
    h(
      "p.verdict",
      h("span.verdict-node", whyValue("promise", data(newest.promised), { rows: spreadRows(newest.distribution) })),
      h("span.faint", t("kept in {share} of such orders", { share: f.percent(newest.quantile) })),
    ),
    spread(
      newest.distribution,
      [{ date: newest.promised, name: t("promised"), tone: "warn" }],
      t("Likely days of delivery and the promised date"),
    ),
    facts([
      [t("Middle"), data(newest.distribution.p50)],
      [t("8 of 10 between"), [data(newest.distribution.p10), " – ", data(newest.distribution.p90)]],
      [t("Lane"), laneName(newest.lane)],
      [t("Made by"), isWord("promised_by", newest.source) ? word("promised_by", newest.source) : data(newest.source)],
      [t("Made"), f.time(newest.as_of, f.minute)],
      [t("Model"), f.number(newest.model)],
    ]),
    earlier.length
      ? h(
          "div",
          h("h3", t("Earlier dates")),
          h(
            "ul.plain-list",
            earlier.map((one) => h("li", data(one.promised), h("span.faint", f.time(one.as_of, f.minute)))),
          ),
          h(
            "p.faint",
            t("Promised anew when the date before it had a chance of {share} to be missed.", {
              share: f.percent(newest.late_chance),
            }),
          ),
        )
      : "",
  ];
}

const NAMES = ["p10", "p25", "p50", "p75", "p90", "p95"];

export const spreadRows = (dates) =>
  NAMES.filter((name) => dates[name]).map((name) => [t("{n} of 100 by", { n: name.slice(1) }), data(dates[name])]);
