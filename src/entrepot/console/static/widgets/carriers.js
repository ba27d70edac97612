// Carriers at a glance, what a parcel costs, how lanes do, and rate cards in.
import { get } from "../api.js";
import { data, h } from "../dom.js";
import { explained, section } from "../facts.js";
import * as f from "../format.js";
import { localName, t } from "../i18n.js";
import { nodeNames } from "../names.js";
import { quoteForm } from "../quote.js";
import { importForm } from "../rates.js";
import { empty, failed, skeleton } from "../states.js";
import { laneTable } from "../lanes.js";

export async function fill(place, { may_act: mayAct }) {
  place.replaceChildren(skeleton(12));
  try {
    const [page, names] = await Promise.all([get("/carriers"), nodeNames()]);
    draw(place, page.items, names, mayAct);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { may_act: mayAct })));
  }
}

function draw(place, items, names, mayAct) {
  const again = () => get("/carriers").then((page) => cards.replaceChildren(...page.items.map(card)));
  const cards = h("div.carrier-cards", items.map(card));
  const called = new Map(items.map((one) => [one.id, localName(one, "name") || one.id]));
  place.replaceChildren(
    items.length ? "" : nothing(),
    cards,
    h(
      "div.columns",
      h(
        "div.column-main",
        explained(t("What does a parcel cost?"), "quote", quoteForm(names, called)),
        explained(t("Lane scorecard"), "lanes", laneTable(names, called)),
      ),
      h("div.column-side", mayAct && section(t("Import a rate card"), importForm(again))),
    ),
  );
}

const nothing = () =>
  empty({
    title: t("No carrier yet"),
    text: t("Import a rate card: carriers, services, zones, weight steps and surcharges come in one file."),
    command: "entrepot carriers import FILE.csv",
  });

function card(one) {
  return h(
    "a.carrier-card",
    { href: `/carriers/${encodeURIComponent(one.id)}` },
    h("h2", data(localName(one, "name") || one.id), data(one.id, "mono.faint")),
    h(
      "ul.services",
      one.services.map((service) =>
        h(
          "li",
          data(localName(service, "name") || service.service),
          service.closed_lanes ? h("span.tone-warn", t("{n} lanes closed", { n: f.number(service.closed_lanes) })) : "",
        ),
      ),
    ),
    one.judged === 0
      ? h("p.carrier-score.faint", t("No parcel judged yet"))
      : h(
          "p.carrier-score",
          h("strong", one.on_time_ppm === null ? "—" : f.percent(one.on_time_ppm / 1e6)),
          h("span.faint", " ", t("on time")),
          h(
            "span.faint",
            one.p50_hours === null
              ? ""
              : [" · ", f.duration(one.p50_hours * 3_600_000), "–", f.duration(one.p90_hours * 3_600_000)],
          ),
          h("span.faint", " · ", t("{n} parcels", { n: f.number(one.parcels) })),
        ),
  );
}
