// Search over everything that has a number: SKU, order, parcel, node, message.
import { get } from "../api.js";
import { data, h, icon } from "../dom.js";
import { t, word } from "../i18n.js";

export function fill(place) {
  const box = h("input.search-box", {
    id: "search-box",
    type: "search",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "search-hits",
    autocomplete: "off",
    placeholder: t("SKU, order, parcel, node, message"),
    "aria-label": t("Search"),
  });
  const hits = h("ul.search-hits", { id: "search-hits", role: "listbox", "aria-label": t("Search"), hidden: true });
  let timer = 0;
  let request = null;
  let chosen = -1;

  const show = (visible) => {
    hits.hidden = !visible;
    box.setAttribute("aria-expanded", String(visible));
  };
  async function look() {
    request?.abort();
    const text = box.value.trim();
    if (text.length < 2) return show(false);
    request = new AbortController();
    try {
      const { items } = await get(`/search?limit=8&q=${encodeURIComponent(text)}`, { signal: request.signal });
      draw(items);
    } catch (error) {
      if (error.name !== "AbortError") draw([], error.message);
    }
  }
  function draw(items, note = t("Nothing found")) {
    chosen = -1;
    hits.replaceChildren(
      ...(items.length
        ? items.map((item) =>
            h(
              "li",
              { role: "option" },
              h(
                "a",
                { href: item.url, tabindex: "-1" },
                h("span.hit-kind", word("kind", item.kind)),
                data(item.title || item.id),
                item.title && !item.title.includes(item.id) ? data(item.id, "hit-id") : "",
              ),
            ),
          )
        : [h("li.hit-none", note)]),
    );
    show(true);
  }
  function move(step) {
    const options = [...hits.querySelectorAll("a")];
    if (!options.length) return;
    options[chosen]?.classList.remove("chosen");
    chosen = (chosen + step + options.length) % options.length;
    options[chosen].classList.add("chosen");
  }
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 160);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") (hits.querySelector("a.chosen") || hits.querySelector("a"))?.click();
    else if (event.key === "Escape") show(false);
    else return;
    event.preventDefault();
  });
  box.addEventListener("focus", () => hits.children.length && show(true));
  document.addEventListener("click", (event) => !place.contains(event.target) && show(false));
  place.replaceChildren(
    h(
      "div.search",
      { role: "search" },
      icon("search"),
      box,
      h("kbd.search-key", { "aria-hidden": "true", translate: "no" }, "/"),
      hits,
    ),
  );
}
