/** "View my access", for anybody: what a principal can do on an account, by which roles, and from when. */

import { accountPath, call } from "./api.js";
import { el, heading, put, say } from "./dom.js";
import { sheet } from "./facts.js";
import { badge, faultNotice, field, moment, notice, waiting } from "./parts.js";
import { exactly, GUID, lastOf } from "./words.js";

/** @param {import("./account.js").Context} context */
export async function access({ detail, me }) {
  const input = el("input", { name: "principalId", required: true, autocomplete: "off", spellcheck: "false", class: "code", pattern: GUID, title: "An object id", placeholder: "00000000-0000-0000-0000-000000000000" });
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const ask = async () => {
    put(answer, waiting("Reading roles and groups"));
    try {
      const found = await call(accountPath(detail.id, "/access", { principalId: input.value.trim() }));
      put(answer, ...result(found));
      say(`${nameOf(found.principal)} ${CALLS[found.mayInfer]}`);
    } catch (error) {
      put(answer, faultNotice(error));
    }
  };
  const mine = () => {
    input.value = me.id;
    void ask();
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void ask();
  };
  return [
    el("div", { class: "panel-top" }, heading("h2", "Access"), el("p", { class: "small" }, "Of a user, a group, a service principal or a managed identity.")),
    el(
      "form",
      { class: "ask", on: { submit } },
      field("Object id", input, "A managed identity's and an application's is that of its service principal."),
      el("div", { class: "buttons" }, el("button", { class: "primary" }, "Show access"), el("button", { type: "button", on: { click: mine } }, "My own")),
    ),
    answer,
  ];
}

/** @type {Record<string, string>} */
const CALLS = { yes: "can call models", no: "cannot call models", unknown: "may or may not be able to call models: not all could be read" };

/** @type {Record<string, [import("./icons.js").Icon, string, "plain" | "good" | "warn" | "fault"]>} */
const ANSWERS = { yes: ["check", "yes", "good"], no: ["close", "no", "plain"], unknown: ["info", "not known", "warn"] };

/** @param {string} answer */
function answerBadge(answer) {
  const [sign, word, tone] = ANSWERS[answer] ?? ANSWERS.unknown;
  return badge(sign, word, tone);
}

/** @param {any} principal */
const nameOf = (principal) => principal.name || principal.id;

/** @param {any} found */
function result(found) {
  const { principal, holdings, denials, abilities, unread, notes } = found;
  return [
    el(
      "div",
      { class: "verdicts" },
      verdict("Who", el("strong", {}, nameOf(principal)), `${principal.kind}${principal.exists === "no" ? ", which Microsoft Entra ID does not have" : ""}`),
      verdict("Can call models", answerBadge(found.mayInfer), found.effectiveFrom ? ["from ", moment(found.effectiveFrom), ", an estimate"] : ""),
      verdict(
        "Can list keys",
        found.mayListKeys === "yes" ? badge("key", "yes", "warn") : answerBadge(found.mayListKeys),
        found.keyAccessOff ? "key access is off: none can be listed for now" : "",
      ),
    ),
    denials.length ? notice("block", "warn", el("p", {}, "Deny assignments stand before every role:"), el("ul", {}, ...denials.map((/** @type {any} */ each) => el("li", {}, el("strong", {}, each.name || each.id), `: ${each.reason}`)))) : null,
    unread.length ? notice("fault", "warn", el("p", {}, "Could not be taken into account:"), el("ul", {}, ...unread.map((/** @type {any} */ each) => el("li", {}, each.reason ?? String(each))))) : null,
    el("h3", {}, "Roles"),
    holdings.length ? sheet("Roles", ["Role", "How", "Where", "Shows keys", "In effect"], holdings.map(holdingRow)) : el("p", { class: "calm" }, "None on this account."),
    el("h3", {}, "What that allows"),
    el("ul", { class: "abilities" }, ...abilities.map((/** @type {any} */ each) => el("li", {}, answerBadge(each.answer), el("div", {}, `${each.what} `, el("code", { class: "faint" }, each.dataAction))))),
    notes.length ? el("ul", { class: "notes" }, ...notes.map((/** @type {string} */ each) => el("li", {}, each))) : null,
  ].filter((each) => each !== null);
}

/**
 * @param {string} name
 * @param {import("./dom.js").Child} value
 * @param {import("./dom.js").Child} note
 */
function verdict(name, value, note) {
  return el("div", { class: "verdict" }, el("span", { class: "tile-name" }, name), el("span", {}, value), el("span", { class: "small" }, note));
}

/** @param {any} holding */
function holdingRow(holding) {
  const chain = holding.through.map((/** @type {any} */ each) => each.name || each.id).join(" → ");
  return [
    [el("strong", {}, holding.roleName), holding.condition ? el("span", { class: "small" }, " under a condition") : ""],
    [holding.how === "direct" ? "here" : "inherited", chain ? el("span", { class: "small" }, ` through ${chain}${holding.chainKnown ? "" : ", and groups between that could not be read"}`) : ""],
    el("code", { title: holding.scope }, lastOf(holding.scope) || "/"),
    answerBadge(holding.showsKeys),
    holding.effectiveFrom ? el("span", { title: holding.estimate }, new Date(holding.effectiveFrom) > new Date() ? "from " : "since ", el("time", { datetime: holding.effectiveFrom, title: exactly(holding.effectiveFrom) }, moment(holding.effectiveFrom))) : el("span", { class: "faint", title: holding.estimate }, "not known"),
  ];
}
