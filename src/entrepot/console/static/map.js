// A map without tiles: the land's outline, places in the colour and shape of their cover, flows between them.
import { h } from "./dom.js";
import { token } from "./chart.js";
import { told } from "./told.js";

let outline = null;

function loadStyle() {
  const address = import.meta.resolve("nicegui-leaflet/leaflet/leaflet.css");
  if (document.querySelector(`link[href="${address}"]`)) return null;
  const link = h("link", { rel: "stylesheet" });
  link.href = address;
  // Before our own sheets, so that ours win.
  document.head.querySelector('link[rel="stylesheet"]').before(link);
  return new Promise((done) => link.addEventListener("load", done));
}

export async function makeMap(place, { interactive = true } = {}) {
  const { leaflet } = await import("nicegui-leaflet");
  await loadStyle();
  outline ??= await (await fetch(`${told.root}/outline.geojson`)).json();
  const map = leaflet.map(place, {
    attributionControl: false,
    zoomControl: interactive,
    zoomSnap: 0.25,
    minZoom: 1,
    maxZoom: 12,
    worldCopyJump: false,
    dragging: interactive,
    scrollWheelZoom: false,
    doubleClickZoom: interactive,
    touchZoom: interactive,
    keyboard: interactive,
    boxZoom: false,
    renderer: leaflet.svg({ padding: 1 }),
  });
  map.setView([33, 108], 4);
  const land = leaflet.geoJSON(outline, { interactive: false }).addTo(map);
  const paint = () =>
    land.setStyle({
      stroke: true,
      color: token("coast"),
      weight: 0.8,
      fillColor: token("land"),
      fillOpacity: 1,
      fillRule: "evenodd",
    });
  paint();
  document.addEventListener("themechange", paint);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(place);
  return { map, leaflet };
}

// A bend to the left keeps the two directions of a lane apart.
export function bend([fromLat, fromLon], [toLat, toLon], steps = 16) {
  const [midLat, midLon] = [
    (fromLat + toLat) / 2 + (toLon - fromLon) * 0.12,
    (fromLon + toLon) / 2 - (toLat - fromLat) * 0.12,
  ];
  return Array.from({ length: steps + 1 }, (_, i) => {
    const s = i / steps;
    const mix = (a, b, c) => (1 - s) ** 2 * a + 2 * s * (1 - s) * b + s * s * c;
    return [mix(fromLat, midLat, toLat), mix(fromLon, midLon, toLon)];
  });
}

export function marker(leaflet, kind, size) {
  const node = h(`span.map-node.mark.mark-${kind}.tone-${kind}`, { style: `--size:${size}px` });
  return leaflet.divIcon({ html: node, className: "map-icon", iconSize: [size + 8, size + 8] });
}
