// Key figures with the change against a week ago and the last day as a small line; a click asks why.
import { h, svg } from "../dom.js";
import * as f from "../format.js";
import { t, word } from "../i18n.js";
import { listen } from "../live.js";
import { failed, skeleton } from "../states.js";
import { explain } from "../why.js";

const LESS_IS_BETTER = new Set(["stockouts", "quarantine_open", "intake_p95_ms", "open_orders"]);

export function fill(place) {
  place.replaceChildren(...Array.from({ length: 6 }, () => h("div.kpi", skeleton(3))));
  listen("/tower", 5, {
    next: ({ kpis }) => place.replaceChildren(...(kpis || []).map(tile)),
    failed: (error, last) => last || place.replaceChildren(failed(error)),
  });
}

function tile(kpi) {
  return h(
    "button.kpi",
    { type: "button", onclick: () => explain(kpi.key), title: t("Why?") },
    h("span.kpi-name", word("kpi", kpi.key)),
    h("span.kpi-value", value(kpi)),
    h("span.kpi-foot", change(kpi), kpi.series?.length > 1 && spark(kpi.series)),
  );
}

function value({ value: amount, unit, currency }) {
  if (amount === null || amount === undefined) return "—";
  if (unit === "percent") return f.percent(amount);
  if (unit === "days") return [f.decimal(amount), h("small", t("days"))];
  if (unit === "ms") return f.duration(amount);
  return unit === "money" ? f.bigMoney(amount, currency) : f.big(amount);
}

function change({ key, delta }) {
  if (delta === null || delta === undefined) return h("span.kpi-change.faint", "");
  const better = LESS_IS_BETTER.has(key) ? delta < 0 : delta > 0;
  const kind = Math.abs(delta) < 0.0005 ? "flat" : better ? "better" : "worse";
  return h(
    `span.kpi-change.${kind}`,
    { title: t("against a week ago") },
    h("span.arrow", { "aria-hidden": "true" }, delta > 0 ? "▲" : delta < 0 ? "▼" : "＝"),
    Math.abs(delta) < 10 ? f.percent(Math.abs(delta)) : `×${f.number(1 + delta)}`,
  );
}

function spark(series) {
  const [least, most] = [Math.min(...series), Math.max(...series)];
  const x = (i) => ((i * 96) / (series.length - 1) + 2).toFixed(1);
  const y = (amount) => (22 - ((amount - least) / (most - least || 1)) * 18).toFixed(1);
  const points = series.map((amount, i) => `${x(i)},${y(amount)}`).join(" ");
  return svg(
    "svg",
    { viewBox: "0 0 100 24", class: "spark", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("polyline", { points, fill: "none", "vector-effect": "non-scaling-stroke" }),
  );
}
