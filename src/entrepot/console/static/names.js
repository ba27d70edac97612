// Names of places by their id, asked for once a page.
import { get } from "./api.js";
import { localName } from "./i18n.js";

let asked = null;

export function nodeNames() {
  asked ??= get("/stock/nodes").then(
    ({ items }) => new Map(items.map((node) => [node.id, localName(node, "name")])),
    () => new Map(),
  );
  return asked;
}
