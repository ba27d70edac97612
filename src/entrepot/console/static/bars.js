// Small bars of plain elements: parts of a cost, steps to a sum, a distribution. No library, no canvas.
import { h } from "./dom.js";

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

// Chances by day; the days that keep the promise in colour.
export function histogram(bins, keptUntil, label) {
  const most = Math.max(1e-9, ...bins.map((bin) => bin.chance));
  return h(
    "div.histogram",
    { role: "img", "aria-label": label },
    bins.map((bin, i) =>
      h(`span${i <= keptUntil ? ".kept" : ""}`, {
        title: bin.title,
        style: `height:${((100 * bin.chance) / most).toFixed(1)}%`,
      }),
    ),
  );
}
