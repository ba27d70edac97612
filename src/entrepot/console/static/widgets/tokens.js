// API tokens: made here, shown once, taken back here.
import { get, post, remove } from "../api.js";
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { t } from "../i18n.js";
import { empty, failed, skeleton } from "../states.js";
import { toastError } from "../toast.js";

const SCOPES = ["read", "read_personal", "intake", "operate", "jobs"];

export async function fill(place) {
  const list = h("div", skeleton(3));
  const fresh = h("div", { role: "status" });
  const name = h("input.input", {
    placeholder: t("Name, such as the system that uses it"),
    "aria-label": t("Name of the token"),
    required: true,
    maxlength: "80",
  });
  const scopes = SCOPES.map((scope) =>
    h("label.check", h("input", { type: "checkbox", value: scope, checked: scope === "read" }), data(scope, "mono")),
  );

  async function load() {
    try {
      const { items } = await get("/tokens");
      list.replaceChildren(
        items.length
          ? h("ul.plain-list", items.map(row))
          : empty({ title: t("No token yet"), text: t("A token lets a program call the API without your password.") }),
      );
    } catch (error) {
      list.replaceChildren(failed(error, load));
    }
  }
  const row = (one) =>
    h(
      "li",
      h("strong", data(one.name)),
      data((one.scopes || []).join(" "), "mono"),
      h("span.faint", t("Made"), " ", f.time(one.created_at)),
      h("span.faint", t("Last used"), " ", f.time(one.last_used_at)),
      h(
        "button.button",
        { type: "button", onclick: () => remove(`/tokens/${encodeURIComponent(one.id)}`).then(load, toastError) },
        t("Revoke"),
      ),
    );
  async function make(event) {
    event.preventDefault();
    try {
      const chosen = scopes
        .map((label) => label.firstChild)
        .filter((box) => box.checked)
        .map((box) => box.value);
      const { token } = await post("/tokens", { name: name.value.trim(), scopes: chosen });
      fresh.replaceChildren(
        h(
          "p.notice.tone-good",
          t("Copy it now; it is not shown again:"),
          " ",
          h("code.command", { translate: "no" }, token),
        ),
      );
      name.value = "";
      await load();
    } catch (error) {
      toastError(error);
    }
  }
  place.replaceChildren(
    h("form.row", { onsubmit: make }, name, scopes, h("button.button", { type: "submit" }, t("Make a token"))),
    fresh,
    list,
  );
  await load();
}
