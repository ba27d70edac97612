// Keys: / search, j k move, Enter open, ? help, Escape close. A list registers how to move in it.
import { h } from "./dom.js";
import { close, drawer } from "./drawer.js";
import { t } from "./i18n.js";

let list = null;

export function moveWith(mover) {
  list = mover;
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (close()) event.preventDefault();
      else document.activeElement?.blur?.();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = ACTIONS[event.key];
    if (act && act(event) !== false) event.preventDefault();
  });
}

const typing = (element) => element.matches?.("input,textarea,select,[contenteditable]");

const ACTIONS = {
  "/": () => document.querySelector("#search-box")?.focus(),
  j: () => list?.move(1),
  k: () => list?.move(-1),
  Enter: (event) => (list && event.target.closest?.("a,button") === null ? list.open() : false),
  "?": help,
};

function help() {
  const rows = [
    ["/", t("Search")],
    ["j  k", t("Next, previous row")],
    ["Enter", t("Open the row")],
    ["Esc", t("Close, leave")],
    ["?", t("This help")],
  ];
  drawer(
    t("Keys"),
    h(
      "dl.keys",
      rows.map(([key, text]) => [
        h(
          "dt",
          key.split("  ").map((one) => h("kbd", { translate: "no" }, one)),
        ),
        h("dd", text),
      ]),
    ),
  );
}
