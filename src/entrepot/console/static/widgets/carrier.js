// One carrier: its cards with zones, weight steps and surcharges, cut-offs, room of the next days, its lanes.
import { get } from "../api.js";
import { data, h } from "../dom.js";
import { explained, facts, section } from "../facts.js";
import * as f from "../format.js";
import { localName, t, word } from "../i18n.js";
import { laneTable } from "../lanes.js";
import { areaName, nodeNames } from "../names.js";
import { failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { numeric, table } from "../table.js";
import { told } from "../told.js";
import { figure } from "../why.js";

const weekdays = new Intl.DateTimeFormat(told.locale, { weekday: "short", timeZone: "UTC" });
// 1 is Monday; 2024-01-01 was one.
const weekday = (number) => weekdays.format(Date.UTC(2024, 0, number));
const kilograms = (grams) => (grams === null ? t("and above") : t("{n} kg", { n: f.decimal(grams / 1000) }));

export async function fill(place, { id }) {
  place.replaceChildren(skeleton(12));
  try {
    const [carrier, names] = await Promise.all([get(`/carriers/${encodeURIComponent(id)}`), nodeNames()]);
    draw(place, carrier, names);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { id })));
  }
}

function draw(place, carrier, names) {
  const name = localName(carrier, "name") || carrier.id;
  document.querySelector("h1").textContent = name;
  place.replaceChildren(
    strip(carrier, name),
    h(
      "div.columns",
      h(
        "div.column-main",
        carrier.cards.map((card) => section(localName(card, "name") || card.service, cardBody(card))),
        section(t("Room of the next days"), loads(carrier, names)),
        explained(t("Lane scorecard"), "lanes", laneTable(names, new Map([[carrier.id, name]]), carrier.id)),
      ),
      h(
        "div.column-side",
        section(t("Works on"), workingDays(carrier)),
        section(t("Cut-offs"), cutOffs(carrier, names)),
      ),
    ),
  );
}

function strip(carrier, name) {
  return h(
    "div.figures",
    h("div.figure.wide", data(name), h("span.faint", data(carrier.id, "mono"))),
    figure(t("On time"), carrier.on_time_ppm === null ? "—" : f.percent(carrier.on_time_ppm / 1e6), "lanes", {
      rows: [
        [t("Parcels"), f.number(carrier.parcels)],
        [t("Parcels judged"), f.number(carrier.judged)],
      ],
    }),
    figure(t("Parcels, 90 days"), f.number(carrier.parcels)),
    figure(t("Lost"), f.number(carrier.lost)),
    figure(t("Half in, h"), f.number(carrier.p50_hours)),
    figure(t("9 of 10 in, h"), f.number(carrier.p90_hours)),
  );
}

function cardBody(card) {
  return [
    facts(
      [
        [t("Version"), f.number(card.version)],
        [t("In force since"), data(card.valid_from)],
        card.valid_to && [t("Until"), data(card.valid_to)],
        [t("Currency"), data(card.currency)],
        [
          t("Volumetric divisor"),
          card.divisor ? t("{n} cm³ a kg", { n: f.number(card.divisor) }) : t("volume costs nothing"),
        ],
        card.max_weight_g && [t("Heaviest"), kilograms(card.max_weight_g)],
        card.max_longest_mm && [t("Longest side"), t("{n} cm", { n: f.number(card.max_longest_mm / 10) })],
        [t("Dangerous goods"), card.takes_hazmat ? t("taken") : t("not taken")],
      ],
      ".inline",
    ),
    card.closed_lanes
      ? h(
          "p.notice.tone-warn",
          mark("warn"),
          t("{n} lanes are closed: their rows could not be read.", { n: f.number(card.closed_lanes) }),
        )
      : "",
    brackets(card),
    surcharges(card),
    h("details", h("summary", t("{n} lanes", { n: f.number(card.lane_terms.length) })), laneTerms(card)),
  ];
}

