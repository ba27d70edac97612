// The only way scripts make elements. Text becomes text nodes; there is no path from data to markup.
export function h(name, ...parts) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  return put(element, parts);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function put(element, parts) {
  for (const part of parts.flat(3)) {
    if (part === null || part === undefined || part === false || part === "") continue;
    if (part instanceof Node) element.append(part);
    else if (typeof part === "object") set(element, part);
    else element.append(String(part));
  }
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else if (name === "href") element.setAttribute("href", safe(value));
    else element.setAttribute(name, value === true ? "" : value);
  }
}

// Only paths of this site, and telephone numbers: an address from data must not become a script.
export function safe(address) {
  const text = String(address);
  const isPath = text.startsWith("/") && text[1] !== "/" && text[1] !== "\\";
  return isPath || text.startsWith("#") || text.startsWith("?") || /^tel:\+?\d+$/.test(text) ? text : "#";
}

// Text that is data, not interface: search tools, translators and our own tests tell them apart by this mark.
export function data(text, classes = "") {
  return h(`span${classes ? "." + classes : ""}`, { translate: "no" }, text ?? "—");
}

export function icon(name) {
  return h(`span.icon.icon-${name}`, { "aria-hidden": "true" });
}
