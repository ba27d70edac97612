// What a study's figures are: costs, hours, channels, changes - each says why.
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { isWord, localName, t, word } from "../i18n.js";
import { mark } from "../status.js";
import { numeric, table } from "../table.js";
import { figure, whyValue } from "../why.js";
import { hoursOf, moneyOf, told } from "./network_sites.js";

const SHOWN = 8;

export function strip(study) {
  const { summary, before, after } = study.report;
  const money = moneyOf(study);
  const note = (text) => (text ? [" ", h("small.faint", text)] : "");
  const saved = summary.today === null ? null : summary.today - summary.cost;
  const both = [
    [t("Today, a year"), money(summary.today)],
    [t("Plan, a year"), money(summary.cost)],
  ];
  const hours = (side) => (side ? f.decimal(hoursOf(side)) : "—");
  const best = study.report.before_is === "best" ? t("at its best") : "";
  return h(
    "div.figures",
    figure(t("Today, a year"), [money(summary.today), note(best)], "network_today", told(study, before && sideParts(study, before))),
    figure(t("Plan, a year"), money(summary.cost), "network_plan", told(study, sideParts(study, after))),
    figure(t("Saves"), money(saved), "network_saves", told(study, [...both, [t("Saves"), money(saved)]])),
    figure(
      t("No plan is below"),
      [money(summary.bound), note(t("gap {share}", { share: f.percent(summary.gap) }))],
      "network_bound",
      told(study, [
        [t("Plan, a year"), money(summary.cost)],
        [t("No plan is below"), money(summary.bound)],
        [t("Proven gap"), f.percent(summary.gap)],
        [t("Proven by"), data(study.report.how)],
        [t("Seconds searched"), f.decimal(study.report.seconds)],
      ]),
    ),
    figure(
      t("Sites"),
      `${summary.sites_today ?? "—"} → ${summary.sites}`,
      "network_sites",
      told(study, fates(study)),
    ),
    figure(
      t("Mean hours"),
      `${hours(before)} → ${hours(after)}`,
      "network_hours",
      told(study, after.channels.map((one) => [channelName(one.channel), channelPair(study, one, "mean_hours", f.decimal)])),
    ),
  );
}

const nodeName = (study, id) => localName(study.spots[id] || study.zones[id] || {}, "name") || id;

function fates(study) {
  const word = (does) => (does ? t("stands") : "—");
  return study.report.reasons
    .filter((one) => one.stood || one.stands)
    .map((one) => [data(nodeName(study, one.id)), [word(one.stood), " → ", word(one.stands)]]);
}

const PARTS = () => [
  ["fixed", "network_fixed", t("Sites")],
  ["opening", "network_opening", t("Opening sites")],
  ["closing", "network_closing", t("Closing sites")],
  ["carrying", "network_carrying", t("Carrying classes")],
  ["pooling", "network_pooling", t("Stock")],
  ["between_sites", "network_between_sites", t("Between sites")],
  ["to_zones", "network_to_zones", t("To customers and stores")],
  ["total", "network_total", t("Together")],
];

// Costs that a network does not know are left out.
const partsOf = ({ before, after }) =>
  PARTS().filter(([key]) => key === "total" || after[key] || before?.[key] || key === "fixed" || key === "to_zones");

const sideParts = (study, side) => partsOf(study.report).map(([key, , name]) => [name, moneyOf(study)(side[key] ?? 0)]);

// What a part of the cost is made of, the dearest first; the rest in one line, so that all adds up.
function makings(study, key, side) {
  const money = moneyOf(study);
  const standing = new Set(side.sites.map((one) => one.id));
  const ids = new Set(study.sites.map((one) => one.id));
  const ofSites = (cost, does) =>
    study.sites.filter(does).map((one) => [data(nodeName(study, one.id)), one[cost] / study.cost_scale]);
  const ofFlows = (does) =>
    side.flows
      .filter((one) => ids.has(one.target) === does)
      .map((one) => [data(`${nodeName(study, one.origin)} → ${nodeName(study, one.target)}`), one.cost]);
  const lists = {
    fixed: () => ofSites("fixed_cost", (one) => standing.has(one.id)),
    opening: () => ofSites("opening_cost", (one) => standing.has(one.id) && one.status === "candidate"),
    closing: () => ofSites("closing_cost", (one) => !standing.has(one.id) && one.status === "existing"),
    between_sites: () => ofFlows(true),
    to_zones: () => ofFlows(false),
  };
  const list = (lists[key]?.() ?? []).filter(([, cost]) => cost).toSorted((a, b) => b[1] - a[1]);
  const rest = list.slice(SHOWN);
  return [
    ...list.slice(0, SHOWN).map(([name, cost]) => [name, money(cost)]),
    rest.length > 0 && [
      t("{n} more", { n: f.number(rest.length) }),
      money(rest.reduce((sum, [, cost]) => sum + cost, 0)),
    ],
  ];
}

