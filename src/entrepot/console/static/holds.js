// Open holds of a SKU, everywhere or at one node: for what, how many, until when.
import { get, query } from "./api.js";
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { t, word } from "./i18n.js";
import { nodeNames } from "./names.js";
import { failed, skeleton } from "./states.js";

export function holdList(which) {
  const place = h("div", skeleton(3));
  Promise.all([get(`/holds${query({ ...which, state: "held", limit: 50 })}`), nodeNames()]).then(
    ([{ items, next }, names]) =>
      place.replaceChildren(
        items.length
          ? h(
              "ul.plain-list",
              items.map((one) =>
                h(
                  "li",
                  h("span", word("held", one.kind)),
                  h("strong", t("{n} ×", { n: f.number(one.held) })),
                  one.kind === "order" && one.doc
                    ? h("a.link", { href: `/orders/${encodeURIComponent(one.doc)}` }, data(one.doc, "mono"))
                    : data(one.doc || one.id, "mono"),
                  data(names.get(one.node) || one.node, "faint"),
                  one.expires_at && h("span.faint", t("until"), " ", f.time(one.expires_at)),
                ),
              ),
            )
          : h("p.faint", t("Nothing is held.")),
        next ? h("p.faint", t("More are held; these are the first.")) : "",
      ),
    (error) => place.replaceChildren(failed(error)),
  );
  return place;
}
