// The map of a study: sites by what becomes of them, zones by who serves them, flows today or in the plan.
import { token } from "../chart.js";
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { localName, t } from "../i18n.js";
import { bend, makeMap, marker } from "../map.js";
import { mark } from "../status.js";

// What becomes of a site: its shape and colour, and the word for it.
export function fate(stood, stands) {
  if (stood && stands) return ["good", t("stays")];
  if (stands) return ["more", t("opens")];
  return stood ? ["bad", t("closes")] : ["idle", t("not used")];
}

export async function networkMap(place, study) {
  const { spots, zones, report } = study;
  const canvas = h("div.map.network-map", { role: "application", "aria-label": t("Map of the network") });
  const choice = h("div.row", { role: "group", "aria-label": t("Which network") });
  place.replaceChildren(choice, canvas, legend());
  const { map, leaflet } = await makeMap(canvas);
  const at = (id) => {
    const spot = spots[id] || zones[id];
    return spot && [spot.latitude, spot.longitude];
  };
  let layer = null;
  let shown = "after";
  function show(side) {
    shown = side;
    for (const button of choice.children) button.setAttribute("aria-pressed", String(button.dataset.side === side));
    layer?.remove();
    layer = leaflet.layerGroup().addTo(map);
    const { flows } = report[side];
    const most = Math.max(1, ...flows.map((one) => one.volume));
    for (const flow of flows) {
      const [from, to] = [at(flow.origin), at(flow.target)];
      if (!from || !to) continue;
      const isLink = flow.target in spots;
      leaflet
        .polyline(bend(from, to), {
          color: token(isLink ? "accent" : "flow"),
          weight: 0.6 + 3.4 * Math.sqrt(flow.volume / most),
          opacity: isLink ? 0.9 : 0.5,
          interactive: false,
        })
        .addTo(layer);
    }
    const served = new Map(flows.map((one) => [one.target, one]));
    for (const [id, zone] of Object.entries(zones)) {
      const dot = leaflet.circleMarker([zone.latitude, zone.longitude], {
        radius: 2.5,
        stroke: false,
        fillColor: token("ink-3"),
        fillOpacity: 0.8,
      });
      dot.bindTooltip(zoneTip(id, zone, served.get(id)), { className: "map-tip" }).addTo(layer);
    }
    for (const site of report.reasons) {
      const [kind, text] = fate(site.stood, site.stands);
      const spot = spots[site.id];
      if (!spot || (!site.stood && !site.stands)) continue;
      const pin = leaflet.marker([spot.latitude, spot.longitude], {
        icon: marker(leaflet, kind, site.level === "front" ? 11 : 15),
        keyboard: false,
        alt: site.id,
        zIndexOffset: 1000,
      });
      pin.bindTooltip(h("div", h("strong", data(localName(spot, "name") || site.id)), h("div", text)), {
        className: "map-tip",
        direction: "top",
      });
      pin.addTo(layer);
    }
  }
  choice.replaceChildren(
    ...[
      ["before", t("Today")],
      ["after", t("Plan")],
    ]
      .filter(([side]) => report[side])
      .map(([side, text]) =>
        h("button.button", { type: "button", "data-side": side, "aria-pressed": "false", onclick: () => show(side) }, text),
      ),
  );
  const points = [...Object.values(spots), ...Object.values(zones)].map((one) => [one.latitude, one.longitude]);
  show(shown);
  document.addEventListener("themechange", () => show(shown));
  if (points.length) map.fitBounds(middle(leaflet, points), { maxZoom: 8, animate: false });
}

// Nine points of ten: a few parcels across an ocean must not make the rest a dot.
function middle(leaflet, points) {
  const cut = (values) => {
    const sorted = values.toSorted((a, b) => a - b);
    const edge = Math.floor(sorted.length * 0.08);
    return [sorted[edge], sorted[sorted.length - 1 - edge]];
  };
  const [south, north] = cut(points.map(([latitude]) => latitude));
  const [west, east] = cut(points.map(([, longitude]) => longitude));
  return leaflet
    .latLngBounds([
      [south, west],
      [north, east],
    ])
    .pad(0.15);
}

const zoneTip = (id, zone, flow) =>
  h(
    "div",
    h("strong", data(localName(zone, "name") || id)),
    zone.places > 1 ? h("div", t("{n} places", { n: f.number(zone.places) })) : "",
    flow ? h("div", t("served by"), " ", data(flow.origin)) : "",
  );

const legend = () =>
  h(
    "div.legend",
    [fate(true, true), fate(false, true), fate(true, false)].map(([kind, text]) =>
      h("span.legend-item", h(`span.tone-${kind}`, mark(kind)), text),
    ),
    h("span.legend-item", h("span.legend-flow"), t("parcels and goods")),
  );
