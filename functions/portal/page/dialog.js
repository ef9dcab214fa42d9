/** The dialog of an order: shows what it would do, takes what is accepted and confirmed, and has it done. */

import { accountPath, ApiFault, call } from "./api.js";
import { el, newId, put, say } from "./dom.js";
import { icon } from "./icons.js";
import { KINDS } from "./kinds.js";
import { remember } from "./operation.js";
import { due, faultNotice, field, notice, prose, stepList, waiting } from "./parts.js";
import { ORDERS } from "./words.js";

/** @typedef {import("./account.js").Context} Context */
/** @typedef {import("./kinds.js").Given} Given */

/**
 * Opens the dialog of an order.
 * @param {Context} context
 * @param {string} kind
 * @param {Given} given
 */
export function openOrder(context, kind, given) {
  const order = KINDS[kind];
  const { detail } = context;
  const name = ORDERS[/** @type {keyof typeof ORDERS} */ (kind)];
  const id = newId();
  const inputs = order.inputs?.(detail, given) ?? [];
  const shown = el("div", { class: "preview", "aria-live": "polite" });
  const apply = el("button", { type: "button", class: "primary", disabled: true }, name);
  const look = el("button", { type: "submit" }, "Preview");
  const form = /** @type {HTMLFormElement} */ (el("form", { class: "order-form" }, ...inputs, inputs.length ? el("p", {}, look) : null));
  const close = () => dialog.close();
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { "aria-labelledby": id, class: "order" },
      el(
        "header",
        {},
        el("div", {}, el("h2", { id }, name), el("p", { class: "small" }, detail.name, given.named ? `: ${given.named}` : "")),
        el("button", { type: "button", class: "quiet close", "aria-label": "Close", on: { click: close } }, icon("close")),
      ),
      el("p", {}, order.says),
      form,
      shown,
      el("footer", {}, el("button", { type: "button", on: { click: close } }, "Cancel"), apply),
    )
  );
  const asking = new Asking(context, kind, given, { dialog, form, shown, apply });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void asking.preview();
  });
  form.addEventListener("input", () => asking.stale());
  apply.addEventListener("click", () => asking.apply());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  if (!inputs.some((each) => each.querySelector("[required]"))) void asking.preview();
}

/** @param {any[]} all blockers of one code, whose fix is the same */
const fixOf = (all) => (all[0].fix ? el("span", { class: "small" }, " Better: ", prose(all[0].fix)) : null);

/** One dialog: what is asked, what it would do, what has been accepted of it. */
class Asking {
  /**
   * @param {Context} context
   * @param {string} kind
   * @param {Given} given
   * @param {{dialog: HTMLDialogElement, form: HTMLFormElement, shown: HTMLElement, apply: HTMLElement & Record<string, any>}} parts
   */
  constructor(context, kind, given, parts) {
    this.context = context;
    this.order = KINDS[kind];
    this.kind = kind;
    this.given = given;
    this.parts = parts;
    /** @type {Set<string>} */
    this.accepted = new Set();
    /** Blockers that were shown to be accepted, by code, which several may have. @type {Map<string, any[]>} */
    this.blockers = new Map();
    this.typed = "";
    this.isNamed = true;
    this.mayApply = false;
    this.key = crypto.randomUUID();
  }

  /** @param {boolean} dryRun */
  send(dryRun) {
    const { order, given, context } = this;
    const form = new FormData(this.parts.form);
    const query = { ...(order.query?.(form, given) ?? {}), dryRun };
    const despite = order.overrides ? { despite: [...this.accepted] } : {};
    const body = order.body ? { ...order.body(form, given), ...despite } : undefined;
    const path = accountPath(context.detail.id, order.path, query);
    return call(path, { method: order.query ? "DELETE" : "POST", body, key: dryRun ? undefined : this.key });
  }

  /** What was shown is no longer what would be done. */
  stale() {
    this.mayApply = false;
    this.key = crypto.randomUUID();
    this.accepted.clear();
    this.blockers.clear();
    put(this.parts.shown);
    this.settle();
  }

  async preview() {
    const { shown, dialog } = this.parts;
    this.mayApply = false;
    this.settle();
    if (!shown.childElementCount) put(shown, waiting("Working out what it would do"));
    try {
      const preview = await this.send(true);
      if (dialog.isConnected) this.draw(preview);
    } catch (error) {
      put(shown, faultNotice(error));
    }
  }

