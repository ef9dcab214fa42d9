/** Every account as a row, filtered by what the address says, so that a link shows the same. */

import { call, nextPath, queryOf } from "./api.js";
import { el, heading, put, say } from "./dom.js";
import { icon } from "./icons.js";
import { faultNotice, field, moment, needsSomebody, notice, pips, prose, select, standing, waiting } from "./parts.js";
import { COVERED, GUID, many, MILESTONES, sentence } from "./words.js";

const PAGE = 50;
const FILTERS = ["name", "milestone", "blocker", "covered", "rule", "goal", "kind", "subscription"];
const KINDS = ["AIServices", "OpenAI", "CognitiveServices", "ComputerVision", "ContentSafety", "FormRecognizer", "SpeechServices", "TextAnalytics", "TextTranslation"];

/** @typedef {{rules: {rule: string}[], blockers: {code: string}[], accounts: number}} Choices */

/** @param {import("./app.js").Shown} shown */
export async function show({ main, query, signal }) {
  const fleet = /** @type {Choices} */ (await call("/api/fleet", { signal }));
  const results = el("div", { class: "results" });
  const filters = Object.fromEntries(FILTERS.map((each) => [each, query.get(each) ?? ""]));
  const form = filterForm(fleet, filters, () => refresh(form, results));
  put(main, el("header", { class: "view-top" }, heading("h1", "Accounts")), form, results);
  await fillResults(results, filters, signal);
}

/** The reading that a newer one takes the place of. */
let reading = new AbortController();

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} results
 */
async function refresh(form, results) {
  if (!form.checkValidity()) return; // half of an id, which no account has
  const filters = /** @type {Record<string, string>} */ (Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()])));
  history.replaceState(null, "", `#/accounts${queryOf(filters)}`);
  markUsed(form, filters);
  reading.abort();
  reading = new AbortController();
  await fillResults(results, filters, reading.signal);
}

/**
 * @param {HTMLElement} results
 * @param {Record<string, string>} filters
 * @param {AbortSignal} signal
 */
async function fillResults(results, filters, signal) {
  if (!results.childElementCount) put(results, waiting());
  results.setAttribute("aria-busy", "true");
  try {
    const page = await call(`/api/accounts${queryOf({ ...filters, top: PAGE })}`, { signal });
    put(results, ...(page.value.length ? table(page) : [nothing(filters)]));
    say(page.value.length ? `${page.nextLink ? "The first " : ""}${many(page.value.length, "account")}` : "No account is so");
  } catch (error) {
    if (!signal.aborted) put(results, faultNotice(error));
  } finally {
    results.removeAttribute("aria-busy");
  }
}

/** @param {Record<string, string>} filters */
function nothing(filters) {
  const filtered = Object.values(filters).some(Boolean);
  return notice("info", "plain", el("p", {}, filtered ? "No account is so. Take a filter away." : "No account has been looked at yet."));
}

/**
 * @param {Choices} fleet
 * @param {Record<string, string>} filters
 * @param {() => void} changed
 */
function filterForm(fleet, filters, changed) {
  const any = /** @type {[string, string][]} */ ([["", "any"]]);
  const all = (/** @type {string[]} */ values, /** @type {string} */ chosen) =>
    /** @type {[string, string][]} */ ([...any, ...[...new Set([...values, chosen])].filter(Boolean).map((each) => [each, each])]);
  const inputs = {
    milestone: select("milestone", [...any, ["none", "not begun"], ...MILESTONES.map((each) => /** @type {[string, string]} */ ([each, each]))], filters.milestone),
    blocker: select("blocker", all(fleet.blockers.map((each) => each.code), filters.blocker), filters.blocker),
    covered: select("covered", [...any, .../** @type {[string, string][]} */ (Object.entries(COVERED))], filters.covered),
    rule: select("rule", all(fleet.rules.map((each) => each.rule), filters.rule), filters.rule),
    goal: select("goal", all(MILESTONES, filters.goal), filters.goal),
    kind: select("kind", all(KINDS, filters.kind), filters.kind),
    subscription: el("input", { name: "subscription", value: filters.subscription, autocomplete: "off", spellcheck: "false", placeholder: "its id", pattern: GUID, title: "A whole id" }),
  };
  let soon = 0;
  const typed = () => {
    clearTimeout(soon);
    soon = window.setTimeout(changed, 300);
  };
  const name = el("input", { name: "name", type: "search", value: filters.name, autocomplete: "off", spellcheck: "false", placeholder: "part of a name" });
  const clear = () => {
    [...form.elements].forEach((each) => "value" in each && (each.value = ""));
    changed();
    name.focus();
  };
  const form = /** @type {HTMLFormElement} */ (
    el(
      "form",
      { class: "filters", role: "search", "aria-label": "Filter accounts", on: { submit: submitted(changed), input: typed } },
      field("Name", name),
      ...Object.entries(inputs).map(([label, input]) => field(FIELD_NAMES[/** @type {keyof typeof FIELD_NAMES} */ (label)], input)),
      el("p", { class: "clear" }, el("button", { type: "button", class: "quiet", on: { click: clear } }, icon("close"), "Clear all filters")),
    )
  );
  markUsed(form, filters);
  return form;
}