export function parts(study) {
  const { before, after } = study.report;
  const money = moneyOf(study);
  const shown = (key, why, side) => {
    const rows = key === "total" ? sideParts(study, side) : makings(study, key, side);
    return whyValue(why, money(side[key] ?? 0), told(study, rows));
  };
  return [
    table(
      t("Cost, a year"),
      ["", ...numeric(t("Today"), t("Plan"))],
      partsOf(study.report).map(([key, why, name]) => [
        name,
        before ? shown(key, why, before) : "—",
        shown(key, why, after),
      ]),
    ),
    before && before.broken.length
      ? h("p.notice.tone-warn", mark("warn"), t("Today breaks limits of the network:"), " ", data(before.broken[0]))
      : "",
  ];
}

const channelName = (code) =>
  code === "" ? t("All") : isWord("channel", code) ? word("channel", code) : data(code);

function channelPair(study, one, key, show) {
  const old = study.report.before?.channels.find(({ channel }) => channel === one.channel);
  return `${old ? show(old[key]) : "—"} → ${show(one[key])}`;
}

export function channels(study) {
  const money = moneyOf(study);
  const cell = (one, why, shown) => {
    const rows = [
      [t("Orders"), f.number(one.orders)],
      [t("Transport, a year"), channelPair(study, one, "cost", money)],
      [t("Transport of an order"), channelPair(study, one, "cost", (cost) => money(one.orders ? cost / one.orders : 0))],
      [t("Mean hours"), channelPair(study, one, "mean_hours", f.decimal)],
      [t("95 of 100 within, h"), channelPair(study, one, "hours_95", f.number)],
    ];
    return whyValue(why, shown, told(study, rows));
  };
  return table(
    t("Cost and service by channel"),
    [t("Channel"), ...numeric(t("Orders"), t("Transport, a year"), t("Mean hours"), t("95 of 100 within, h"))],
    study.report.after.channels.map((one) => [
      channelName(one.channel),
      cell(one, "network_channel_orders", f.number(one.orders)),
      cell(one, "network_channel_cost", channelPair(study, one, "cost", money)),
      cell(one, "network_channel_mean_hours", channelPair(study, one, "mean_hours", f.decimal)),
      cell(one, "network_channel_hours_95", channelPair(study, one, "hours_95", f.number)),
    ]),
  );
}

export function changes(study) {
  const money = moneyOf(study);
  const { cost } = study.report.summary;
  const named = (ids) => ids.map((id) => nodeName(study, id)).join(t(", "));
  const behind = (one) =>
    told(study, [
      [t("Plan, a year"), money(cost)],
      [t("Then, a year"), money(one.cost)],
      [t("More or less"), money(one.cost - cost)],
    ]);
  return h(
    "ul.plain-list",
    study.report.changes.map((one) =>
      h(
        "li",
        h(
          "span",
          one.what === "transport" ? t("Transport") : t("Sites"),
          ` ${one.percent > 0 ? "+" : "−"}${Math.abs(one.percent)} %`,
        ),
        h("strong", whyValue("network_change", money(one.cost), behind(one))),
        one.opens.length + one.closes.length
          ? h(
              "span",
              one.opens.length ? [t("opens"), " ", data(named(one.opens)), " "] : "",
              one.closes.length ? [t("closes"), " ", data(named(one.closes))] : "",
            )
          : h("span.faint", t("same sites")),
      ),
    ),
  );
}

// The points of the curve as a table: what a chart shows, to be asked.
export function points(study) {
  const money = moneyOf(study);
  const { summary, curve } = study.report;
  return table(
    t("How many sites"),
    [t("Sites"), ...numeric(t("Cost"), t("No plan is below"), t("Mean hours"))],
    curve.map((one) => {
      const rows = [
        [t("Sites"), f.number(one.sites)],
        [t("Cost"), money(one.cost)],
        [t("No plan is below"), money(one.bound)],
        [t("Proven gap"), f.percent(one.cost ? Math.max(0, one.cost - one.bound) / one.cost : 0)],
        [t("More than the plan"), money(one.cost - summary.cost)],
        [t("Mean hours"), f.decimal(one.mean_hours)],
        [t("95 of 100 within, h"), f.number(one.hours_95)],
      ];
      const shown = (value) => whyValue("network_point", value, told(study, rows));
      return [f.number(one.sites), shown(money(one.cost)), shown(money(one.bound)), shown(f.decimal(one.mean_hours))];
    }),
  );
}
