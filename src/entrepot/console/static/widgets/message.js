// The raw message left, what was understood of it right; a click on a field lights up its bytes.
import { get } from "../api.js";
import { data, h } from "../dom.js";
import { facts } from "../facts.js";
import * as f from "../format.js";
import { isWord, t, word } from "../i18n.js";
import { ruleName } from "../rules.js";
import { text as textOf } from "../lineage.js";
import { mendSentence, sentence } from "../sentences.js";
import { empty, failed, skeleton } from "../states.js";
import { mark, status } from "../status.js";

export async function fill(place, { id, field, record }) {
  place.replaceChildren(skeleton(12));
  try {
    draw(place, await get(`/messages/${encodeURIComponent(id)}`), field, record);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { id, field, record })));
  }
}

function draw(place, message, field, wanted) {
  const body = message.text ?? "";
  const raw = h("pre.raw", { translate: "no", tabindex: "0", "aria-label": t("Raw message") }, body);
  const said = h("div.pointer", h("span.faint", t("Choose a field to see its place in the message.")));
  const records = message.records || [];
  const rows = [];

  // Pointers count characters as Python does; beyond the basic plane JavaScript counts two.
  const units = /[\ud800-\udfff]/.test(body) ? Array.from(body) : null;
  const cut = (from, to) => (units ? units.slice(from, to).join("") : body.slice(from, to));

  function light(name, value, row) {
    rows.forEach((one) => one.classList.toggle("lit", one === row));
    if (!Number.isInteger(value.start) || !Number.isInteger(value.end)) {
      raw.replaceChildren(body);
    } else {
      const spot = h("mark", cut(value.start, value.end));
      raw.replaceChildren(cut(0, value.start), spot, cut(value.end));
      raw.scrollTop = spot.offsetTop - raw.clientHeight / 3;
      raw.scrollLeft = Math.max(0, spot.offsetLeft - raw.clientWidth / 2);
    }
    said.replaceChildren(
      facts(
        [
          [t("Field"), data(name, "mono")],
          [t("Pointer"), value.pointer ? data(value.pointer, "mono") : t("computed")],
          [t("Converter"), data(value.converter || "—", "mono")],
        ],
        ".inline",
      ),
    );
  }

  const field_row = (name, value) => {
    const row = h(
      "button.field",
      { type: "button", "data-field": name, onclick: () => light(name, value, row) },
      h("span.field-name", isWord("field", name) && word("field", name), data(name, "mono.faint")),
      h("span.field-value", data(textOf(masked(value.value)))),
    );
    rows.push(row);
    return row;
  };
  const card = (one) =>
    h(
      "section.record",
      { "data-record": one.id, "aria-label": word("kind", one.kind) },
      h(
        "header.record-head",
        h("strong", word("kind", one.kind)),
        one.kind === "order"
          ? h("a.link", { href: `/orders/${encodeURIComponent(one.id)}` }, data(one.id, "mono"))
          : data(one.id, "mono"),
      ),
      Object.entries(one.fields || {}).map(([name, value]) =>
        field_row(name, value && typeof value === "object" && "value" in value ? value : { value }),
      ),
    );

  place.replaceChildren(
    h(
      "div.detail-head",
      facts(
        [
          [t("Channel"), isWord("channel", message.channel) ? word("channel", message.channel) : data(message.channel)],
          [t("Shop"), data(message.shop)],
          [t("Topic"), data(message.topic, "mono")],
          [t("Received"), f.time(message.received_at, f.exact)],
          [t("Outcome"), status("outcome", message.outcome)],
          [t("Size"), f.bytes(message.size)],
          message.adapter && [t("Adapter"), data(message.adapter, "mono")],
          message.signature && [
            t("Signature"),
            isWord("signature", message.signature) ? word("signature", message.signature) : data(message.signature),
          ],
        ],
        ".inline",
      ),
    ),
    findings(message),
    h(
      "div.message-panes",
      h(
        "section.panel",
        { "aria-label": t("Raw message") },
        h(
          "header.panel-head",
          h("h2", t("Raw message")),
          noteOf(message),
          data((message.id || "").slice(0, 16), "panel-note.mono"),
        ),
        raw,
        headers(message.headers),
      ),
      h(
        "section.panel",
        { "aria-label": t("Canonical record") },
        h(
          "header.panel-head",
          h("h2", t("Canonical record")),
          h("span.panel-note", t("{n} records", { n: f.number(records.length) })),
        ),
        said,
        h(
          "div.records",
          records.length
            ? records.map(card)
            : empty({
                title: t("No record came of this message"),
                text: t("The findings above, or its quarantine entry, say why."),
              }),
        ),
      ),
    ),
  );
  if (field) {
    const scope = [...place.querySelectorAll("[data-record]")].find((one) => one.dataset.record === wanted) || place;
    const row = scope.querySelector(`[data-field="${CSS.escape(field)}"]`);
    row?.click();
    row?.scrollIntoView({ block: "center" });
  }
}

// What the reader should know about the text itself.
function noteOf({ text, is_masked: isMasked, is_cut: isCut, erased_at: erasedAt }) {
  if (erasedAt || text === null) return h("span.faint", t("The text was erased."));
  return h(
    "span.faint",
    [isMasked && t("Personal data masked"), isCut && t("Cut: it is longer")].filter(Boolean).join(" · "),
  );
}

const masked = (value) =>
  value && typeof value === "object" && !Array.isArray(value) && "masked" in value ? value.masked : value;

function findings({ findings: list }) {
  if (!list?.length) return "";
  return h(
    "ul.findings",
    list.map((one) =>
      h(
        "li",
        h("span.tone-warn", mark("warn")),
        h("strong", ruleName(one.rule)),
        sentence(one),
        one.pointer && data(one.pointer, "mono.faint"),
        one.mend && h("span.faint", mendSentence(one)),
      ),
    ),
  );
}

function headers(list) {
  const entries = Object.entries(list || {});
  return entries.length
    ? h(
        "details.headers",
        h("summary", t("Headers")),
        facts(entries.map(([name, value]) => [data(name, "mono"), data(value, "mono")])),
      )
    : "";
}
