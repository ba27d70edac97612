// The filter bar. Its state is the page's address: a link shows the same list.
import { get } from "./api.js";
import { h, icon } from "./dom.js";
import { t, word } from "./i18n.js";

export function filterBar(filters, changed) {
  const state = new URLSearchParams(location.search);
  const known = new Set([...filters.map((filter) => filter.name), "sort"]);
  const values = () => Object.fromEntries([...state].filter(([, value]) => value));
  const chips = h("div.chips");
  const extra = [...state.keys()].filter((name) => !known.has(name) && !["view"].includes(name));
  const bar = h("form.filters", {
    role: "search",
    "aria-label": t("Filters"),
    onsubmit: (event) => event.preventDefault(),
  });
  const controls = filters.map((filter) => control(filter, state, set));
  const clear = h("button.button.quiet", { type: "button", onclick: reset }, t("Clear"));
  bar.append(...controls.map((one) => one.box), clear, chips);
  drawChips();

  function set(name, value) {
    if (value) state.set(name, value);
    else state.delete(name);
    push();
  }
  function push() {
    const text = state.toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
    drawChips();
    changed(values());
  }
  function reset() {
    for (const name of [...state.keys()]) state.delete(name);
    controls.forEach((one) => one.show(""));
    push();
  }
  function load(text) {
    for (const name of [...state.keys()]) state.delete(name);
    new URLSearchParams(text).forEach((value, name) => state.set(name, value));
    controls.forEach((one) => one.show(state.get(one.name) || ""));
    push();
  }
  // Filters that came by a link and have no control of their own still show, and can be taken off.
  function drawChips() {
    const shown = extra.filter((name) => state.get(name));
    chips.replaceChildren(
      ...shown.map((name) =>
        h(
          "button.chip",
          { type: "button", "aria-label": t("Remove filter"), onclick: () => set(name, "") },
          `${word("field", name)}: `,
          word("exception", state.get(name)),
          icon("close"),
        ),
      ),
    );
    clear.hidden = !Object.keys(values()).some((name) => name !== "sort");
  }
  return { bar, values, set, load, address: () => state.toString() };
}

function control(filter, state, set) {
  if (filter.kind === "choice" || filter.kind === "channel") return choice(filter, state, set);
  const input = h("input.input", {
    type: filter.kind === "date" ? "date" : "search",
    name: filter.name,
    placeholder: filter.label,
    "aria-label": filter.label,
    value: state.get(filter.name) || "",
    autocomplete: "off",
  });
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => set(filter.name, input.value.trim()), 250);
  });
  const box = filter.kind === "date" ? h("label.dated", h("span", filter.label), input) : input;
  return { name: filter.name, box, show: (value) => (input.value = value) };
}

function choice(filter, state, set) {
  const select = h("select.input", {
    name: filter.name,
    "aria-label": filter.label,
    onchange: () => set(filter.name, select.value),
  });
  const fill = (options) => {
    const value = state.get(filter.name) || "";
    const listed =
      value && !options.some(([code]) => code === value)
        ? [
            ...options,
            [
              value,
              value
                .split(",")
                .map((one) => nameIn(options, one))
                .join(" / "),
            ],
          ]
        : options;
    select.replaceChildren(
      h("option", { value: "" }, filter.label),
      ...listed.map(([code, label]) => h("option", { value: code }, label)),
    );
    select.value = value;
    select.classList.toggle("chosen", Boolean(value));
  };
  select.addEventListener("change", () => select.classList.toggle("chosen", Boolean(select.value)));
  fill(filter.options || []);
  if (filter.kind === "channel") {
    get("/channels?limit=200").then(
      ({ items }) => fill([...new Set(items.map((item) => item.channel))].map((code) => [code, word("channel", code)])),
      () => {},
    );
  }
  return {
    name: filter.name,
    box: select,
    show: (value) => ((select.value = value), select.classList.toggle("chosen", Boolean(value))),
  };
}

const nameIn = (options, code) => (options.find(([one]) => one === code) || [code, code])[1];
