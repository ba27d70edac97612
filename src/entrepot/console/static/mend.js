// Mend a quarantined message by hand: its text, changed, is translated again; the original stays stored beside it.
import { get, post } from "./api.js";
import { h } from "./dom.js";
import { close, dialog } from "./drawer.js";
import { t } from "./i18n.js";
import { mendSentence, sentence } from "./sentences.js";
import { failed, skeleton } from "./states.js";
import { toast, toastError } from "./toast.js";

export async function mendDialog(entry, done) {
  const body = dialog(t("Mend and replay"), skeleton(8));
  body.parentElement.classList.add("broad");
  try {
    const message = await get(`/messages/${encodeURIComponent(entry.message_id)}`);
    draw(body, entry, message.text || "", done);
  } catch (error) {
    body.replaceChildren(failed(error));
  }
}

function draw(body, entry, original, done) {
  const text = h("textarea.input.raw-edit", {
    rows: "16",
    spellcheck: "false",
    translate: "no",
    "aria-label": t("Text of the message"),
    value: original,
    "data-first": true,
  });
  const said = h("div.mend-said", { role: "status" });
  const tryIt = h("button.button", { type: "button", onclick: () => send(true) }, t("Try"));
  const save = h("button.button.primary", { type: "button", onclick: () => send(false) }, t("Save and replay"));
  body.replaceChildren(
    h("p", sentence(entry)),
    entry.mend ? h("p.faint", mendSentence(entry)) : "",
    text,
    h("p.faint", t("The original stays stored; your text becomes a new message that names it.")),
    said,
    h("div.dialog-actions", h("button.button", { type: "button", onclick: close }, t("Cancel")), tryIt, save),
  );
  text.focus();

  async function send(trial) {
    save.disabled = tryIt.disabled = true;
    try {
      const answer = await post(`/quarantine/${encodeURIComponent(entry.id)}/fix`, {
        body: text.value,
        dry_run: trial,
      });
      const good = answer.resolved === true || answer.resolved > 0;
      if (!trial && good) {
        close();
        toast(t("Mended and replayed"));
        return await done();
      }
      said.replaceChildren(
        h(
          `p.tone-${good ? "good" : "bad"}`,
          good ? t("This text can be translated.") : t("This text cannot be translated yet."),
        ),
        ...(answer.findings || []).map((one) => h("p", sentence(one))),
      );
      if (!trial) await done();
    } catch (error) {
      toastError(error);
    } finally {
      save.disabled = tryIt.disabled = false;
    }
    return undefined;
  }
}
