// A day on the map: the depot, stops in the colour of their vehicle, what is on no route with its own shape.
import { token } from "./chart.js";
import { makeMap, marker } from "./map.js";

export const colour = (day, vehicle) => `series-${(day.vehicles.findIndex((one) => one.id === vehicle) % 8) + 1}`;

export async function dayMap(place) {
  const { map, leaflet } = await makeMap(place);
  const layer = leaflet.layerGroup().addTo(map);
  let isFitted = false;
  return (day, choose) => {
    layer.clearLayers();
    const at = ({ latitude, longitude }) => [latitude, longitude];
    const stops = new Map(day.stops.map((one) => [one.no, one]));
    for (const route of day.routes) {
      const way = [day.depot, ...route.visits.map(({ stop }) => stops.get(stop).spot), day.depot].filter(Boolean);
      leaflet.polyline(way.map(at), { color: token(colour(day, route.vehicle)), weight: 2.5, opacity: 0.8 }).addTo(layer);
    }
    leaflet.marker(at(day.depot), { icon: marker(leaflet, "good", 14), keyboard: false }).addTo(layer);
    for (const one of day.stops.filter(({ spot, status }) => spot && status !== "gone")) {
      const isOut = !one.vehicle && ["waiting", "skipped"].includes(one.status);
      leaflet
        .circleMarker(at(one.spot), {
          radius: isOut ? 7 : 5,
          color: token(isOut ? "bad" : colour(day, one.vehicle)),
          fillColor: token(one.status === "delivered" ? "good" : "surface"),
          fillOpacity: 1,
          weight: 2.5,
          dashArray: isOut ? "3 3" : null,
        })
        .bindTooltip(String(one.no))
        .on("click", () => choose(one.no))
        .addTo(layer);
    }
    const spots = [day.depot, ...day.stops.map(({ spot }) => spot).filter(Boolean)].map(at);
    if (!isFitted && spots.length > 1) map.fitBounds(spots, { padding: [24, 24], animate: false });
    isFitted ||= spots.length > 1;
  };
}
