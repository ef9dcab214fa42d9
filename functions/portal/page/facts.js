/** What was just read of an account, and what could not be. */

import { el, newId } from "./dom.js";
import { icon } from "./icons.js";
import { allowed, orderButton } from "./orders.js";
import { badge, moment, notice } from "./parts.js";
import { lastOf } from "./words.js";

const NOT_ASKED = "was not read"; // what the API says of a fact that the account's road does not depend on

/** @param {import("./account.js").Context} context */
export function facts(context) {
  const id = newId();
  const { detail } = context;
  return el(
    "section",
    { class: "panel", "aria-labelledby": id },
    el("div", { class: "panel-top" }, el("h2", { id }, "Facts"), el("p", { class: "small" }, "As they were just read. What could not be read is never taken for good.")),
    unknowns(detail.facts.unknown),
    pairs(detail),
    el("h3", {}, "Role assignments"),
    assignments(context),
    el("h3", {}, "Connections that point here"),
    connections(context),
  );
}

/** @param {Record<string, string>} unknown */
function unknowns(unknown) {
  const left = Object.keys(unknown).filter((each) => unknown[each] === NOT_ASKED);
  const found = Object.entries(unknown).filter(([, why]) => why !== NOT_ASKED);
  if (!found.length) return left.length ? el("p", { class: "small" }, `Not read, as nothing depends on it now: ${left.join(", ")}.`) : null;
  return notice("fault", "warn", el("p", {}, "Could not be read:"), el("ul", {}, ...found.map(([name, why]) => el("li", {}, el("strong", {}, name), `: ${why}`))));
}

/** @param {any} detail */
function pairs({ facts: read, keys, localAuthDisabled }) {
  /** @type {[string, import("./dom.js").Child][]} */
  const rows = [
    ["Endpoint", read.endpoint ? el("code", {}, read.endpoint) : "none"],
    ["Custom subdomain", read.subdomain ? el("code", {}, read.subdomain) : "none"],
    ["Provisioning", read.provisioningState ?? "not known"],
    ["Key access", localAuthDisabled ? badge("lock", "off", "good") : badge("unlock", "on", "warn")],
    ["key1 made new", moment(keys.key1)],
    ["key2 made new", moment(keys.key2)],
    ["Last call by key", moment(read.lastKeyUse, "none seen")],
    ["Secret that gives the key out", read.secret ? el("code", {}, read.secret) : "none"],
    ["Tags", tags(read.tags)],
  ];
  return el("dl", { class: "pairs" }, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** @param {Record<string, string>} found */
function tags(found) {
  const all = Object.entries(found);
  return all.length ? all.map(([name, value]) => el("span", { class: "chip" }, `${name}=${value}`)) : "none";
}

/** @param {import("./account.js").Context} context */
function assignments(context) {
  const found = context.detail.facts.assignments;
  if (!found) return el("p", { class: "small" }, "Not known.");
  if (!found.length) return el("p", { class: "small" }, "None at this account or above it.");
  const mayTake = allowed(context.me, "removeGrant");
  return sheet(
    "Role assignments",
    ["Role", "Principal", "Where", ...(mayTake ? ["Take back"] : [])],
    found.toSorted((/** @type {any} */ one, /** @type {any} */ other) => Number(one.inherited) - Number(other.inherited)).map((/** @type {any} */ each) => [
      each.roleName === each.role ? el("code", {}, each.role) : each.roleName,
      [`${each.principalType} `, el("code", {}, each.principalId)],
      each.inherited ? el("span", { title: each.scope }, `inherited from ${scopeName(each.scope)}`) : "this account",
      ...(mayTake ? [takeBack(context, each)] : []),
    ]),
  );
}

/**
 * @param {import("./account.js").Context} context
 * @param {any} assignment
 */
function takeBack(context, assignment) {
  if (assignment.inherited || assignment.principalType !== "Group") return null;
  return orderButton(context, "removeGrant", {
    text: "Take back",
    given: { principalId: assignment.principalId, role: assignment.role, named: assignment.roleName },
    plain: true,
  });
}

/** @param {string} scope */
function scopeName(scope) {
  const parts = scope.split("/").filter(Boolean);
  if (!parts.length) return "the root";
  if (parts.length === 2) return "the subscription";
  return /managementgroups/i.test(scope) ? `management group ${lastOf(scope)}` : lastOf(scope);
}

/** @param {import("./account.js").Context} context */
function connections(context) {
  const found = context.detail.facts.connections;
  if (!found) return el("p", { class: "small" }, "Not known.");
  if (!found.length) return el("p", { class: "small" }, "None.");
  return sheet(
    "Connections that point here",
    ["Connection", "Category", "Signs in by", "Holds a key"],
    found.map((/** @type {any} */ each) => [
      el("span", { title: each.id }, lastOf(each.id), el("span", { class: "small" }, ` ${ownerOf(each.id)}`)),
      each.category,
      each.authType,
      each.holdsKey ? badge("key", "holds a copy", "warn") : el("span", { class: "inline" }, icon("check"), "no"),
    ]),
  );
}

/** @param {string} id */
function ownerOf(id) {
  const parts = id.split("/");
  return `of ${parts.slice(9, -2).filter((_, index) => index % 2 === 0 && index > 0).at(-1) ?? parts[8] ?? ""}`;
}

/**
 * A table that becomes cards on a narrow screen.
 * @param {string} caption
 * @param {string[]} head
 * @param {import("./dom.js").Child[][]} rows
 */
export function sheet(caption, head, rows) {
  return el(
    "table",
    { class: "sheet" },
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, ...head.map((each) => el("th", { scope: "col" }, each)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((each, index) => el("td", { "data-label": head[index] }, el("div", {}, each)))))),
  );
}
