/** From an error as somebody has it to its cause, the evidence and the fix. */

import { accountPath, call } from "./api.js";
import { el, heading, put, say } from "./dom.js";
import { badge, faultNotice, field, notice, prose, select, waiting } from "./parts.js";
import { GUID, many } from "./words.js";

const CLIENTS = /** @type {[string, string][]} */ ([
  ["unknown", "not known"],
  ["azure-ai-inference", "azure-ai-inference"],
  ["openai", "openai (OpenAI class)"],
  ["azure-openai", "openai (AzureOpenAI class)"],
  ["rest", "REST"],
]);

/** @param {import("./account.js").Context} context */
export async function diagnose({ detail }) {
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    put(answer, waiting("Checking each cause against the account"));
    try {
      const found = await call(accountPath(detail.id, "/diagnose"), { method: "POST", body: asked(/** @type {HTMLFormElement} */ (event.target)) });
      put(answer, ...result(found));
      say(`${many(found.findings.length, "finding")}`);
    } catch (error) {
      put(answer, faultNotice(error));
    }
  };
  return [
    el("div", { class: "panel-top" }, heading("h2", "Diagnose"), el("p", { class: "small" }, "Paste an error as a program printed it. It is neither stored nor logged; still, leave keys and tokens out.")),
    el(
      "form",
      { class: "ask wide-form", on: { submit } },
      field("Error", el("textarea", { name: "error", rows: 5, spellcheck: "false", class: "code", maxlength: 20000 })),
      el(
        "div",
        { class: "row" },
        field("Status", el("input", { name: "status", inputmode: "numeric", pattern: "[1-5][0-9][0-9]", placeholder: "401", autocomplete: "off" })),
        field("Client", select("client", CLIENTS, "unknown")),
        field("Endpoint that was called", el("input", { name: "endpoint", type: "url", placeholder: "https://", autocomplete: "off", spellcheck: "false" })),
        field("Caller's object id", el("input", { name: "principalId", pattern: GUID, title: "An object id", autocomplete: "off", spellcheck: "false", class: "code" })),
      ),
      el("div", { class: "buttons" }, el("button", { class: "primary" }, "Find the cause")),
    ),
    answer,
  ];
}

/** @param {HTMLFormElement} form */
function asked(form) {
  const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value));
  return { ...given, ...(given.status ? { status: Number(given.status) } : {}) };
}

/** @type {Record<string, [import("./icons.js").Icon, string, "plain" | "good" | "warn" | "fault"]>} */
const VERDICTS = {
  confirmed: ["block", "confirmed", "warn"],
  possible: ["info", "possible", "plain"],
  unknown: ["info", "could not be checked", "plain"],
  ruled_out: ["check", "ruled out", "good"],
  ruledOut: ["check", "ruled out", "good"],
};

/** @param {any} found */
function result(found) {
  const likely = found.findings.filter((/** @type {any} */ each) => !/^ruled/.test(each.verdict));
  const out = [...(found.ruledOut ?? []), ...found.findings.filter((/** @type {any} */ each) => /^ruled/.test(each.verdict))];
  return [
    ...(found.warnings ?? []).map((/** @type {string} */ each) => notice("block", "fault", el("p", {}, each))),
    likely.length ? el("ol", { class: "findings" }, ...likely.map(finding)) : notice("info", "plain", el("p", {}, "No known cause fits this error and this account.")),
    (found.unread ?? []).length ? notice("fault", "warn", el("p", {}, "Could not be read:"), el("ul", {}, ...found.unread.map((/** @type {any} */ each) => el("li", {}, each.reason ?? String(each))))) : null,
    out.length ? el("details", {}, el("summary", {}, `Ruled out: ${many(out.length, "cause")}`), el("ol", { class: "findings" }, ...out.map(finding))) : null,
  ].filter((each) => each !== null);
}

/** @param {any} each */
function finding(each) {
  const [sign, word, tone] = VERDICTS[each.verdict] ?? VERDICTS.unknown;
  return el(
    "li",
    { class: `finding ${tone}` },
    el("div", { class: "finding-top" }, el("h3", {}, each.cause), badge(sign, word, tone)),
    each.explains === false ? el("p", { class: "small" }, "Wrong all the same, though it would not give this error.") : null,
    each.evidence.length ? el("ul", { class: "evidence" }, ...each.evidence.map((/** @type {string} */ one) => el("li", {}, prose(one)))) : null,
    each.fix ? el("p", { class: "fix" }, el("strong", {}, "To do: "), prose(each.fix)) : null,
    el("p", { class: "small" }, el("code", {}, each.code), each.source ? ` by ${each.source}` : ""),
  );
}
