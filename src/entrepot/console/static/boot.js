// Finds the places the server left (data-widget) and lets each one's module fill it. NiceGUI's Vue draws the page after
// this script runs, so new places are watched for.
import { start as startShell } from "./shell.js";
import { failed } from "./states.js";

async function fill(place) {
  if (place.dataset.filled) return;
  place.dataset.filled = "loading";
  try {
    const widget = await import(`./widgets/${place.dataset.widget}.js`);
    const filling = widget.fill(place, JSON.parse(place.dataset.config || "{}"));
    place.dataset.filled = "yes"; // with bones at least
    await filling;
  } catch (error) {
    place.dataset.filled = "yes";
    place.replaceChildren(failed(error));
    console.error(error);
  }
}

function look(root) {
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  if (root.dataset.widget) fill(root);
  root.querySelectorAll("[data-widget]").forEach(fill);
}

new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(look))).observe(
  document.documentElement,
  {
    childList: true,
    subtree: true,
  },
);
look(document.documentElement);
startShell();
