// What could not be understood, by reason: look at it, mend it, replay it, or set it aside with a reason.
import { get, post, query } from "../api.js";
import { data, h } from "../dom.js";
import { close, dialog } from "../drawer.js";
import { facts } from "../facts.js";
import * as f from "../format.js";
import { t, word } from "../i18n.js";
import { ruleName } from "../rules.js";
import { mendDialog } from "../mend.js";
import { mendSentence, sentence } from "../sentences.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { toast, toastError } from "../toast.js";

export async function fill(place, { may_act: mayAct }) {
  const groups = h("div.groups", skeleton(6));
  const entries = h("div.entries", skeleton(8));
  const state = new URLSearchParams(location.search);
  place.replaceChildren(
    h(
      "div.master",
      h("section.panel", { "aria-label": t("By reason") }, h("header.panel-head", h("h2", t("By reason"))), groups),
      h("section.panel", { "aria-label": t("Entries") }, entries),
    ),
  );

  async function load() {
    try {
      const channel = state.get("channel");
      const items = (await get("/quarantine/groups")).items.filter((one) => !channel || one.channel === channel);
      drawGroups(items);
      await choose(
        items.find(
          (one) => one.reason === state.get("reason") && (!state.get("topic") || one.topic === state.get("topic")),
        ) || items[0],
      );
    } catch (error) {
      groups.replaceChildren(failed(error, load));
      entries.replaceChildren();
    }
  }
  function drawGroups(items) {
    if (!items.length) {
      entries.replaceChildren(
        empty({
          title: t("Nothing in quarantine"),
          text: t(
            "Every message was understood. What cannot be translated is set aside here with its reason; nothing is lost.",
          ),
        }),
      );
      return groups.replaceChildren(h("p.calm-line", h("span.tone-good", mark("good")), t("All clear")));
    }
    groups.replaceChildren(
      ...items.map((one) =>
        h(
          "button.group",
          { type: "button", onclick: () => choose(one), "data-group": keyOf(one) },
          h("span.tone-bad", mark("bad")),
          h(
            "span.group-text",
            h("strong", ruleName(one.reason)),
            h("span.faint", word("channel", one.channel), " · ", data(one.topic, "mono")),
          ),
          h("span.group-count", f.number(one.count)),
          h("span.faint.group-age", f.time(one.oldest)),
        ),
      ),
    );
  }
  async function choose(group) {
    if (!group) return;
    state.set("reason", group.reason);
    state.set("topic", group.topic || "");
    history.replaceState(null, "", `?${state}`);
    groups
      .querySelectorAll(".group")
      .forEach((one) => one.classList.toggle("chosen", one.dataset.group === keyOf(group)));
    entries.replaceChildren(skeleton(8));
    try {
      const page = await get(
        `/quarantine${query({ reason: group.reason, channel: group.channel, topic: group.topic, open: 1, limit: 200 })}`,
      );
      drawEntries(group, page.items);
    } catch (error) {
      entries.replaceChildren(failed(error, () => choose(group)));
    }
  }
  function drawEntries(group, items) {
    const picked = new Set();
    const told = h("span.faint");
    const scope = () =>
      picked.size ? { ids: [...picked] } : { reason: group.reason, channel: group.channel, topic: group.topic };
    const pick = (id, on) => {
      if (on) picked.add(id);
      else picked.delete(id);
      told.textContent = picked.size ? t("{n} chosen", { n: f.number(picked.size) }) : t("the whole group");
    };
    told.textContent = t("the whole group");
    entries.replaceChildren(
      h(
        "header.panel-head",
        h("h2", ruleName(group.reason)),
        h("span.panel-note", f.number(group.count)),
        mayAct &&
          h(
            "div.actions",
            told,
            h(
              "button.button.primary",
              { type: "button", "data-act": "replay", onclick: () => replay(scope(), load) },
              t("Replay"),
            ),
            h(
              "button.button",
              {
                type: "button",
                "data-act": "dismiss",
                onclick: () => dismiss(scope(), picked.size || group.count, load),
              },
              t("Dismiss"),
            ),
          ),
      ),
      h(
        "ul.entry-list",
        items.map((one) => entry(one, mayAct, pick, load)),
      ),
    );
  }
  await load();
}

