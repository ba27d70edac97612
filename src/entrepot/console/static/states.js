// The three ways a place can have nothing to show: not yet, never had, cannot.
import { data, h } from "./dom.js";
import { inWords, t } from "./i18n.js";

export function skeleton(lines = 5) {
  const rows = Array.from({ length: lines }, (_, i) => h("span.bone", { style: `width:${92 - ((i * 37) % 45)}%` }));
  return h("div.skeleton", { role: "status", "aria-label": t("Loading") }, rows);
}

export function empty({ title, text = "", command = "", action = null }) {
  return h(
    "div.empty",
    h("span.empty-mark", { "aria-hidden": "true" }),
    h("p.empty-title", title),
    text && h("p.empty-text", text),
    command && h("code.command", { translate: "no" }, command),
    action,
  );
}

export function failed(error, again = null, title = t("This part could not be loaded")) {
  return h(
    "div.failed",
    { role: "alert" },
    h("p.failed-title", title),
    h("p", { translate: "no" }, inWords(error.message)),
    h("p.faint", inWords(error.mend) || t("Reload the page. If it stays, give the code to whoever runs the server.")),
    h("p.faint", t("Code"), " ", data([error.code || error.name, error.id].filter(Boolean).join(" · "), "mono")),
    again && h("button.button", { type: "button", onclick: again }, t("Try again")),
  );
}
