// Commands on the pieces of an order: which one is next, what it must be told, and the asking, doing and undoing.
import { newId, post } from "./api.js";
import { ask, reasonField } from "./ask.js";
import { h } from "./dom.js";
import { isWord, t, word } from "./i18n.js";
import { carrierNames } from "./names.js";
import { toast, toastError } from "./toast.js";
import { told } from "./told.js";

// The way forward: of the commands that are legal the first of these is the obvious one.
const FORWARD =
  "clear agree reserve release accept pack make_ready ship collect deliver authorise send_in receive grade_sound " +
  "restock put_back to_vendor";
const NEXT = FORWARD.split(" ");
const REASONED = new Set(
  (
    "hold_risk free recall cancel decline refuse short damage unpack lose turn_back send_back write_off scrap " +
    "backorder grade_faulty"
  ).split(" "),
);
const GRAVE = new Set("cancel refuse short damage lose write_off scrap".split(" "));
const NEEDS_NODE = new Set(["claim", "receive"]);
// Asked for with facts of their own: sourcing overrides the decision, pieces are added to the order.
const ELSEWHERE = new Set(["add", "source", "time_out"]);
// They name a SKU: of one order's line, never of many orders'.
const NAMES_SKU = new Set(["match", "exchange"]);

export const isForMany = (name) => !NAMES_SKU.has(name);
export const nextOf = (legal) => NEXT.find((name) => legal.includes(name));
export const usable = (legal) => legal.filter((name) => !ELSEWHERE.has(name));
export const isGrave = (name) => GRAVE.has(name);
export const isReasoned = (name) => REASONED.has(name);

// Do a command; asks first where it needs a quantity, a node, a parcel or a reason.
// about: { order, version, takes: [piece or line], most (units, of one piece), node, nodes: Map }
export async function command(name, about, done) {
  const carriers = name === "ship" ? await carrierNames() : new Map();
  const fields = fieldsOf(name, { ...about, carriers });
  const act = (values) => send(name, about, values, done);
  if (!fields.length) return act({}).then(done, toastError);
  return ask({
    title: word("command", name),
    fields,
    button: word("command", name),
    danger: GRAVE.has(name),
    act,
    done,
  });
}

function fieldsOf(name, { most, node, nodes, carriers }) {
  return [
    most > 1 && {
      name: "qty",
      label: t("Pieces"),
      kind: "number",
      value: name === "short" ? 1 : most,
      min: 1,
      max: most,
      required: true,
    },
    NAMES_SKU.has(name) && {
      name: "sku",
      label: name === "exchange" ? t("SKU sent instead") : t("SKU"),
      required: true,
    },
    NEEDS_NODE.has(name) && { name: "node", label: t("Node"), kind: "select", value: node, options: [...nodes] },
    carriers.size > 0 && { name: "carrier", label: t("Carrier"), kind: "select", options: [...carriers] },
    carriers.size > 0 && { name: "tracking_no", label: t("Parcel number, if it has one") },
    REASONED.has(name) && reasonField(),
  ].filter(Boolean);
}

async function send(name, about, values, done) {
  try {
    await give(name, about, values, done);
  } catch (error) {
    throw refused(error);
  }
}

async function give(name, about, values, done) {
  const { qty, node, sku, reason, carrier, tracking_no: trackingNo } = values;
  const answer = await post(`/orders/${encodeURIComponent(about.order)}/commands`, {
    id: newId(),
    command: name,
    takes: (about.takes || []).map((take) => ({ name: take, ...(qty ? { qty } : {}) })),
    ...(node ? { node } : {}),
    ...(name === "match" ? { sku } : {}),
    ...(name === "exchange" ? { adds: [{ line: newLine(), sku, qty: qty || about.most }] } : {}),
    ...(reason ? { reason } : {}),
    ...(carrier && trackingNo ? { parcel: { carrier, tracking_no: trackingNo } } : {}),
    ...(about.version === undefined ? {} : { expected_version: about.version }),
  });
  tell(name, answer, about, done);
}

// A line of our own beside the channel's.
const newLine = () => `new-${newId().slice(0, 8)}`;

// Add pieces to an order: of a line it has, where that is of the SKU, else of a new one. They are held at once.
export function addPieces({ order, version, lines }, done) {
  return ask({
    title: word("command", "add"),
    text: t("Stock is held for them at once; without stock nothing is added."),
    fields: [
      { name: "sku", label: t("SKU"), required: true },
      { name: "qty", label: t("Pieces"), kind: "number", value: 1, min: 1, required: true },
      reasonField(),
    ],
    button: word("command", "add"),
    act: async ({ sku, qty, reason }) => {
      const line = lines.get(sku) || newLine();
      try {
        await post(`/orders/${encodeURIComponent(order)}/commands`, {
          id: newId(),
          command: "edit",
          adds: [{ line, sku, qty }],
          reason,
          expected_version: version,
        });
      } catch (error) {
        throw refused(error);
      }
      return t("Done: {what}", { what: word("command", "add") });
    },
    done,
  });
}

// Say that it was done, with the way back where there is one.
function tell(name, answer, about, done) {
  const undo = answer.undo;
  const back =
    undo &&
    h(
      "button.link",
      {
        type: "button",
        onclick: () => {
          back.remove();
          send(undo, { ...about, version: answer.version }, { reason: t("Undone") }, done).then(done, toastError);
        },
      },
      t("Undo"),
    );
  toast([t("Done: {what}", { what: word("command", name) }), " ", back || ""]);
}

// A refusal in the page's language: its words say how to mend it, too.
function refused(error) {
  const text = refusalText(error);
  if (text !== error.message) error.mend = t("Change the request and try again.");
  error.message = text;
  return error;
}

// What a refusal says. The API's own English names quantities and nodes; other languages say the reason.
export function refusalText({ code, message }) {
  const reason = String(code || "")
    .split(".")
    .at(-1);
  return told.language !== "en" && isWord("refusal", reason) ? word("refusal", reason) : message;
}
