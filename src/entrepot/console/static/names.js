// Names of places and carriers by their id, asked for once a page.
import { get } from "./api.js";
import { isWord, localName, word } from "./i18n.js";
import { told } from "./told.js";

const asked = new Map();

const ENDING = /(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)$/;
const countries = new Intl.DisplayNames([told.locale], { type: "region" });

// A province of China in the page's language, whatever its spelling; any other place as it was told.
export function provinceName(name) {
  const short = name.replace(ENDING, "");
  return isWord("province", short) ? word("province", short) : name;
}

// A country, by its two letters, or a province in it; China's provinces stand alone.
export function areaName(country, province = "") {
  const isChinas = isWord("province", province.replace(ENDING, ""));
  const name = /^[A-Z]{2}$/.test(country) ? countries.of(country) : country;
  return isChinas ? provinceName(province) : [name, province].filter(Boolean).join(" ");
}

// Who did something: a part of the platform by its word, a person as called here.
export const actorName = (actor) => (isWord("actor", actor) ? word("actor", actor) : actor);

// What is sold, in the page's language where the catalogue has it; else as the channel calls it, else its code.
export const goodsName = (one) =>
  (told.language === "en"
    ? one.name_en || one.title || one.name
    : one.name || one.title || one.name_en) || one.sku || "";

export const nodeNames = () => names("/stock/nodes");
export const carrierNames = () => names("/carriers");

function names(path) {
  if (!asked.has(path))
    asked.set(
      path,
      get(path).then(
        ({ items }) => new Map(items.map((one) => [one.id, localName(one, "name") || one.id])),
        () => new Map(),
      ),
    );
  return asked.get(path);
}
