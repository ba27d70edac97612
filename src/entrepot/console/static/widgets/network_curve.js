// Cost, bound and hours by number of sites.
import { axis, makeChart, token } from "../chart.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { moneyOf } from "./network_sites.js";

// Of the chart's height: nearer, two lines of text lie over each other.
const SAME_HEIGHT = 0.1;
const PART_PX = 8;

export async function curveChart(place, study) {
  const canvas = h("div.chart.tall", { role: "img", "aria-label": t("How many sites") });
  place.replaceChildren(canvas);
  const chart = await makeChart(canvas, (points) => curveOptions(points, moneyOf(study)));
  chart.draw(study.report.curve);
}

function curveOptions(points, money) {
  const named = (text, up = 0) => ({
    show: true,
    formatter: text,
    fontSize: 11,
    color: token("ink-2"),
    distance: 4,
    offset: [0, -up],
  });
  const least = Math.min(...points.map((one) => one.bound));
  const most = Math.max(...points.map((one) => one.cost));
  const pad = Math.max((most - least) * 0.15, most * 0.005);
  const longest = Math.max(...points.map((one) => one.mean_hours)) * 1.15 || 1;
  // Names of lines that end at one height part: each axis has its own scale, so heights are compared, not values.
  const last = points[points.length - 1];
  const above = (last.cost - least + pad) / (most - least + 2 * pad) - last.mean_hours / longest;
  const part = Math.abs(above) < SAME_HEIGHT ? (above < 0 ? -PART_PX : PART_PX) : 0;
  const line = (name, values, color, more = {}) => ({
    name,
    type: "line",
    data: values,
    color,
    symbol: "circle",
    symbolSize: 6,
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
      axis({ type: "value", min: 0, max: longest, splitLine: { show: false }, axisLabel: { show: false } }),
    ],
    series: [
      line(t("cost"), points.map((one) => one.cost), token("accent"), { endLabel: named(t("cost"), part) }),
      line(t("bound"), points.map((one) => one.bound), token("ink-3"), {
        symbol: "none",
        lineStyle: { type: "dashed", width: 1.2 },
      }),
      line(t("hours"), points.map((one) => one.mean_hours), token("series-2"), {
        yAxisIndex: 1,
        endLabel: named(t("hours"), -part),
      }),
    ],
  };
}
