// The quiet map beside the log-in form.
import { makeMap } from "../map.js";

export async function fill(place) {
  if (getComputedStyle(place).display === "none") return;
  const { map } = await makeMap(place, { interactive: false });
  map.setView([31, 112], 4);
}