const brackets = ({ brackets: list, currency }) =>
  table(
    t("Weight steps"),
    [t("Zone"), ...numeric(t("Up to"), t("First weight"), t("Price of it"), t("Each further"), t("Price of that"))],
    list.map((one) => [
      data(one.zone, "mono"),
      kilograms(one.up_to_g),
      one.first_g ? kilograms(one.first_g) : "—",
      f.money(one.base, currency),
      one.step_g ? kilograms(one.step_g) : "—",
      one.step_g ? f.money(one.step_price, currency) : "—",
    ]),
  );

function surcharges({ surcharges: list, currency }) {
  if (!list.length) return "";
  const amount = (one) =>
    [
      one.percent_bp && t("{n} % of the freight", { n: f.decimal(one.percent_bp / 100) }),
      one.amount && f.money(one.amount, currency),
      one.per_kg && t("{money} a kg", { money: f.money(one.per_kg, currency) }),
    ]
      .filter(Boolean)
      .join(" + ");
  return h(
    "ul.plain-list",
    list.map((one) =>
      h(
        "li",
        h("span", word("price_part", one.kind)),
        h("strong", amount(one)),
        one.destination === "*" ? "" : data(area(one.destination), "faint"),
      ),
    ),
  );
}

// Areas are keys such as country:CN, province:CN:浙江, city:CN:浙江/杭州 and node:RDC-1.
function area(key) {
  if (key === "*") return t("everywhere");
  const [kind, first, ...rest] = key.split(":");
  const [province, ...city] = rest.join(":").split("/");
  return kind === "node" ? first : [areaName(first, province), ...city].join(" ");
}

const laneTerms = ({ lane_terms: list }) =>
  table(
    t("Lanes"),
    [t("From"), t("To"), t("Zone"), ...numeric(t("Working days"))],
    list.map((one) => [
      data(area(one.origin)),
      data(area(one.destination)),
      one.zone ? data(one.zone, "mono") : h("span.tone-warn", mark("warn"), " ", data(one.why)),
      f.number(one.transit_days),
    ]),
    { kind: ".low" },
  );

function workingDays(carrier) {
  return [
    h(
      "p",
      carrier.weekdays.map(weekday).join(" "),
      carrier.holidays ? h("span.faint", " ", t("but for the holidays of"), " ", data(carrier.holidays)) : "",
    ),
    h("p.faint", t("Time zone:"), " ", data(carrier.zone)),
    carrier.own_days.length
      ? h(
          "ul.plain-list",
          carrier.own_days.map((one) => h("li", data(one.day), h("span", one.works ? t("works") : t("rests")))),
        )
      : "",
  ];
}

// Of each node: the days that share a time stand together.
function cutOffs({ cut_offs: list }, names) {
  if (!list.length) return h("p.faint", t("It comes at the end of each of its working days."));
  return h(
    "ul.plain-list.low",
    { tabindex: "0", "aria-label": t("Cut-offs") },
    [...Map.groupBy(list, (one) => `${one.node} ${one.at}`).values()].map((group) =>
      h(
        "li",
        data(names.get(group[0].node) || group[0].node),
        h("span.faint", group.length === 7 ? t("every day") : group.map((one) => weekday(one.weekday)).join(" ")),
        h("strong", data(group[0].at.slice(0, 5))),
      ),
    ),
  );
}

// A node a row, the next days side by side: parcels given of those it takes.
function loads({ loads: list }, names) {
  if (!list.length) return h("p.faint", t("No limit, and nothing given to it yet."));
  const days = [...new Set(list.map((one) => one.day))];
  return table(
    t("Room of the next days"),
    [t("Node"), ...numeric(...days.map((one) => data(one.slice(5))))],
    [...Map.groupBy(list, (one) => one.node)].map(([node, row]) => [data(names.get(node) || node), ...row.map(room)]),
    { kind: ".low.plain" },
  );
}

const room = ({ parcels, capacity }) =>
  capacity === null ? f.number(parcels) : [f.number(parcels), h("span.faint", `/${f.number(capacity)}`)];
