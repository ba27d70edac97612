// Language and theme, for this browser and for the person.
import { post } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { rememberView, told } from "../told.js";

export function fill(place) {
  const languages = h(
    "select.input",
    { id: "language", translate: "no", onchange: speak },
    Object.entries(told.languages).map(([code, label]) =>
      h("option", { value: code, selected: code === told.language }, label),
    ),
  );
  const themes = h(
    "select.input",
    { id: "theme", onchange: dress },
    [
      ["auto", t("As the system")],
      ["light", t("Light")],
      ["dark", t("Dark")],
    ].map(([code, label]) => h("option", { value: code, selected: code === told.theme }, label)),
  );

  async function speak() {
    rememberView(languages.value, told.theme);
    await post("/me/language", { language: languages.value.split("_")[0] }).catch(() => {});
    location.reload();
  }
  function dress() {
    told.theme = themes.value;
    rememberView(told.language, told.theme);
    window.entrepot.applyTheme();
  }
  place.replaceChildren(
    h(
      "div.stack.narrow",
      h("label", { for: "language" }, t("Language")),
      languages,
      h("label", { for: "theme" }, t("Theme")),
      themes,
    ),
  );
}
