// A new password for oneself.
import { post } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { toast, toastError } from "../toast.js";

export function fill(place) {
  const old = h("input.input", { id: "old", type: "password", autocomplete: "current-password", required: true });
  const fresh = h("input.input", {
    id: "fresh",
    type: "password",
    autocomplete: "new-password",
    minlength: "12",
    required: true,
  });
  async function save(event) {
    event.preventDefault();
    try {
      await post("/me/password", { old: old.value, new: fresh.value });
      old.value = fresh.value = "";
      toast(t("Password changed. Log in again on other devices."));
    } catch (error) {
      toastError(error);
    }
  }
  place.replaceChildren(
    h(
      "form.stack.narrow",
      { onsubmit: save },
      h("label", { for: "old" }, t("Password now")),
      old,
      h("label", { for: "fresh" }, t("New password, 12 characters or more")),
      fresh,
      h("button.button", { type: "submit" }, t("Change password")),
    ),
  );
}
