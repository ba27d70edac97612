// Language, theme and the person's menu.
import { post } from "../api.js";
import { h, icon } from "../dom.js";
import { t, word } from "../i18n.js";
import { rememberView, told } from "../told.js";

const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" };

export function fill(place) {
  const [other, label] = Object.entries(told.languages).find(([code]) => code !== told.language);
  const names = { auto: t("Theme: as the system"), light: t("Theme: light"), dark: t("Theme: dark") };
  const theme = h("button.icon-button.theme-button", { type: "button", onclick: turn });
  const draw = () => {
    theme.replaceChildren(icon(`theme-${told.theme}`));
    theme.title = names[told.theme];
    theme.setAttribute("aria-label", names[told.theme]);
  };
  function turn() {
    told.theme = NEXT_THEME[told.theme];
    rememberView(told.language, told.theme);
    window.entrepot.applyTheme();
    draw();
  }
  const switcher = h(
    "button.button.quiet.language-button",
    {
      type: "button",
      lang: other.replace("_", "-"),
      translate: "no",
      title: label,
      onclick: () => (rememberView(other, told.theme), location.reload()),
    },
    other === "zh_CN" ? "中文" : "EN",
  );
  const menu = h(
    "div.menu.menu-right",
    { role: "menu", hidden: true },
    h("p.menu-note", h("strong", { translate: "no" }, told.person), " · ", word("role", told.role)),
    h("a.menu-item", { role: "menuitem", href: "/settings" }, t("Settings")),
    h(
      "button.menu-item",
      { role: "menuitem", type: "button", onclick: async () => location.assign((await post("/logout")).next) },
      t("Log out"),
    ),
  );
  const initials = told.person.slice(0, 2).toUpperCase();
  const person = h(
    "button.person",
    {
      type: "button",
      "aria-haspopup": "menu",
      "aria-label": [initials, t("Your account")].join(" · "),
      translate: "no",
      onclick: () => (menu.hidden = !menu.hidden),
    },
    initials,
  );
  const box = h("div.menu-box", person, menu);
  document.addEventListener("click", (event) => !box.contains(event.target) && (menu.hidden = true));
  document.addEventListener("keydown", (event) => event.key === "Escape" && (menu.hidden = true));
  draw();
  place.replaceChildren(switcher, theme, box);
}
