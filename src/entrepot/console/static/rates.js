// Rate cards come in as files: what was taken, what was not and why, row by row.
import { upload } from "./api.js";
import { data, h, icon } from "./dom.js";
import { number } from "./format.js";
import { t } from "./i18n.js";
import { failed, skeleton } from "./states.js";
import { mark } from "./status.js";

export function importForm(done) {
  const chosenName = data(t("No file chosen"), "faint");
  const file = h("input.unseen", {
    type: "file",
    accept: ".csv,.tsv,.xlsx,.ods,.parquet",
    required: true,
    "aria-label": t("Rate sheet"),
    onchange: () => (chosenName.textContent = file.files[0]?.name || t("No file chosen")),
  });
  const answer = h("div", { role: "status" });
  async function send(event) {
    event.preventDefault();
    const [chosen] = file.files;
    answer.replaceChildren(skeleton(3));
    try {
      const told = await upload(`/carriers:import?name=${encodeURIComponent(chosen.name)}`, chosen);
      answer.replaceChildren(...draw(told));
      await done();
    } catch (error) {
      answer.replaceChildren(failed(error));
    }
  }
  return h(
    "form.stack",
    { onsubmit: send },
    h("p.faint", t("CSV or Excel, one record a row. A row that cannot be read closes only what it would have priced.")),
    h("label.file", file, h("span.button", icon("upload"), t("Choose a file")), chosenName),
    h("button.button.primary", { type: "submit", "data-act": "import" }, t("Import")),
    answer,
  );
}

function draw(told) {
  const { cards, held, faults, remarks } = told;
  return [
    h(
      `p.notice.tone-${told.fault_count ? "warn" : "good"}`,
      mark(told.fault_count ? "warn" : "good"),
      t("{rows} rows read: {cards} cards new, {same} unchanged, {faults} faults.", {
        rows: number(told.rows),
        cards: number(cards.length),
        same: number(told.unchanged),
        faults: number(told.fault_count),
      }),
    ),
    held.length
      ? h(
          "div",
          h("h3", t("Kept back: without these rows their prices would be wrong")),
          h(
            "ul.plain-list",
            held.map((one) =>
              h(
                "li",
                data(`${one.carrier} ${one.service}`, "mono"),
                h("span.faint", t("rows"), " ", data(one.rows.join(", "))),
              ),
            ),
          ),
        )
      : "",
    listed(t("Not taken"), faults, told.fault_count),
    listed(t("Taken, worth a look"), remarks, remarks.length),
  ];
}

const listed = (title, list, count) =>
  list.length
    ? h(
        "div",
        h("h3", title, " ", number(count)),
        h(
          "ol.faults",
          list.map((one) =>
            h(
              "li",
              h("strong", t("Row {n}", { n: number(one.row) }), one.column && [" ", data(one.column, "mono")]),
              h("span", data(`${one.what} ${one.why}`)),
              h("span.faint", data(one.mend)),
            ),
          ),
        ),
      )
    : "";
