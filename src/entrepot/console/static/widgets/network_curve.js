// Cost, bound and hours by number of sites.
import { axis, makeChart, token } from "../chart.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { moneyOf } from "./network_sites.js";

export async function curveChart(place, study) {
  const canvas = h("div.chart.tall", { role: "img", "aria-label": t("How many sites") });
  place.replaceChildren(canvas);
  const chart = await makeChart(canvas, (points) => curveOptions(points, moneyOf(study)));
  chart.draw(study.report.curve);
}

function curveOptions(points, money) {
  const named = (text) => ({ show: true, formatter: text, fontSize: 11, color: token("ink-2"), distance: 4 });
  const least = Math.min(...points.map((one) => one.bound));
  const most = Math.max(...points.map((one) => one.cost));
  const pad = Math.max((most - least) * 0.15, most * 0.005);
  const line = (name, values, color, more = {}) => ({
    name,
    type: "line",
    data: values,
    color,
    symbol: "circle",
    symbolSize: 6,
    endLabel: named(name),
    ...more,
  });
  return {
    grid: { left: 8, right: 56, top: 16, bottom: 6, containLabel: true },
    xAxis: axis({ type: "category", data: points.map((one) => String(one.sites)), splitLine: { show: false } }),
    yAxis: [
      axis({
        type: "value",
        min: least - pad,
        max: most + pad,
        axisLabel: { color: token("ink-3"), fontSize: 11, formatter: money, showMinLabel: false, showMaxLabel: false },
      }),
      axis({ type: "value", min: 0, splitLine: { show: false }, axisLabel: { show: false } }),
    ],
    series: [
      line(t("cost"), points.map((one) => one.cost), token("accent")),
      line(t("bound"), points.map((one) => one.bound), token("ink-3"), {
        symbol: "none",
        lineStyle: { type: "dashed", width: 1.2 },
        endLabel: { show: false },
      }),
      line(t("hours"), points.map((one) => one.mean_hours), token("series-2"), { yAxisIndex: 1 }),
    ].map((one) => ({ ...one, labelLayout: { moveOverlap: "shiftY" } })),
  };
}
