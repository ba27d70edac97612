// Ask before an act: what it does, what it needs to know, the reason where a person overrides. A refusal stays in sight.
import { h } from "./dom.js";
import { close, dialog } from "./drawer.js";
import { t } from "./i18n.js";
import { failed } from "./states.js";
import { toast } from "./toast.js";

// fields: { name, label, kind: number | text | select | reason, options, value, required, min, max }
export function ask({ title, text = "", fields = [], button, danger = false, act, done = () => {} }) {
  const controls = fields.map((field, i) => ({ field, input: control(field, i === 0) }));
  const said = h("div", { role: "alert" });
  const go = h(`button.button.${danger ? "danger" : "primary"}`, { type: "submit", "data-act": "confirm" }, button);
  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    try {
      const told = await act(Object.fromEntries(controls.map(({ field, input }) => [field.name, read(field, input)])));
      close();
      if (told) toast(told);
      await done();
    } catch (error) {
      said.replaceChildren(failed(error, null, t("This was not done")));
      go.disabled = false;
    }
  }
  const body = dialog(
    title,
    h(
      "form.stack",
      { onsubmit: submit },
      text && h("p", text),
      controls.map(({ field, input }) => [h("label", { for: input.id }, field.label), input]),
      said,
      h("div.dialog-actions", h("button.button", { type: "button", onclick: close }, t("Cancel")), go),
    ),
  );
  (body.querySelector("[data-first]") || go).focus();
}

export const reasonField = () => ({ name: "reason", label: t("Reason"), kind: "reason", required: true });

const read = (field, input) =>
  field.kind === "number" ? (input.value === "" ? null : Number(input.value)) : input.value.trim();

function control(field, isFirst) {
  const more = { id: `ask-${field.name}`, name: field.name, required: field.required, "data-first": isFirst };
  if (field.kind === "select")
    return h(
      "select.input",
      more,
      field.options.map(([code, label]) => h("option", { value: code, selected: code === field.value }, label)),
    );
  if (field.kind === "reason") return h("textarea.input", { ...more, rows: "3", minlength: "3", maxlength: "500" });
  return h("input.input", {
    ...more,
    type: field.kind || "text",
    min: field.min,
    max: field.max,
    step: field.step,
    value: field.value ?? "",
    inputmode: field.kind === "number" ? "numeric" : null,
  });
}
