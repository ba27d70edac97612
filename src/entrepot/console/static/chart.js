// ECharts in the page's colours; redrawn when the theme or the size changes.
let charts = null;

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
export const palette = () => [1, 2, 3, 4, 5, 6, 7, 8].map((i) => token(`series-${i}`));

export async function makeChart(place, options) {
  charts ??= (await import("nicegui-echart")).echarts;
  const chart = charts.init(place, null, { renderer: "canvas" });
  let last = null;
  const draw = (value) => {
    last = value;
    chart.setOption({ ...base(), ...options(value) }, { notMerge: true });
  };
  document.addEventListener("themechange", () => last && draw(last));
  new ResizeObserver(() => chart.resize()).observe(place);
  return { draw, chart };
}

export function axis(more = {}) {
  return {
    axisLine: { lineStyle: { color: token("line") } },
    axisTick: { show: false },
    axisLabel: { color: token("ink-3"), fontSize: 11 },
    splitLine: { lineStyle: { color: token("line-2") } },
    ...more,
  };
}

const base = () => ({
  color: palette(),
  animation: false,
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: token("ink-2") },
  tooltip: {
    trigger: "axis",
    confine: true,
    backgroundColor: token("surface"),
    borderColor: token("line"),
    padding: [6, 10],
    textStyle: { color: token("ink"), fontSize: 12 },
    extraCssText: "box-shadow:none;border-radius:6px",
    axisPointer: { lineStyle: { color: token("ink-3"), type: "dotted" } },
  },
});