  /** @param {any} preview */
  draw(preview) {
    const { steps, cannot, refused, retryAt } = preview;
    const code = /** @type {HTMLInputElement | null} */ (document.activeElement)?.value;
    const focused = this.parts.shown.contains(document.activeElement) ? code : "";
    const fatal = refused.filter((/** @type {any} */ each) => !this.order.overrides || this.accepted.has(each.code));
    for (const [code, all] of Map.groupBy(refused, (/** @type {any} */ each) => each.code)) this.blockers.set(code, all);
    this.isNamed = !(cannot.length || steps.some((/** @type {any} */ each) => each.undo !== "quick"));
    this.mayApply = !refused.length && (steps.length > 0 || Boolean(this.order.evenIdle));
    put(
      this.parts.shown,
      this.acceptances(fatal),
      fatal.length ? refusals(fatal) : null,
      steps.length ? [el("h3", {}, "It would"), stepList(steps)] : refused.length ? null : notice("info", "plain", el("p", {}, this.order.evenIdle ? "There is nothing to change for now; the account is looked at." : "There is nothing to do.")),
      cannot.length ? notice("block", "fault", el("p", {}, "What never comes back:"), el("ul", {}, ...cannot.map((/** @type {string} */ each) => el("li", {}, prose(each))))) : null,
      retryAt ? el("p", { class: "small" }, "More may be possible ", due(retryAt), ".") : null,
      this.isNamed || !this.mayApply ? null : this.confirmation(),
    );
    if (focused) /** @type {HTMLElement | null} */ (this.parts.shown.querySelector(`input[value="${CSS.escape(focused)}"]`))?.focus();
    say(this.mayApply ? `${steps.length} steps. It can be done.` : "It cannot be done as it is.");
    this.settle();
  }

  /** @param {any[]} fatal those that were accepted, and are refused all the same */
  acceptances(fatal) {
    if (!this.order.overrides || !this.blockers.size) return null;
    const hopeless = new Set(fatal.map((each) => each.code));
    const toggle = (/** @type {Event} */ event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      if (box.checked) this.accepted.add(box.value);
      else this.accepted.delete(box.value);
      this.key = crypto.randomUUID();
      void this.preview();
    };
    const boxes = [...this.blockers]
      .filter(([code]) => !hopeless.has(code))
      .map(([code, all]) =>
        el(
          "label",
          { class: "check" },
          el("input", { type: "checkbox", value: code, checked: this.accepted.has(code), on: { change: toggle } }),
          el("span", {}, el("strong", {}, "I accept: "), ...all.map((each) => el("span", { class: "line" }, prose(each.message, false))), fixOf(all)),
        ),
      );
    if (!boxes.length) return null;
    return el("fieldset", { class: "accept" }, el("legend", {}, "This is in the way"), ...boxes);
  }

  confirmation() {
    const name = this.context.detail.name;
    const input = el("input", { autocomplete: "off", spellcheck: "false", value: this.typed, class: "code" });
    input.addEventListener("input", () => {
      this.typed = input.value.trim();
      this.settle();
    });
    return el("div", { class: "confirm" }, field(`Type ${name} to confirm`, input, "Some of this is undone slowly, or never."));
  }

  settle() {
    const confirmed = this.isNamed || this.typed === this.context.detail.name;
    this.parts.apply.disabled = !(this.mayApply && confirmed);
  }

  async apply() {
    const { shown, dialog, apply } = this.parts;
    apply.disabled = true;
    shown.querySelector(".refusal")?.remove();
    try {
      const operation = await this.send(false);
      remember(operation);
      dialog.close();
      await this.context.again(operation);
    } catch (error) {
      if (error instanceof ApiFault && error.status === 409) return this.preview().then(() => this.refuse(error));
      this.refuse(error);
      this.settle();
    }
  }

  /** @param {unknown} error */
  refuse(error) {
    this.parts.shown.prepend(el("div", { class: "refusal" }, faultNotice(error)));
  }
}

/** @param {any[]} refused */
function refusals(refused) {
  return notice(
    "block",
    "warn",
    el("p", {}, "This is refused for now:"),
    el("ul", {}, ...refused.map((each) => el("li", {}, prose(each.message), each.fix ? [el("br"), el("strong", {}, "To do: "), prose(each.fix)] : "", each.retryAt ? [" Possible ", due(each.retryAt), "."] : ""))),
  );
}
