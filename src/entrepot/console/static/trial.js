// Act on many at once: first the count of what would happen and what would be refused, then the reason, then the deed.
import { post } from "./api.js";
import { refusalText } from "./commands.js";
import { data, h } from "./dom.js";
import { close, dialog } from "./drawer.js";
import { number } from "./format.js";
import { t } from "./i18n.js";
import { failed, skeleton } from "./states.js";
import { toast, toastError } from "./toast.js";

// body: a bulk act that takes `dry_run` and answers with matched, done, units and refused; asks: it wants its reason.
export async function tryThenAct({ title, path, body, asks = false, danger = false, button, done }) {
  const place = dialog(title, skeleton(4));
  const why = h("textarea.input", { id: "trial-why", rows: "3", required: true, minlength: "3", maxlength: "500" });
  let trial;
  try {
    trial = await post(path, { ...body, dry_run: true });
  } catch (error) {
    return place.replaceChildren(failed(error));
  }
  const go = h(
    `button.button.${danger ? "danger" : "primary"}`,
    { type: "submit", "data-act": "confirm", disabled: !trial.done },
    button,
  );
  const count = (name, value) =>
    h("div.figure", h("span.kpi-name", name), h("span.figure-value", { "data-count": name }, number(value)));
  place.replaceChildren(
    h(
      "form.stack",
      { onsubmit: act },
      h(
        "div.trial",
        count(t("Would be done"), trial.done),
        count(t("Pieces"), trial.units),
        count(t("Would be refused"), trial.refused.length),
      ),
      refusals(trial.refused),
      asks && [h("label", { for: why.id }, t("Reason")), why],
      h("p.faint", t("Nothing is done yet. Stock is looked at when it is done.")),
      h("div.dialog-actions", h("button.button", { type: "button", onclick: close }, t("Cancel")), go),
    ),
  );
  (asks ? why : go).focus();

  async function act(event) {
    event.preventDefault();
    go.disabled = true;
    try {
      const told = await post(path, { ...body, ...(asks ? { why: why.value.trim() } : {}), dry_run: false });
      close();
      toast(
        t("{a} done, {b} refused", { a: number(told.done), b: number(told.refused.length) }),
        told.refused.length ? "warn" : "good",
      );
      await done(told);
    } catch (error) {
      toastError(error);
      go.disabled = false;
    }
  }
  return undefined;
}

// Refusals, the same one said once with its count.
function refusals(list) {
  const groups = Map.groupBy(list, (one) => one.reason);
  return groups.size
    ? h(
        "ul.refusals",
        [...groups.values()].map((group) =>
          h(
            "li",
            h("strong.num", number(group.length)),
            h("span", { title: group[0].message }, refusalText({ code: group[0].reason, message: group[0].message })),
            data(group[0].order_id.split(":").at(-1), "mono.faint"),
          ),
        ),
      )
    : "";
}
