// How carriers do, lane by lane: a table one can narrow, more as one asks.
import { get, query } from "./api.js";
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { t } from "./i18n.js";
import { areaName } from "./names.js";
import { empty, failed, skeleton } from "./states.js";
import { whyValue } from "./why.js";

const PAGE = 40;

// names: Map of node to name; carriers: Map of code to name; only: one carrier's lanes.
export function laneTable(names, carriers, only = "") {
  const body = h("tbody");
  const place = h("div", skeleton(6));
  const enough = h("input", { type: "checkbox", onchange: start });
  const carrier = h(
    "select.input",
    { "aria-label": t("Carrier"), onchange: start },
    h("option", { value: "" }, t("Every carrier")),
    [...carriers].map(([code, name]) => h("option", { value: code, translate: "no" }, name)),
  );
  const more = h("button.button", { type: "button", onclick: () => load() }, t("More lanes"));
  let cursor = "";

  function start() {
    cursor = "";
    load();
  }
  async function load() {
    try {
      const page = await get(
        `/carriers/lanes${query({ carrier: only || carrier.value, enough: enough.checked || "", limit: PAGE, cursor })}`,
      );
      if (!cursor) body.replaceChildren();
      body.append(...page.items.map((one) => row(one, names, carriers)));
      cursor = page.next;
      more.hidden = !cursor;
      place.replaceChildren(body.children.length ? table(body, more) : nothing());
    } catch (error) {
      place.replaceChildren(failed(error, start));
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

function table(body, more) {
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": t("Lane scorecard") },
    h(
      "table.table",
      h(
        "thead",
        h(
          "tr",
          [t("Carrier"), t("From"), t("To")].map((text) => h("th", { scope: "col" }, text)),
          [
            t("Parcels"),
            t("On time"),
            t("Half in, h"),
            t("9 of 10 in, h"),
            t("Lost"),
            t("Damaged"),
            t("Cost a parcel"),
          ].map((text) => h("th.num", { scope: "col" }, text)),
        ),
      ),
      body,
    ),
    more,
  );
}

function row(one, names, carriers) {
  return h(
    "tr",
    h("td", data(carriers.get(one.carrier) || one.carrier)),
    h("td", data(names.get(one.node) || one.node)),
    h("td", data(areaName(one.country, one.province || ""))),
    h("td.num", f.number(one.parcels)),
    h(
      "td.num",
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
    ),
    h("td.num", f.number(one.p50_hours)),
    h("td.num", f.number(one.p90_hours)),
    h("td.num", f.number(one.lost)),
    h("td.num", f.number(one.damaged)),
    h("td.num", one.costed ? f.money(Math.round(one.cost / one.costed), one.currency) : "—"),
  );
}
