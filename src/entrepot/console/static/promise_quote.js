// What an order placed now would be promised: one date a service level, the same on every channel.
import { post } from "./api.js";
import { spread } from "./bars.js";
import { data, h } from "./dom.js";
import { facts } from "./facts.js";
import { t, word } from "./i18n.js";
import { spreadRows } from "./promise.js";
import { failed, skeleton } from "./states.js";
import { whyValue } from "./why.js";

export function promiseForm(names) {
  const answer = h("div", { role: "status" });
  const field = (name, label, more = {}) => h("label", label, h("input.input", { name, autocomplete: "off", ...more }));
  async function ask(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const said = (name) => form.get(name).trim() || undefined;
    const kilograms = Number(form.get("weight") || 0);
    answer.replaceChildren(skeleton(3));
    try {
      const quote = await post("/promises:quote", {
        destination: said("destination"),
        area: said("area"),
        node: said("node"),
        weight_g: kilograms ? Math.round(kilograms * 1000) : undefined,
      });
      answer.replaceChildren(...draw(quote));
    } catch (error) {
      answer.replaceChildren(failed(error));
    }
  }
  return h(
    "div",
    h(
      "form.form-grid",
      { onsubmit: ask },
      field("destination", t("Province"), { required: true }),
      field("area", t("City")),
      h(
        "label",
        t("From"),
        h(
          "select.input",
          { name: "node" },
          h("option", { value: "" }, t("Any node")),
          [...names].map(([id, name]) => h("option", { value: id, translate: "no" }, name)),
        ),
      ),
      field("weight", t("Weight, kg"), { type: "number", min: "0", step: "any", inputmode: "decimal" }),
      h("button.button.primary.wide", { type: "submit", "data-act": "promise" }, t("Give a date")),
    ),
    answer,
  );
}

function draw({ dates, distribution }) {
  const levels = Object.entries(dates);
  return [
    spread(
      distribution,
      levels.map(([level, date]) => ({ date, name: word("level", level), tone: "warn" })),
      t("Likely days of delivery and the promised date"),
    ),
    facts(
      levels.map(([level, date]) => [
        word("level", level),
        whyValue("promise", data(date), { rows: spreadRows(distribution) }),
      ]),
    ),
  ];
}
