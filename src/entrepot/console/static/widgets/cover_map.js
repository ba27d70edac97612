// Stock cover on the map: places by days of cover, transfers as bent lines.
import { get } from "../api.js";
import { token } from "../chart.js";
import { data, h } from "../dom.js";
import { decimal, number } from "../format.js";
import { localName, t, word } from "../i18n.js";
import { bend, makeMap, marker } from "../map.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";

const EDGES = { low: 7, excess: 45 };

export async function fill(place) {
  place.replaceChildren(skeleton(7));
  try {
    const [{ items: nodes }, flows] = await Promise.all([
      get("/stock/nodes"),
      get("/stock/flows").catch(() => ({ items: [] })),
    ]);
    const placed = nodes.filter(
      (node) => Number.isFinite(node.latitude) && Number.isFinite(node.longitude) && (node.latitude || node.longitude),
    );
    if (!placed.length)
      return place.replaceChildren(
        empty({
          title: t("No place with coordinates yet"),
          text: t("Nodes appear when locations with latitude and longitude are loaded."),
          command: "entrepot load files nodes.csv --mapping nodes.toml",
        }),
      );
    await draw(place, placed, flows.items);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place)));
  }
}

async function draw(place, nodes, flows) {
  const canvas = h("div.map", { role: "application", "aria-label": t("Stock cover by node") });
  place.replaceChildren(canvas, legend());
  const { map, leaflet } = await makeMap(canvas);
  const at = new Map(nodes.map((node) => [node.id, [node.latitude, node.longitude]]));
  const most = Math.max(1, ...flows.map((flow) => flow.units));
  const lines = flows
    .filter((flow) => at.has(flow.from) && at.has(flow.to))
    .map((flow) =>
      leaflet
        .polyline(bend(at.get(flow.from), at.get(flow.to)), {
          weight: 0.8 + 3.2 * Math.sqrt(flow.units / most),
          opacity: 0.55,
          interactive: false,
        })
        .addTo(map),
    );
  const paint = () => lines.forEach((line) => line.setStyle({ color: token("flow") }));
  paint();
  document.addEventListener("themechange", paint);
  // The worst are drawn last, on top.
  const order = { idle: 0, good: 1, more: 2, warn: 3, bad: 4 };
  for (const node of [...nodes].sort((a, b) => order[tone(a)] - order[tone(b)])) {
    const size = node.kind === "store" ? 9 : 14;
    const pin = leaflet
      .marker(at.get(node.id), {
        icon: marker(leaflet, tone(node), size),
        keyboard: false,
        alt: localName(node, "name"),
        zIndexOffset: order[tone(node)] * 1000,
      })
      .addTo(map);
    pin.bindTooltip(tip(node), { direction: "top", opacity: 1, className: "map-tip", offset: [0, -6] });
    pin.on("click", () => location.assign(`/stock?node=${encodeURIComponent(node.id)}`));
  }
  map.fitBounds(leaflet.latLngBounds([...at.values()]).pad(0.12), { maxZoom: 7, animate: false });
}

function tone({ cover_days: days, units }) {
  if (units <= 0) return "bad";
  if (days === null || days === undefined) return "idle";
  if (days < EDGES.low) return days < 2 ? "bad" : "warn";
  return days > EDGES.excess ? "more" : "good";
}

function tip(node) {
  return h(
    "div",
    h("strong", data(localName(node, "name"))),
    h("div.faint", word("node", node.kind)),
    h("div", t("Cover {n} days", { n: decimal(node.cover_days) })),
    h(
      "div",
      t("{n} units", { n: number(node.units) }),
      node.stockouts ? [" · ", t("{n} out of stock", { n: number(node.stockouts) })] : "",
    ),
  );
}

function legend() {
  const entries = [
    ["bad", t("under 2 days or empty")],
    ["warn", t("under {n} days", { n: EDGES.low })],
    ["good", t("{a}–{b} days", { a: EDGES.low, b: EDGES.excess })],
    ["more", t("over {n} days", { n: EDGES.excess })],
  ];
  return h(
    "div.legend",
    entries.map(([kind, text]) => h(`span.legend-item`, h(`span.tone-${kind}`, mark(kind)), text)),
    h("span.legend-item", h("span.legend-flow"), t("transfers")),
  );
}
