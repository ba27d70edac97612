// The quote calculator: what every service asks for a parcel, part by part, and who refuses it and why.
import { post } from "./api.js";
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { isWord, t, word } from "./i18n.js";
import { empty, failed, skeleton } from "./states.js";
import { whyValue } from "./why.js";

// names: Map of node to name; carriers: Map of code to name.
export function quoteForm(names, carriers) {
  const answer = h("div.quote-answer", { role: "status" });
  const field = (name, label, more = {}) => h("label", label, h("input.input", { name, autocomplete: "off", ...more }));
  const number = (name, label, more = {}) =>
    field(name, label, { type: "number", min: "0", step: "any", inputmode: "decimal", ...more });
  async function ask(event) {
    event.preventDefault();
    answer.replaceChildren(skeleton(4));
    try {
      const { items } = await post("/carriers:quote", wanted(new FormData(event.target)));
      answer.replaceChildren(...draw(items, carriers));
    } catch (error) {
      answer.replaceChildren(failed(error));
    }
  }
  return h(
    "div.quote",
    h(
      "form.form-grid",
      { onsubmit: ask },
      h(
        "label",
        t("From"),
        h(
          "select.input",
          { name: "node", required: true },
          [...names].map(([id, name]) => h("option", { value: id, translate: "no" }, name)),
        ),
      ),
      field("country", t("Country, two letters"), { value: "CN", maxlength: "2", required: true }),
      field("province", t("Province")),
      field("city", t("City")),
      field("postal", t("Postal code"), { maxlength: "20" }),
      number("weight", t("Weight, kg"), { value: "1", required: true, min: "0.001" }),
      number("length", t("Length, cm")),
      number("width", t("Width, cm")),
      number("height", t("Height, cm")),
      h("span.check-line", h("label.check", h("input", { type: "checkbox", name: "hazmat" }), t("Dangerous goods"))),
      h("button.button.primary", { type: "submit", "data-act": "quote" }, t("Ask every carrier")),
    ),
    answer,
  );
}

function wanted(form) {
  const millimetres = (name) => Math.round(Number(form.get(name) || 0) * 10);
  return {
    node: form.get("node"),
    destination: {
      country: form.get("country").trim(),
      province: form.get("province").trim(),
      city: form.get("city").trim(),
      postal: form.get("postal").trim(),
    },
    parcel: {
      weight_g: Math.round(Number(form.get("weight")) * 1000),
      length_mm: millimetres("length"),
      width_mm: millimetres("width"),
      height_mm: millimetres("height"),
      is_hazmat: form.get("hazmat") === "on",
    },
  };
}

function draw(items, carriers) {
  const made = items.filter((one) => one.quote);
  const refused = items.filter((one) => !one.quote);
  const name = (code) => data(carriers.get(code) || code);
  if (!items.length)
    return [
      empty({
        title: t("No card in force"),
        text: t("Import a rate card first; its services are asked here."),
        command: "entrepot carriers import FILE.csv",
      }),
    ];
  return [
    made.length
      ? h(
          "ol.offers",
          made.map((one) => offer(one.quote, name)),
        )
      : h("p.faint", t("No service takes this parcel there.")),
    refused.length
      ? h(
          "details",
          h("summary", t("{n} services make no offer", { n: f.number(refused.length) })),
          h(
            "ul.plain-list",
            refused.map((one) =>
              h(
                "li",
                name(one.carrier),
                data(one.service, "faint"),
                h(
                  "span.faint",
                  { title: one.message },
                  isWord("no_offer", one.reason) ? word("no_offer", one.reason) : data(one.message),
                ),
              ),
            ),
          ),
        )
      : "",
  ];
}

function offer(quote, name) {
  const isVolumetric = quote.volumetric_g >= quote.chargeable_g && quote.volumetric_g > 0;
  const kilograms = (grams) => t("{n} kg", { n: f.decimal(grams / 1000) });
  return h(
    "li.offer",
    h("span.offer-who", h("strong", name(quote.carrier)), data(quote.service, "faint")),
    h(
      "span.offer-price",
      whyValue("quote", f.money(quote.amount, quote.currency), {
        rows: [
          ...quote.parts.map((part) => [
            word("price_part", part.kind),
            [f.money(part.amount, quote.currency), " ", data(part.basis, "faint")],
          ]),
          [t("Zone"), data(quote.zone, "mono")],
          [t("Volumetric weight"), kilograms(quote.volumetric_g)],
          [t("Charged weight"), kilograms(quote.chargeable_g)],
          [t("Card version"), f.number(quote.version)],
        ],
      }),
    ),
    h(
      "span.faint",
      t("charged {weight}", { weight: kilograms(quote.chargeable_g) }),
      isVolumetric ? [" ", t("(by volume)")] : "",
    ),
    h("span.faint", t("leaves by"), " ", f.time(quote.leaves_by, f.minute)),
    h("span", t("there on"), " ", data(quote.deliver_on)),
  );
}
