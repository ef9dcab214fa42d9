/** Buttons for what a person may have done to an account. */

import { openOrder } from "./dialog.js";
import { el, newId } from "./dom.js";
import { icon } from "./icons.js";
import { KINDS } from "./kinds.js";
import { ORDERS } from "./words.js";

/** @typedef {import("./account.js").Context} Context */

/**
 * True where this person may order it.
 * @param {import("./app.js").Me} me
 * @param {string} kind
 */
export const allowed = (me, kind) => me.roles.includes(KINDS[kind].role);

/**
 * What may be ordered for an account as it is, by whoever looks at it.
 * @param {Context} context
 */
export function actions(context) {
  const { detail, me } = context;
  const locked = detail.localAuthDisabled;
  const offered = [
    detail.stoppedAt ? "resume" : "onboard",
    "grant",
    detail.facts.connections?.every((/** @type {any} */ each) => !each.holdsKey) ? null : "switchConnections",
    locked ? null : "rotateKeys",
    "revokeKeys",
    locked ? "enableLocalAuth" : "disableLocalAuth",
    "rollback",
  ].filter((each) => each !== null && allowed(me, each));
  const id = newId();
  return el(
    "section",
    { class: "panel", "aria-labelledby": id },
    el("div", { class: "panel-top" }, el("h2", { id }, "Actions"), el("p", { class: "small" }, "Each shows what it would do before anything is done.")),
    offered.length
      ? el("div", { class: "actions" }, ...offered.map((kind, index) => orderButton(context, /** @type {string} */ (kind), { first: index === 0 })))
      : el("p", { class: "calm" }, icon("info"), `Your role, ${me.roles.at(-1)}, looks at everything and changes nothing.`),
  );
}

/**
 * A button that shows what an order would do.
 * @param {Context} context
 * @param {string} kind
 * @param {{text?: string, given?: import("./kinds.js").Given, plain?: boolean, first?: boolean}} [how]
 */
export function orderButton(context, kind, { text: name, given = {}, plain, first } = {}) {
  const grave = KINDS[kind].role === "Admin" && kind !== "resume" && !plain;
  return el(
    "button",
    { type: "button", class: plain ? "small-button" : first ? "primary" : grave ? "grave" : null, "aria-haspopup": "dialog", on: { click: () => openOrder(context, kind, given) } },
    name ?? ORDERS[/** @type {keyof typeof ORDERS} */ (kind)],
  );
}
