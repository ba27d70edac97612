// Numbers, money and times as people of the page's language write them.
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { told } from "./told.js";

const locale = told.locale;
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const wholeShare = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
const absolute = new Intl.DateTimeFormat(locale, {
  timeZone: told.timeZone,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const shortDay = new Intl.DateTimeFormat(locale, {
  timeZone: told.timeZone,
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});
const clock = new Intl.DateTimeFormat(locale, {
  timeZone: told.timeZone,
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});
const onlyDay = new Intl.DateTimeFormat(locale, { timeZone: told.timeZone, month: "2-digit", day: "2-digit" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "narrow" });
const moneys = new Map();

const missing = (value) => value === null || value === undefined || value === "";

export const number = (value) => (missing(value) ? "—" : whole.format(value));
export const decimal = (value) =>
  missing(value) ? "—" : Math.abs(value) >= 1000 ? whole.format(value) : oneDecimal.format(value);
export const percent = (value) => (missing(value) ? "—" : share.format(value));
export const wholePercent = (value) => (missing(value) ? "—" : wholeShare.format(value));

// When a stop may be visited: the times agreed with its receiver, or all between its first and last moment.
export const times = (stop) =>
  (stop.windows.length ? stop.windows : [stop]).map((one) => `${hour(one.opens)}–${hour(one.closes)}`).join(", ");

// 12,345 stays; 123,456 becomes 12.3万 where people count in 万 and 亿.
export function big(value) {
  if (missing(value)) return "—";
  if (told.language === "zh_CN" && Math.abs(value) >= 1e8) return `${oneDecimal.format(value / 1e8)}亿`;
  if (told.language === "zh_CN" && Math.abs(value) >= 1e5) return `${oneDecimal.format(value / 1e4)}万`;
  return whole.format(value);
}

function moneyFormat(currency) {
  if (!moneys.has(currency))
    moneys.set(
      currency,
      new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" }),
    );
  return moneys.get(currency);
}

export function money(minor, currency) {
  if (missing(minor)) return "—";
  if (!/^[A-Z]{3}$/.test(currency || "")) return whole.format(minor);
  const format = moneyFormat(currency);
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function bigMoney(minor, currency) {
  if (missing(minor) || !currency) return big(minor);
  return bigWhole(minor / 10 ** moneyFormat(currency).resolvedOptions().maximumFractionDigits, currency);
}

// The same of whole units; without a currency, a number.
export function bigWhole(value, currency) {
  if (missing(value) || !currency) return big(value);
  const format = moneyFormat(currency);
  const sign = format.formatToParts(0).find((part) => part.type === "currency").value;
  return Math.abs(value) < 1e5 ? format.format(value).replace(/[.,]\d\d$/, "") : `${sign}${big(value)}`;
}

export function bytes(size) {
  if (missing(size)) return "—";
  if (size < 1024) return `${size} B`;
  return size < 1048576 ? `${oneDecimal.format(size / 1024)} kB` : `${oneDecimal.format(size / 1048576)} MB`;
}

export function duration(milliseconds) {
  if (missing(milliseconds)) return "—";
  if (milliseconds < 1000) return t("{n} ms", { n: whole.format(milliseconds) });
  if (milliseconds < 120_000) return t("{n} s", { n: oneDecimal.format(milliseconds / 1000) });
  if (milliseconds < 7_200_000) return t("{n} min", { n: whole.format(milliseconds / 60_000) });
  return milliseconds < 172_800_000
    ? t("{n} h", { n: whole.format(milliseconds / 3_600_000) })
    : t("{n} d", { n: whole.format(milliseconds / 86_400_000) });
}

export const exact = (instant) => (missing(instant) ? "—" : absolute.format(new Date(instant)));
export const minute = (instant) => (missing(instant) ? "—" : shortDay.format(new Date(instant)));
export const day = (instant) => (missing(instant) ? "—" : onlyDay.format(new Date(instant)));
export const hour = (instant) => clock.format(new Date(instant));

const STEPS = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
];

export function ago(instant) {
  if (missing(instant)) return "—";
  let amount = (new Date(instant) - Date.now()) / 1000;
  if (Math.abs(amount) < 5) return t("just now");
  for (const [unit, next] of STEPS) {
    if (Math.abs(amount) < next) return relative.format(Math.round(amount), unit);
    amount /= next;
  }
  return shortDay.format(new Date(instant));
}

// <time>: how long ago, the absolute time and its zone in the tooltip.
export function time(instant, show = ago) {
  if (missing(instant)) return h("span.faint", "—");
  return h("time", { datetime: instant, title: `${exact(instant)} ${told.timeZone}` }, show(instant));
}

export const pieces = (count) => (count === 1 ? t("1 piece") : t("{n} pieces", { n: number(count) }));