const keyOf = (one) => `${one.reason}|${one.channel}|${one.topic}`;

function entry(one, mayAct, pick, done) {
  const check = h("input", {
    type: "checkbox",
    "aria-label": t("Choose this entry"),
    onchange: () => pick(one.id, check.checked),
  });
  return h(
    "li.entry",
    mayAct && check,
    h(
      "div.entry-text",
      h("p", sentence(one)),
      one.mend && h("p.faint", mendSentence(one)),
      facts(
        [
          [
            t("Message"),
            h(
              "a.link",
              { href: `/messages/${encodeURIComponent(one.message_id)}` },
              data((one.message_id || "").slice(0, 12), "mono"),
            ),
          ],
          [t("Shop"), data(one.shop)],
          one.pointer && [t("Pointer"), data(one.pointer, "mono")],
          one.scope && [t("Scope"), data(one.scope, "mono")],
          [t("First seen"), f.time(one.first_seen)],
          [t("Replays"), f.number(one.replays)],
        ],
        ".inline",
      ),
    ),
    mayAct &&
      h(
        "div.entry-actions",
        h("button.button", { type: "button", onclick: () => mendDialog(one, done) }, t("Mend")),
        h("button.button", { type: "button", onclick: () => replay({ ids: [one.id] }, done) }, t("Replay")),
      ),
  );
}

// First the count of what would happen, then the deed.
async function replay(scope, done) {
  const body = dialog(t("Replay"), skeleton(3));
  try {
    const trial = await post("/quarantine/replay", { ...scope, dry_run: true });
    const matched = trial.matched ?? trial.replayed ?? 0;
    body.replaceChildren(
      h("p", t("{n} entries are translated again with today's mapping.", { n: f.number(matched) })),
      h("p", t("{a} would be resolved, {b} would stay.", { a: f.number(trial.resolved), b: f.number(trial.still) })),
      h(
        "div.dialog-actions",
        h("button.button", { type: "button", onclick: close }, t("Cancel")),
        h(
          "button.button.primary",
          { type: "button", "data-first": true, "data-act": "confirm", disabled: !matched, onclick: go },
          t("Replay"),
        ),
      ),
    );
    body.querySelector("[data-first]").focus();
  } catch (error) {
    body.replaceChildren(failed(error));
  }
  async function go(event) {
    event.target.disabled = true;
    try {
      const result = await post("/quarantine/replay", scope);
      close();
      toast(
        t("{a} resolved, {b} still in quarantine", { a: f.number(result.resolved), b: f.number(result.still) }),
        result.still ? "warn" : "good",
      );
      await done();
    } catch (error) {
      toastError(error);
      event.target.disabled = false;
    }
  }
}

function dismiss(scope, count, done) {
  const why = h("textarea.input", { rows: "3", "data-first": true, required: true, "aria-label": t("Reason") });
  dialog(
    t("Dismiss"),
    h(
      "form.stack",
      { onsubmit: go },
      h("p", t("{n} entries leave the list and are not translated. The messages stay stored.", { n: f.number(count) })),
      h("label", t("Reason")),
      why,
      h(
        "div.dialog-actions",
        h("button.button", { type: "button", onclick: close }, t("Cancel")),
        h("button.button.danger", { type: "submit" }, t("Dismiss")),
      ),
    ),
  );
  async function go(event) {
    event.preventDefault();
    try {
      await post("/quarantine/dismiss", { ...scope, why: why.value.trim() });
      close();
      toast(t("Dismissed"));
      await done();
    } catch (error) {
      toastError(error);
    }
  }
}
