// Orders per hour, a line a channel, named at its end.
import { axis, makeChart, palette, token } from "../chart.js";
import { h } from "../dom.js";
import { hour, minute, number } from "../format.js";
import { t, word } from "../i18n.js";
import { listen } from "../live.js";
import { empty, failed, skeleton } from "../states.js";
import { isPhone, told } from "../told.js";

export async function fill(place) {
  place.replaceChildren(skeleton(6));
  let chart = null;
  let drawn = "";
  listen("/tower", 5, {
    next: async ({ orders_per_hour: counts }) => {
      const now = JSON.stringify(counts || []);
      if (now === drawn) return;
      drawn = now;
      if (!counts?.length) {
        chart?.chart.dispose();
        chart = null;
        return place.replaceChildren(
          empty({ title: t("No orders in the last 72 hours"), text: t("The line starts with the first order.") }),
        );
      }
      if (!chart) {
        const canvas = h("div.chart", { role: "img", "aria-label": t("Orders by channel, per hour") });
        place.replaceChildren(canvas);
        chart = await makeChart(canvas, options);
      }
      chart.draw(counts);
    },
    failed: (error, last) => last || place.replaceChildren(failed(error)),
  });
}

function options(counts) {
  const hours = everyHour(counts);
  const channels = byWeight(counts);
  const colours = palette();
  const at = new Map(counts.map((one) => [`${one.channel} ${Date.parse(one.hour)}`, one.orders]));
  const series = channels.map((channel, i) => {
    const values = hours.map((when) => at.get(`${channel} ${when}`) || 0);
    return {
      name: word("channel", channel),
      type: "line",
      data: values,
      symbol: "none",
      lineStyle: { width: 1.6 },
      color: colours[i % colours.length],
      endLabel: { show: !isPhone(), formatter: "{a}", color: colours[i % colours.length], fontSize: 11, distance: 4 },
      labelLayout: { moveOverlap: "shiftY" },
      emphasis: { focus: "series" },
    };
  });
  return {
    grid: { left: 8, right: isPhone() ? 8 : 92, top: isPhone() ? 40 : 16, bottom: 6, containLabel: true },
    legend: {
      show: isPhone(),
      top: 0,
      left: 0,
      icon: "roundRect",
      itemWidth: 10,
      itemHeight: 3,
      textStyle: { color: token("ink-2"), fontSize: 11 },
    },
    xAxis: axis({
      type: "category",
      boundaryGap: false,
      data: hours,
      splitLine: { show: false },
      axisLabel: {
        color: token("ink-3"),
        fontSize: 11,
        hideOverlap: true,
        interval: (_i, when) => localHour(when) % (isPhone() ? 24 : 12) === 0,
        formatter: label,
      },
    }),
    yAxis: axis({ type: "value", min: 0, minInterval: 1, axisLine: { show: false } }),
    series,
    tooltip: {
      ...tooltip(),
      formatter: undefined,
      valueFormatter: number,
      axisPointer: { label: { formatter: ({ value }) => minute(Number(value)) } },
    },
  };
}

const tooltip = () => ({
  trigger: "axis",
  confine: true,
  order: "valueDesc",
  backgroundColor: token("surface"),
  borderColor: token("line"),
  textStyle: { color: token("ink"), fontSize: 12 },
});
const day = new Intl.DateTimeFormat(told.locale, { timeZone: told.timeZone, month: "numeric", day: "numeric" });
const localHour = (when) => Number(hour(Number(when)).slice(0, 2)) % 24;
const label = (when) => (localHour(when) === 0 ? day.format(Number(when)) : hour(Number(when)));

function everyHour(counts) {
  const times = counts.map((one) => Date.parse(one.hour));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return Array.from(
    { length: Math.min(24 * 8, Math.round((last - first) / 3_600_000)) + 1 },
    (_, i) => first + i * 3_600_000,
  );
}

function byWeight(counts) {
  const sums = new Map();
  for (const { channel, orders } of counts) sums.set(channel, (sums.get(channel) || 0) + orders);
  return [...sums].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([channel]) => channel);
}
