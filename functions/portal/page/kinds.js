/** The kinds of orders: who may give each, what it asks, and how it goes over the wire. */

import { el } from "./dom.js";
import { field, select } from "./parts.js";
import { lastOf, MILESTONES } from "./words.js";

/** @typedef {Record<string, any>} Given */
/**
 * @typedef {object} Kind
 * @property {"Operate" | "Admin"} role
 * @property {string} path
 * @property {string} says what it does, in a sentence
 * @property {boolean} [overrides] the app may be told to do it despite some blockers
 * @property {boolean} [evenIdle] it means something though there are no steps
 * @property {(detail: any, given: Given) => HTMLElement[]} [inputs]
 * @property {(form: FormData, given: Given) => Given | undefined} [body]
 * @property {(form: FormData, given: Given) => Given} [query] makes it a DELETE
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  onboard: { role: "Operate", path: "/onboard", says: "One pass along the road, now; it goes on by itself as far as the policy asks.", evenIdle: true },
  resume: { role: "Admin", path: "/resume", says: "A rollback stopped it. It goes on along the road from where it stands.", evenIdle: true },
  grant: {
    role: "Operate",
    path: "/grants",
    says: "Gives a group a role on this account, where the policy's rule allows just that.",
    inputs: (_, given) => [
      field("Group's object id", el("input", { name: "principalId", required: true, autocomplete: "off", spellcheck: "false", value: given.principalId ?? "", class: "code" })),
      field("Role", el("input", { name: "role", required: true, autocomplete: "off", spellcheck: "false", value: given.role ?? "cognitive-services-user" }), "By alias, as the policy writes it, or by GUID."),
    ],
    body: (form) => ({ principalId: text(form, "principalId"), role: text(form, "role") }),
  },
  removeGrant: {
    role: "Operate",
    path: "/grants",
    says: "Takes back a role that was given on request.",
    query: (_, given) => ({ principalId: given.principalId, role: given.role }),
  },
  switchConnections: {
    role: "Operate",
    path: "/connections/switch",
    says: "Has connections sign in with Microsoft Entra ID in place of the key they hold. None chosen means all of them.",
    inputs: (detail) => connectionBoxes(detail),
    body: (form) => ({ connections: form.getAll("connection").map(String) }),
  },
  rotateKeys: { role: "Operate", path: "/keys/rotate", says: "Makes the key that nobody holds new, tries it and puts it into the vault, though it is not due yet." },
  revokeKeys: {
    role: "Admin",
    path: "/keys/revoke",
    says: "Makes both keys new: whoever has a copy can no longer use it. Consumers who read the vault get the new one.",
    overrides: true,
    body: () => ({}),
  },
  disableLocalAuth: {
    role: "Admin",
    path: "/local-auth",
    says: "The account takes no keys any more, only tokens.",
    overrides: true,
    body: () => ({ enabled: false }),
  },
  enableLocalAuth: { role: "Admin", path: "/local-auth", says: "The account takes keys again, and goes no further by itself.", body: () => ({ enabled: true }) },
  rollback: {
    role: "Admin",
    path: "/rollback",
    says: "Undoes changes, newest first. The account then stays where it is until it is resumed.",
    inputs: (detail, given) => [given.operation ? null : milestones(detail), leaked()].filter((each) => each !== null),
    body: (form, given) => ({
      ...(given.operation ? { operation: given.operation } : { to: text(form, "to") }),
      leaked: { yes: true, no: false }[text(form, "leaked")] ?? null,
    }),
  },
};

/**
 * @param {FormData} form
 * @param {string} name
 */
const text = (form, name) => String(form.get(name) ?? "").trim();

/** @param {any} detail */
function connectionBoxes({ facts }) {
  const holding = (facts.connections ?? []).filter((/** @type {any} */ each) => each.holdsKey);
  if (!holding.length) return [];
  return [
    el(
      "fieldset",
      {},
      el("legend", {}, "Connections that hold the key"),
      ...holding.map((/** @type {any} */ each) => el("label", { class: "check", title: each.id }, el("input", { type: "checkbox", name: "connection", value: each.id }), el("span", {}, lastOf(each.id)))),
    ),
  ];
}

/** @param {any} detail */
function milestones({ milestone }) {
  const before = MILESTONES.slice(0, Math.max(1, MILESTONES.indexOf(milestone)));
  return field("Back to", select("to", before.toReversed().map((each) => [each, each]), before.at(-1)), "What was done to get further is undone.");
}

function leaked() {
  const options = /** @type {[string, string][]} */ ([["", "as far as is remembered"], ["yes", "yes: keys are made new before they work again"], ["no", "no"]]);
  return field("May copies of the keys be about?", select("leaked", options));
}
