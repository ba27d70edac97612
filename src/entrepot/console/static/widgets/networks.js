// Studies of the network: what each found, and how to begin one - from the order log or from a file.
import { get, post, query, upload } from "../api.js";
import { data, h, icon } from "../dom.js";
import { section } from "../facts.js";
import * as f from "../format.js";
import { t } from "../i18n.js";
import { empty, failed, skeleton } from "../states.js";
import { numeric, table } from "../table.js";

export async function fill(place, { may_act: mayAct }) {
  place.replaceChildren(skeleton(8));
  try {
    draw(place, (await get("/network/studies?limit=100")).items, mayAct);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { may_act: mayAct })));
  }
}

function draw(place, items, mayAct) {
  place.replaceChildren(
    h(
      "div.columns",
      h("div.column-main", section(t("Studies"), items.length ? list(items) : nothing())),
      mayAct &&
        h(
          "div.column-side",
          section(t("From the order log"), drawForm()),
          section(t("From a file"), uploadForm("/network/studies:upload")),
        ),
    ),
  );
}

const nothing = () =>
  empty({
    title: t("No study yet"),
    text: t("A study takes orders, rate cards and nodes, and finds where warehouses should stand."),
    command: "entrepot network draw study.json",
  });

const list = (items) =>
  table(
    t("Studies"),
    [t("Study"), ...numeric(t("Today, a year"), t("Plan, a year"), t("Saves"), t("Proven gap"), t("Sites")), t("Made")],
    items.map(line),
  );

function line({ id, name, summary: found, made_at: at, made_by: by }) {
  const saved = found && found.today !== null ? found.today - found.cost : null;
  return [
    h("a.link", { href: `/network/${id}` }, data(name)),
    found && found.today !== null ? f.bigWhole(found.today, found.currency) : "—",
    found ? f.bigWhole(found.cost, found.currency) : h("span.faint", t("not solved")),
    saved === null ? "—" : f.bigWhole(saved, found.currency),
    found ? f.percent(found.gap) : "—",
    found ? `${found.sites_today ?? "—"} → ${found.sites}` : "—",
    [f.time(at), " ", data(by, "faint")],
  ];
}

// Columns of a file of suppliers, as they are called in it.
const SUPPLIERS = ["id, share, city, province", "id, share, latitude, longitude"];

// A file as text: UTF-8, else GB 18030, which Excel in China writes.
async function textOf(chosen) {
  const bytes = await chosen.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

// A file to choose; the element to show, and its input.
function fileField(label, more) {
  const named = data(t("No file chosen"), "faint");
  const input = h("input.unseen", {
    type: "file",
    "aria-label": label,
    onchange: () => (named.textContent = input.files[0]?.name || t("No file chosen")),
    ...more,
  });
  return [h("label.file", input, h("span.button", icon("upload"), t("Choose a file")), named), input];
}

function drawForm() {
  const said = h("div", { role: "alert" });
  const [supplierField, supplierFile] = fileField(t("Suppliers"), { accept: ".csv,.txt" });
  const whole = (name, label, value, more = {}) =>
    h("label", label, h("input.input", { name, type: "number", inputmode: "numeric", value, min: "0", ...more }));
  async function send(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const given = (name) => (form.get(name) === "" ? null : Number(form.get(name)));
    // Money is typed in whole units; networks count in minor ones.
    const minor = (name) => (given(name) === null ? null : Math.round(given(name) * 100));
    said.replaceChildren(skeleton(2));
    try {
      const settings = {
        days: given("days"),
        zones: given("zones"),
        centres: given("centres"),
        fronts: given("fronts"),
        centre_cost: minor("centre_cost"),
        front_cost: minor("front_cost"),
        tonne_km_cost: minor("tonne_km_cost"),
        max_hours: given("max_hours"),
        by_channel: form.has("by_channel"),
        suppliers: supplierFile.files.length ? await textOf(supplierFile.files[0]) : null,
      };
      const name = form.get("name").trim();
      const begun = await post("/network/studies", { name, settings, seconds: given("seconds") });
      location.assign(`/network/${begun.study}`);
    } catch (error) {
      said.replaceChildren(failed(error, null, t("This was not done")));
    }
  }
  return h(
    "form.form-grid",
    { onsubmit: send },
    h("label.wide", t("Name"), h("input.input", { name: "name", required: true, maxlength: "120" })),
    whole("days", t("Orders of the last days"), 90, { min: "1", required: true }),
    whole("zones", t("Zones at most"), 80, { min: "1", required: true }),
    whole("centres", t("Candidate centres"), 4, { required: true }),
    whole("fronts", t("Candidate front warehouses"), 6, { required: true }),
    whole("centre_cost", t("A centre, a year"), "", { placeholder: t("assumed") }),
    whole("front_cost", t("A front warehouse, a year"), "", { placeholder: t("assumed") }),
    whole("tonne_km_cost", t("A tonne-kilometre"), 0.6, { step: "any", required: true }),
    whole("max_hours", t("Hours at most"), "", { min: "1", placeholder: t("any") }),
    whole("seconds", t("Seconds to search"), 20, { min: "1", max: "600", required: true }),
    h("label.check", h("input", { type: "checkbox", name: "by_channel" }), t("Zones by channel")),
    h(
      "div.wide",
      h("p", t("Suppliers")),
      h("p.faint", t("CSV, where you have one, with these columns or those:")),
      SUPPLIERS.map((columns) => h("p.mono.faint", { translate: "no" }, columns)),
      supplierField,
    ),
    h("button.button.primary.wide", { type: "submit", "data-act": "draw" }, t("Draw and solve")),
    h("div.wide", said),
  );
}

const TEMPLATE = "/api/v1/network/template";

export function uploadForm(address) {
  const templates = [
    ["xlsx", t("workbook")],
    ["csv", t("CSV files")],
  ];
  const said = h("div", { role: "alert" });
  const [field, file] = fileField(t("Network"), { accept: ".json,.xlsx,.xlsm,.xls,.ods,.zip", required: true });
  async function send(event) {
    event.preventDefault();
    const [chosen] = file.files;
    const { seconds } = Object.fromEntries(new FormData(event.target));
    said.replaceChildren(skeleton(2));
    try {
      const taken = await upload(address + query({ name: chosen.name.slice(0, 120), seconds }), chosen);
      location.assign(`/network/${taken.study}`);
    } catch (error) {
      said.replaceChildren(failed(error, null, t("This was not done")));
    }
  }
  return h(
    "form.stack",
    { onsubmit: send },
    h("p.faint", t("A workbook, CSV files in a zip, or JSON: a study as it is downloaded, or a bare network.")),
    h(
      "p.row",
      t("Tables to fill in:"),
      templates.map(([form, text]) => h("a.link", { href: `${TEMPLATE}?form=${form}`, download: "" }, text)),
    ),
    field,
    h(
      "label.row",
      t("Seconds to search"),
      h("input.input", { name: "seconds", type: "number", inputmode: "numeric", min: "1", max: "600", value: "20", required: true }),
    ),
    h("button.button", { type: "submit", "data-act": "upload" }, t("Upload and solve")),
    said,
  );
}
