// The share of promises kept, month by month, beside the share aimed at.
import { axis, makeChart, token } from "./chart.js";
import { h } from "./dom.js";
import { percent, wholePercent as whole } from "./format.js";
import { t } from "./i18n.js";

// months: [{ month: "2026-10", kept, target }], the oldest first.
export async function coverageChart(place) {
  const canvas = h("div.chart.tall", { role: "img", "aria-label": t("Promises kept, by month") });
  place.replaceChildren(canvas);
  return makeChart(canvas, options);
}

function options(months) {
  const least = Math.min(...months.flatMap(({ kept, target }) => [kept, target]));
  const named = (text) => ({ show: true, formatter: text, fontSize: 11, color: token("ink-2"), distance: 6 });
  return {
    grid: { left: 8, right: 64, top: 16, bottom: 6, containLabel: true },
    xAxis: axis({
      type: "category",
      data: months.map((one) => one.month),
      boundaryGap: months.length === 1,
      splitLine: { show: false },
    }),
    yAxis: axis({
      type: "value",
      min: Math.max(0, Math.floor(least * 20 - 1) / 20),
      max: 1,
      interval: 0.05,
      axisLine: { show: false },
      axisLabel: { color: token("ink-3"), fontSize: 11, formatter: (share) => whole(share) },
    }),
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: token("surface"),
      borderColor: token("line"),
      textStyle: { color: token("ink"), fontSize: 12 },
      valueFormatter: percent,
    },
    series: [
      {
        name: t("kept"),
        type: "line",
        data: months.map((one) => one.kept),
        color: token("accent"),
        symbol: "circle",
        symbolSize: 6,
        lineStyle: { width: 1.8 },
        endLabel: named(t("kept")),
      },
      {
        name: t("target"),
        type: "line",
        data: months.map((one) => one.target),
        color: token("ink-3"),
        symbol: months.length > 1 ? "none" : "emptyCircle",
        symbolSize: 6,
        lineStyle: { width: 1.2, type: "dashed" },
        endLabel: named(t("target")),
      },
    ].map((one) => ({ ...one, labelLayout: { moveOverlap: "shiftY" } })),
  };
}
