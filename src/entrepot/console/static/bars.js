// Small bars of plain elements: parts of a cost, steps to a sum, a spread of dates. No library, no canvas.
import { h } from "./dom.js";

const DAY = 86_400_000;

const colour = (i) => `var(--series-${(i % 8) + 1})`;

export const swatch = (i) => h("span.swatch", { style: `background:${colour(i)}`, "aria-hidden": "true" });

// Parts of one cost on a scale shared by all candidates; credits are hatched.
// parts: [{ name, value, at }] where `at` is the part's colour, the same in every row.
export function partsBar(parts, most, label) {
  return h(
    "span.parts-bar",
    { role: "img", "aria-label": label },
    parts
      .filter((part) => part.value)
      .map((part) =>
        h(`span${part.value < 0 ? ".credit" : ""}`, {
          title: part.title,
          style: `width:${((100 * Math.abs(part.value)) / (most || 1)).toFixed(2)}%;background-color:${colour(part.at)}`,
        }),
      ),
  );
}

// Steps that lead from one figure to another: [{ name, value, shown, why }], the last one the sum.
export function steps(list) {
  const most = Math.max(1, ...running(list).flatMap(({ from, to }) => [from, to]));
  return h(
    "div.steps",
    running(list).map(({ one, from, to, isSum }) => {
      const [left, right] = [Math.max(0, Math.min(from, to)), Math.max(0, from, to)];
      const kind = isSum ? ".sum" : one.value < 0 ? ".less" : "";
      const inner = [
        h("span", one.name),
        h(
          "span.step-bar",
          { "aria-hidden": "true" },
          h(`span${kind}`, {
            style: `left:${((100 * left) / most).toFixed(2)}%;width:${((100 * (right - left)) / most).toFixed(2)}%`,
          }),
        ),
        h("span.num", isSum ? h("strong", one.shown) : one.shown),
      ];
      return one.why ? h("button.step", { type: "button", onclick: one.why }, inner) : h("div.step", inner);
    }),
  );
}

function running(list) {
  let sum = 0;
  return list.map((one, i) => {
    if (i === list.length - 1) return { one, from: 0, to: one.value, isSum: true };
    sum += one.value;
    return { one, from: sum - one.value, to: sum, isSum: false };
  });
}

// A distribution along a line of days: the light bar holds 8 of 10, the dark one the middle half, the tick is the middle.
// dates: { p10, p25, p50, p75, p90, p95 } and marks: [{ date, name, tone }], all as 2026-11-26.
export function spread(dates, marks, label) {
  const days = [...Object.values(dates), ...marks.map((one) => one.date)].map((one) => Date.parse(one));
  const [first, last] = [Math.min(...days) - DAY, Math.max(...days) + DAY];
  const at = (date) => `${((100 * (Date.parse(date) - first)) / (last - first)).toFixed(2)}%`;
  const bar = (kind, from, to) => h(`span.${kind}`, { style: `left:${at(from)};right:calc(100% - ${at(to)})` });
  return h(
    "div.spread",
    { role: "img", "aria-label": label },
    bar("spread-wide", dates.p10, dates.p90),
    bar("spread-half", dates.p25, dates.p75),
    h("span.spread-middle", { style: `left:${at(dates.p50)}` }),
    marks.map((one) => h(`span.spread-mark.tone-${one.tone}`, { style: `left:${at(one.date)}`, title: one.name })),
  );
}
