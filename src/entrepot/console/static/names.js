// Names of places and carriers by their id, asked for once a page.
import { get } from "./api.js";
import { localName } from "./i18n.js";

const asked = new Map();

export const nodeNames = () => names("/stock/nodes");
export const carrierNames = () => names("/carriers");

function names(path) {
  if (!asked.has(path))
    asked.set(
      path,
      get(path).then(
        ({ items }) => new Map(items.map((one) => [one.id, localName(one, "name") || one.id])),
        () => new Map(),
      ),
    );
  return asked.get(path);
}
