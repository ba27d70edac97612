// Units by date as a band: what is sure (p90), likely (p50) and possible (p10). Steps, for supply comes in lots.
import { axis, makeChart, token } from "./chart.js";
import { h } from "./dom.js";
import { number } from "./format.js";
import { t } from "./i18n.js";
import { told } from "./told.js";

const DAY = 86_400_000;
const FEWEST_DAYS = 14;
const day = new Intl.DateTimeFormat(told.locale, { timeZone: "UTC", month: "numeric", day: "numeric" });

// points: [{ day: "2026-11-02", p10, p50, p90 }], each level holding from its day on.
export async function bandChart(place, label) {
  const canvas = h("div.chart.tall", { role: "img", "aria-label": label });
  place.replaceChildren(canvas);
  return makeChart(canvas, options);
}

function options(points) {
  const known = points.map((point) => ({ ...point, at: Date.parse(point.day) }));
  const last = known.at(-1);
  const end = Math.max(known[0].at + FEWEST_DAYS * DAY, last.at + 3 * DAY);
  const steps = [...known, { ...last, at: end }];
  const line = (name, of, more = {}) => ({
    name,
    type: "line",
    step: "end",
    symbol: "none",
    data: steps.map((one) => [one.at, of(one)]),
    lineStyle: { width: 1.4 },
    color: token("accent"),
    ...more,
  });
  const named = (text) => ({ show: true, formatter: text, fontSize: 11, color: token("ink-2"), distance: 4 });
  return {
    grid: { left: 8, right: 56, top: 16, bottom: 6, containLabel: true },
    xAxis: axis({
      type: "time",
      max: end,
      splitLine: { show: false },
      axisLabel: { color: token("ink-3"), fontSize: 11, hideOverlap: true, formatter: (at) => day.format(at) },
    }),
    yAxis: axis({ type: "value", min: 0, minInterval: 1, axisLine: { show: false } }),
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: token("surface"),
      borderColor: token("line"),
      textStyle: { color: token("ink"), fontSize: 12 },
      formatter: (shown) => said(levelAt(known, shown[0].axisValue), shown[0].axisValue),
    },
    series: [
      line(t("sure, 9 of 10"), (one) => one.p90, { stack: "band", endLabel: named(t("sure")) }),
      line("", (one) => one.p10 - one.p90, {
        stack: "band",
        lineStyle: { width: 0 },
        areaStyle: { color: token("accent"), opacity: 0.14 },
      }),
      line(t("likely"), (one) => one.p50, { lineStyle: { width: 1.4, type: "dashed" }, endLabel: named(t("likely")) }),
    ].map((one) => ({ ...one, labelLayout: { moveOverlap: "shiftY" } })),
  };
}

const levelAt = (known, at) => known.findLast((one) => one.at <= at) || known[0];

function said(level, at) {
  return h(
    "div",
    h("div.faint", day.format(at)),
    h("div", t("sure, 9 of 10"), " ", h("strong", number(level.p90))),
    h("div", t("likely"), " ", h("strong", number(level.p50))),
    h("div", t("possible, 1 of 10"), " ", h("strong", number(level.p10))),
  );
}
