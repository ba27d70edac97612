// The log-in form.
import { post } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { rememberView, told } from "../told.js";

export function fill(place, config) {
  const name = h("input.input", {
    id: "name",
    name: "username",
    autocomplete: "username",
    required: true,
    autofocus: true,
  });
  const password = h("input.input", {
    id: "password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const said = h("p.login-error", { role: "alert" });
  const button = h("button.button.primary", { type: "submit" }, t("Log in"));

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "";
    try {
      const { next } = await post("/login", { name: name.value, password: password.value, next: config.next });
      location.assign(next);
    } catch (error) {
      said.textContent = `${error.message} ${error.mend}`;
      button.disabled = false;
      password.select();
    }
  }
  const languages = Object.entries(told.languages).map(([code, label]) =>
    h(
      "button.link-button",
      {
        type: "button",
        lang: code.replace("_", "-"),
        translate: "no",
        "aria-pressed": String(code === told.language),
        onclick: () => (rememberView(code, told.theme), location.reload()),
      },
      label,
    ),
  );
  place.replaceChildren(
    h(
      "form.login-form",
      { onsubmit: submit },
      h("label", { for: "name" }, t("User name")),
      name,
      h("label", { for: "password" }, t("Password")),
      password,
      said,
      button,
    ),
    h("div.login-languages", languages),
  );
  name.focus();
}
