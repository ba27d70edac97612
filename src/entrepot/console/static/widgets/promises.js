// Are promises kept: by month beside the target, by lane and channel, and which orders are at risk now.
import { get, query } from "../api.js";
import { coverageChart } from "../coverage.js";
import { data, h } from "../dom.js";
import { explained, facts, section } from "../facts.js";
import * as f from "../format.js";
import { isWord, t, word } from "../i18n.js";
import { nodeNames } from "../names.js";
import { keptShare, laneName } from "../promise.js";
import { pastOrders } from "../promise_past.js";
import { promiseForm } from "../promise_quote.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { makeTable, numeric } from "../table.js";
import { figure, whyValue } from "../why.js";

const ALL = "*";
const MONTHS = 24;

export async function fill(place, { may_run: mayRun }) {
  place.replaceChildren(skeleton(12));
  try {
    const [quality, risks, names] = await Promise.all([
      get(`/promises/quality${query({ months: MONTHS })}`),
      get("/promises?limit=50"),
      nodeNames(),
    ]);
    await draw(place, quality, risks, names, mayRun);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { may_run: mayRun })));
  }
}

async function draw(place, { items: rows, model }, risks, names, mayRun) {
  const chart = h("div");
  const whole = rows.filter((one) => one.lane === ALL && one.channel === ALL);
  if (!model) return place.replaceChildren(nothing());
  const judged = whole.filter((one) => one.judged);
  place.replaceChildren(
    strip(judged, risks),
    h(
      "div.columns",
      h(
        "div.column-main",
        explained(
          t("Promises kept, by month"),
          "promise_coverage",
          judged.length ? chart : h("p.faint", t("No promise is due yet.")),
        ),
        explained(t("On past orders"), "promise_backtest", pastOrders(mayRun)),
        section(t("By lane and channel"), groups(rows)),
      ),
      h(
        "div.column-side",
        explained(t("At risk now"), "promise_risk", atRisk(risks)),
        explained(t("What would be promised?"), "promise", promiseForm(names)),
        section(t("Model in force"), modelFacts(model)),
      ),
    ),
  );
  if (judged.length) {
    const drawn = await coverageChart(chart);
    drawn.draw(
      judged
        .toReversed()
        .map((one) => ({ month: one.month.slice(0, 7), kept: one.coverage, target: one.expected_coverage })),
    );
  }
  return undefined;
}

const nothing = () =>
  empty({
    title: t("Nothing promised yet"),
    text: t("A model learns delivery times from what arrived; then every order is given the date it will keep."),
    command: "entrepot promise fit",
  });

const modelFacts = (model) =>
  facts([
    [t("Version"), data(model.version, "mono")],
    [t("Knows all before"), data(model.as_of)],
    [t("Learned from"), t("{n} orders", { n: f.number(model.orders) })],
    [t("of them delivered"), f.number(model.deliveries)],
    [t("Made"), f.time(model.fitted_at, f.minute)],
    [t("Number"), f.number(model.id)],
  ]);

const channelName = (code) => (isWord("channel", code) ? word("channel", code) : data(code));

function strip(months, risks) {
  const [now] = months;
  const behind = now && [
    [t("Month"), data(now.month.slice(0, 7))],
    [t("Promises due"), f.number(now.judged)],
    [t("Late"), f.number(now.late)],
    [t("Target"), f.percent(now.expected_coverage)],
  ];
  return h(
    "div.figures",
    now && figure(t("Kept, newest month"), f.percent(now.coverage), "promise_coverage", { rows: behind }),
    now && figure(t("Target"), f.percent(now.expected_coverage), "promise_coverage", { rows: behind }),
    now && figure(t("Days promised"), f.decimal(now.mean_days), "promise_days"),
    now && figure(t("Promised anew"), f.number(now.moved), "repromised"),
    figure(t("At risk now"), [f.number(risks.total ?? risks.items.length), risks.next ? "+" : ""], "promise_risk"),
  );
}

// Lanes or channels of a month, the largest first.
function groups(rows) {
  const months = [...new Set(rows.map((one) => one.month))];
  const grouped = makeTable(
    t("By lane and channel"),
    [
      t("Lane or channel"),
      ...numeric(t("Orders"), t("Due"), t("Kept"), t("Target"), t("Days promised"), t("Promised anew")),
    ],
    { kind: ".limited" },
  );
  const by = h(
    "select.input",
    { "aria-label": t("By"), onchange: show },
    h("option", { value: "lane" }, t("Lane")),
    h("option", { value: "channel" }, t("Channel")),
  );
  const month = h(
    "select.input",
    { "aria-label": t("Month"), onchange: show },
    months.map((one) => h("option", { value: one, translate: "no" }, one.slice(0, 7))),
  );
  function show() {
    const other = by.value === "lane" ? "channel" : "lane";
    const some = rows.filter((one) => one.month === month.value && one[by.value] !== ALL && one[other] === ALL);
    grouped.show(some.map((one) => line(one, by.value)));
  }
  if (!months.length) return h("p.faint", t("No promise is due yet."));
  show();
  return h("div", h("div.row", by, month), grouped.box);
}

const line = (one, by) => [
  by === "channel" ? channelName(one.channel) : laneName(one.lane),
  f.number(one.orders),
  f.number(one.judged),
  one.judged
    ? whyValue("promise_coverage", keptShare(one.coverage, one.expected_coverage, one.judged), {
        rows: [[t("Late"), f.number(one.late)]],
      })
    : "—",
  f.percent(one.expected_coverage),
  f.decimal(one.mean_days),
  f.number(one.moved),
];

function atRisk({ items, next }) {
  if (!items.length)
    return h("p.calm-line", h("span.tone-good", mark("good")), t("No open order is likely to miss its date."));
  return [
    h(
      "ul.risks",
      items.map((one) =>
        h(
          "li",
          h(
            "a.link",
            { href: `/orders/${encodeURIComponent(one.order_id)}` },
            data(one.order_id.split(":").at(-1), "mono"),
          ),
          whyValue("promise_risk", h("strong.tone-bad", f.percent(one.late_chance)), {
            rows: [
              [t("Promised"), data(one.promised)],
              [t("Likely"), data(one.likely)],
              [t("Lane"), laneName(one.lane)],
              [t("Looked at"), f.time(one.looked_at, f.minute)],
            ],
          }),
          h("span.faint", channelName(one.channel), " · ", one.is_shipped ? t("on its way") : t("not shipped")),
          h("span.faint", t("promised"), " ", data(one.promised), " → ", t("likely"), " ", data(one.likely)),
        ),
      ),
    ),
    next ? h("p.faint", t("More are at risk; these are the worst.")) : "",
  ];
}
