// People and their roles, for administrators.
import { get, post } from "../api.js";
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { t, word } from "../i18n.js";
import { failed, skeleton } from "../states.js";
import { table } from "../table.js";
import { toast, toastError } from "../toast.js";

const ROLES = ["viewer", "operator", "dispatcher", "driver", "planner", "finance", "admin"];
const roleSelect = (chosen, more = {}) =>
  h(
    "select.input",
    { "aria-label": t("Role"), ...more },
    ROLES.map((role) => h("option", { value: role, selected: role === chosen }, word("role", role))),
  );

export async function fill(place) {
  const list = h("div", skeleton(4));
  const name = h("input.input", {
    placeholder: t("User name"),
    "aria-label": t("User name"),
    required: true,
    autocomplete: "off",
  });
  const password = h("input.input", {
    type: "password",
    placeholder: t("First password"),
    "aria-label": t("First password"),
    required: true,
    minlength: "12",
    autocomplete: "new-password",
  });
  const role = roleSelect("viewer");
  async function load() {
    try {
      const { items } = await get("/users");
      list.replaceChildren(
        table(t("People"), [t("User name"), t("Role"), t("Last log-in"), t("Access")], items.map(row)),
      );
    } catch (error) {
      list.replaceChildren(failed(error, load));
    }
  }
  const change = (one, what) =>
    post(`/users/${encodeURIComponent(one.name)}`, what).then(load, (error) => (toastError(error), load()));
  const row = (one) => {
    const roles = roleSelect(one.role, { onchange: () => change(one, { role: roles.value }) });
    return [
      data(one.name),
      roles,
      f.time(one.last_login_at),
      h(
        "button.button",
        { type: "button", onclick: () => change(one, { active: !one.active }) },
        one.active ? t("Close access") : t("Open access"),
      ),
    ];
  };
  async function add(event) {
    event.preventDefault();
    try {
      await post("/users", { name: name.value.trim(), role: role.value, password: password.value });
      toast(t("Added"));
      name.value = password.value = "";
      await load();
    } catch (error) {
      toastError(error);
    }
  }
  place.replaceChildren(
    h("form.row", { onsubmit: add }, name, password, role, h("button.button", { type: "submit" }, t("Add a person"))),
    list,
  );
  await load();
}
