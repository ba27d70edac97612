// How carriers do, lane by lane: a table one can narrow, more as one asks.
import { get, query } from "./api.js";
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { t } from "./i18n.js";
import { areaName } from "./names.js";
import { empty, failed, skeleton } from "./states.js";
import { makeTable, numeric } from "./table.js";
import { whyValue } from "./why.js";

const PAGE = 40;

// names: Map of node to name; carriers: Map of code to name; only: one carrier's lanes.
export function laneTable(names, carriers, only = "") {
  const place = h("div", skeleton(6));
  const enough = h("input", { type: "checkbox", onchange: () => load() });
  const carrier = h(
    "select.input",
    { "aria-label": t("Carrier"), onchange: () => load() },
    h("option", { value: "" }, t("Every carrier")),
    [...carriers].map(([code, name]) => h("option", { value: code, translate: "no" }, name)),
  );
  const more = h("button.button", { type: "button", onclick: () => load(next) }, t("More lanes"));
  const lanes = makeTable(t("Lane scorecard"), headings(), { below: more });
  let next = "";
  let run = 0;

  async function load(cursor = "") {
    const mine = ++run;
    try {
      const page = await get(
        `/carriers/lanes${query({ carrier: only || carrier.value, enough: enough.checked || "", limit: PAGE, cursor })}`,
      );
      if (mine !== run) return;
      const rows = page.items.map((one) => row(one, names, carriers));
      if (cursor) lanes.add(rows);
      else {
        lanes.show(rows);
        place.replaceChildren(rows.length ? lanes.box : nothing());
      }
      next = page.next;
      more.hidden = !next;
    } catch (error) {
      if (mine === run) place.replaceChildren(failed(error, () => load()));
    }
  }
  load();
  return h("div", h("div.row", only ? "" : carrier, h("label.check", enough, t("30 judged parcels or more"))), place);
}

const nothing = () =>
  empty({
    title: t("No lane scored yet"),
    text: t("Lanes are scored every night from the parcels of the last 90 days."),
    command: "entrepot carriers lanes --refresh",
  });

const headings = () => [
  t("Carrier"),
  t("From"),
  t("To"),
  ...numeric(
    t("Parcels"),
    t("On time"),
    t("Half in, h"),
    t("9 of 10 in, h"),
    t("Lost"),
    t("Damaged"),
    t("Cost a parcel"),
  ),
];

const row = (one, names, carriers) => [
  data(carriers.get(one.carrier) || one.carrier),
  data(names.get(one.node) || one.node),
  data(areaName(one.country, one.province || "")),
  f.number(one.parcels),
  whyValue("lanes", [f.percent(one.on_time_ppm / 1e6), one.is_enough ? "" : h("small", " ≈")], {
    rows: [
      [t("Parcels judged"), f.number(one.judged)],
      [t("On time"), f.number(one.on_time)],
      [t("Late"), f.number(one.late)],
      [t("Judged by the order's promise"), f.number(one.promised)],
      [t("Under way"), f.number(one.open)],
      [t("Sent back"), f.number(one.returned)],
      [t("With trouble on the way"), f.number(one.troubled)],
    ],
    more: one.is_enough ? [] : [h("p.faint", t("Few parcels: the share leans on the carrier's other lanes."))],
  }),
  f.number(one.p50_hours),
  f.number(one.p90_hours),
  f.number(one.lost),
  f.number(one.damaged),
  one.costed ? f.money(Math.round(one.cost / one.costed), one.currency) : "—",
];
