// The why drawer at the right edge, and dialogs. Escape closes; focus goes back to where it was.
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

let open = null;

export function drawer(title, ...content) {
  return show("aside.drawer", title, content);
}

export function dialog(title, ...content) {
  return show("div.dialog", title, content);
}

export function close() {
  if (!open) return false;
  open.box.remove();
  open.veil.remove();
  open.back?.focus?.();
  open = null;
  return true;
}

function show(kind, title, content) {
  const back = open ? open.back : document.activeElement;
  if (open) close();
  const veil = h(kind.includes("dialog") ? "div.veil.veil-dark" : "div.veil", { onclick: close });
  const body = h("div.drawer-body", content);
  const box = h(
    kind,
    { role: "dialog", "aria-label": title, "aria-modal": "true", tabindex: "-1", onkeydown: trap },
    h(
      "header.drawer-head",
      h("h2", title),
      h("button.icon-button", { type: "button", "aria-label": t("Close"), onclick: close }, icon("close")),
    ),
    body,
  );
  document.body.append(veil, box);
  open = { box, veil, back };
  (box.querySelector("[data-first]") || box).focus();
  return body;
}

function trap(event) {
  if (event.key !== "Tab") return;
  const stops = [...open.box.querySelectorAll("a[href],button,input,select,textarea")].filter((stop) => !stop.disabled);
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey && (document.activeElement === first || document.activeElement === open.box)) {
    last.focus();
    event.preventDefault();
  } else if (!event.shiftKey && document.activeElement === last) {
    first.focus();
    event.preventDefault();
  }
}
