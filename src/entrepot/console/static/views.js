// Saved views: a name for a filter, kept in this browser.
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

export function savedViews(name, bar) {
  const key = `entrepot.views.${name}`;
  const read = () => JSON.parse(localStorage.getItem(key) || "[]");
  const write = (views) => localStorage.setItem(key, JSON.stringify(views));
  const menu = h("div.menu", { role: "menu", hidden: true });
  const button = h(
    "button.button.quiet",
    { type: "button", "aria-haspopup": "menu", onclick: toggle },
    icon("bookmark"),
    h("span", t("Views")),
  );
  const box = h("div.menu-box", button, menu);

  function toggle() {
    menu.hidden = !menu.hidden;
    button.setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) draw();
  }
  function draw() {
    const views = read();
    const title = h("input.input", {
      type: "text",
      placeholder: t("Name of this view"),
      "aria-label": t("Name of this view"),
      maxlength: "40",
    });
    const save = () => {
      if (!title.value.trim()) return title.focus();
      write([
        ...views.filter((view) => view.title !== title.value.trim()),
        { title: title.value.trim(), address: bar.address() },
      ]);
      toast(t("View saved in this browser"));
      draw();
    };
    menu.replaceChildren(
      ...views.map((view) =>
        h(
          "div.menu-row",
          h(
            "button.menu-item",
            { type: "button", role: "menuitem", translate: "no", onclick: () => (bar.load(view.address), toggle()) },
            view.title,
          ),
          h(
            "button.icon-button",
            {
              type: "button",
              "aria-label": t("Delete"),
              onclick: () => (write(views.filter((one) => one !== view)), draw()),
            },
            icon("close"),
          ),
        ),
      ),
      views.length ? "" : h("p.menu-note", t("No saved view yet")),
      h("div.menu-row", title, h("button.button", { type: "button", onclick: save }, t("Save"))),
    );
  }
  document.addEventListener(
    "click",
    (event) => !box.contains(event.target) && event.target.isConnected && (menu.hidden = true),
  );
  return box;
}

export function columnChooser(columns, state, changed) {
  const menu = h("div.menu", { role: "menu", hidden: true });
  const button = h(
    "button.button.quiet",
    { type: "button", "aria-haspopup": "menu", onclick: () => (menu.hidden = !menu.hidden) },
    icon("columns"),
    h("span", t("Columns")),
  );
  const box = h("div.menu-box", button, menu);
  menu.append(
    ...columns.slice(1).map((column) => {
      const check = h("input", {
        type: "checkbox",
        checked: !state(column),
        onchange: () => changed(column, check.checked),
      });
      return h("label.menu-check", check, column.label);
    }),
  );
  document.addEventListener("click", (event) => !box.contains(event.target) && (menu.hidden = true));
  return box;
}
