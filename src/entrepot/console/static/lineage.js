// From a value on the screen to the bytes it was read from.
import { get, query } from "./api.js";
import { data, h } from "./dom.js";
import { drawer } from "./drawer.js";
import { facts } from "./facts.js";
import { isWord, t, word } from "./i18n.js";
import { failed, skeleton } from "./states.js";

export async function whyField(order, part, field, shown) {
  const body = drawer(isWord("field", field) ? word("field", field) : field, skeleton(6));
  body.classList.add("lineage");
  try {
    body.replaceChildren(
      ...draw(await get(`/orders/${encodeURIComponent(order)}/explain${query({ part, field })}`), order, field, shown),
    );
  } catch (error) {
    body.replaceChildren(failed(error));
  }
}

function draw(found, order, field, shown) {
  const record = `&record=${encodeURIComponent(found.part ? `${order}/${found.part}` : order)}`;
  const message = found.message_id
    ? `/messages/${encodeURIComponent(found.message_id)}?field=${encodeURIComponent(field)}${record}`
    : null;
  return [
    h("p.lineage-value", data(shown)),
    facts([
      found.value !== null && text(found.value) !== shown && [t("Canonical value"), data(text(found.value), "mono")],
      [t("Field"), data([found.part, field].filter(Boolean).join(" · "), "mono")],
      found.pointer && [t("Pointer"), data(found.pointer, "mono")],
      found.converter && [t("Converter"), data(found.converter, "mono")],
      found.adapter && [t("Adapter"), data(found.adapter, "mono")],
      found.rule && [t("Rule"), data(found.rule)],
    ]),
    found.excerpt ? h("h3", t("In the message")) : "",
    found.excerpt ? h("pre.raw.excerpt", { translate: "no" }, marked(found)) : "",
    message
      ? h("p", h("a.button", { href: message, "data-first": true }, t("Open the source message")))
      : h("p.faint", t("This value was computed; it has no place of its own in a message.")),
    h("h3", t("Other values that lost")),
    found.candidates?.length
      ? h(
          "ul.candidates",
          found.candidates.map((one) =>
            h(
              "li",
              data(text(one.value)),
              one.reason && h("span.faint", " ", word("loss", one.reason)),
              one.message_id &&
                h(
                  "a.source",
                  { href: `/messages/${encodeURIComponent(one.message_id)}` },
                  data(one.message_id.slice(0, 8), "mono"),
                ),
            ),
          ),
        )
      : h("p.faint", t("None: every message says the same, or there was one alone.")),
  ];
}

export const text = (value) =>
  value === null || value === undefined ? "—" : typeof value === "object" ? JSON.stringify(value) : String(value);

function marked({ excerpt, excerpt_start: from, start, end, value }) {
  let [a, b] = [start - (from ?? start), end - (from ?? start)];
  if (from === undefined || from === null || a < 0 || b > excerpt.length) {
    a = excerpt.indexOf(String(value));
    b = a + String(value).length;
  }
  return a < 0 ? excerpt : [excerpt.slice(0, a), h("mark", excerpt.slice(a, b)), excerpt.slice(b)];
}