const FIELD_NAMES = Object.freeze({
  milestone: "Stands at",
  blocker: "Blocked by",
  covered: "Policy",
  rule: "Rule",
  goal: "Goal",
  kind: "Kind",
  subscription: "Subscription",
});

/** @param {() => void} changed */
const submitted = (changed) => (/** @type {Event} */ event) => {
  event.preventDefault();
  changed();
};

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} filters
 */
function markUsed(form, filters) {
  form.classList.toggle("in-use", Object.values(filters).some(Boolean));
  for (const each of form.querySelectorAll("input, select")) {
    const input = /** @type {HTMLInputElement} */ (each);
    input.parentElement?.classList.toggle("used", Boolean(filters[input.name]));
  }
}

/** @param {any} page */
function table(page) {
  const body = el("tbody", {}, ...page.value.map(row));
  const count = el("p", { class: "small count" });
  const more = el("button", { type: "button" }, "Show more");
  let next = nextPath(page.nextLink);
  const tell = () => {
    count.textContent = `${next ? "The first " : ""}${many(body.childElementCount, "account")}${next ? "; there are more" : ""}`;
    more.hidden = !next;
  };
  const problem = el("div");
  more.addEventListener("click", async () => {
    if (!next) return;
    more.disabled = true;
    try {
      const got = await call(next);
      const rows = got.value.map(row);
      body.append(...rows);
      next = nextPath(got.nextLink);
      put(problem);
      rows[0]?.querySelector("a")?.focus();
    } catch (error) {
      put(problem, faultNotice(error));
    }
    more.disabled = false;
    tell();
  });
  tell();
  return [
    count,
    el(
      "table",
      { class: "accounts" },
      el("caption", { class: "unseen" }, "Accounts"),
      el("thead", {}, el("tr", {}, ...["Account", "Stands at", "State", "What is in the way", "Keys made new", "Looked at"].map((each) => el("th", { scope: "col" }, each)))),
      body,
    ),
    el("div", { class: "more" }, more, problem),
  ];
}

/** @param {any} account */
function row(account) {
  const named = new URLSearchParams(location.hash.split("?")[1]).get("blocker");
  const first = account.blockers.find((/** @type {any} */ each) => each.code === named) ?? account.blockers.find(needsSomebody) ?? account.blockers[0];
  const others = account.blockers.length - 1;
  const made = [account.keys.key1, account.keys.key2].filter(Boolean).sort();
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      el("a", { href: `#/account${account.id}`, class: "row-link" }, account.name),
      el("span", { class: "small" }, [account.kind, account.resourceGroup, account.location].filter(Boolean).join(" · ")),
    ),
    cell(
      "Stands at",
      account.covered === "covered"
        ? el("span", { class: "stands" }, el("span", {}, account.milestone ?? "not begun", account.goal === account.milestone ? null : el("span", { class: "faint" }, ` → ${account.goal}`)), pips(account.milestone, account.goal))
        : el("span", { class: "faint" }, "not on the road"),
    ),
    cell("State", standing(account)),
    cell(
      "In the way",
      first
        ? el("span", { class: "why" }, el("span", { class: "why-text", title: first.message }, prose(first.message)), el("span", { class: "small" }, el("code", {}, first.code), others ? ` and ${others} more` : ""))
        : el("span", { class: "faint" }, account.note ? sentence(account.note) : "Nothing"),
    ),
    cell("Keys made new", account.localAuthDisabled ? el("span", { class: "inline" }, icon("lock"), "no key works") : moment(made[0] ?? null)),
    cell("Looked at", moment(account.lookedAt)),
  );
}

/**
 * @param {string} label
 * @param {...import("./dom.js").Child} children
 */
function cell(label, ...children) {
  return el("td", { "data-label": label }, ...children);
}
