/** The whole fleet as a picture. */

import { call, download } from "./api.js";
import { bars, fitted, milestoneLink, roadPicture, spread, timePicture } from "./charts.js";
import { el, heading, newId, put } from "./dom.js";
import { icon } from "./icons.js";
import { faultNotice, figuresTable, moment, notice } from "./parts.js";
import { COVERED, MILESTONES, number, share } from "./words.js";

const SHOWN = 10; // blockers, before the others are folded away

/** @param {import("./app.js").Shown} shown */
export async function show({ main, signal }) {
  const fleet = await call("/api/fleet", { signal });
  put(main, top(fleet), ...(fleet.accounts ? pictures(fleet) : [empty()]));
}

/** @param {any} fleet */
function top(fleet) {
  const problem = el("div", { class: "wide" });
  return el(
    "header",
    { class: "view-top" },
    el("div", {}, heading("h1", "Fleet"), el("p", { class: "small" }, "As each account's last pass left it, read ", moment(fleet.asOf))),
    el(
      "div",
      { class: "buttons", role: "group", "aria-label": "Download the report" },
      el("span", { class: "small" }, "Report"),
      ...["csv", "md", "json"].map((format) => reportButton(format, problem)),
    ),
    problem,
  );
}

/**
 * @param {string} format
 * @param {HTMLElement} problem
 */
function reportButton(format, problem) {
  const name = { csv: "CSV", md: "Markdown", json: "JSON" }[format] ?? format;
  const save = async () => {
    put(problem);
    await download(`/api/report?format=${format}`, `unkeyed-fleet.${format}`).catch((error) => put(problem, faultNotice(error)));
  };
  return el("button", { type: "button", on: { click: save } }, icon("download"), name);
}

function empty() {
  return notice(
    "info",
    "plain",
    el("p", {}, "No account has been looked at yet. The first sweep lists every account that the policy's scope has; it runs by a timer."),
  );
}

/** @param {any} fleet */
function pictures(fleet) {
  return [
    tiles(fleet),
    panel(
      "The road",
      "Where accounts stand. The stream narrows where some stay behind. Choose a stretch to see who they are.",
      fitted((width) => roadPicture(fleet.milestones, fleet.noMilestone, width)),
      figuresTable(
        "Accounts at each milestone",
        ["Milestone", "Stand here", "Came here"],
        [["not begun", number(fleet.noMilestone), ""], ...fleet.milestones.map((/** @type {any} */ each) => [each.milestone, number(each.at), number(each.reached)])],
      ),
    ),
    el("div", { class: "two" }, blockers(fleet), el("div", { class: "stack" }, keyAges(fleet), covered(fleet))),
    overTime(fleet),
    el("div", { class: "two" }, rules(fleet), advice(fleet)),
  ];
}

/** @param {any} fleet */
function tiles(fleet) {
  const covered = fleet.covered.covered ?? 0;
  const sealed = fleet.milestones.find((/** @type {any} */ each) => each.milestone === "sealed")?.at ?? 0;
  const sweep = fleet.lastSweep;
  const others = ["uncovered", "exempt", "unknown"].filter((each) => fleet.covered[each]);
  return el(
    "ul",
    { class: "tiles" },
    tile("Accounts", number(fleet.accounts), "#/accounts", `${number(covered)} on the road`),
    tile("Key access off", number(sealed), milestoneLink("sealed"), `${share(sealed, covered)} of those on the road`, "good"),
    ...others.map((each) =>
      tile(
        { uncovered: "Without a rule", exempt: "Exempt", unknown: "Could not be read" }[each] ?? each,
        number(fleet.covered[each]),
        `#/accounts?covered=${each}`,
        { uncovered: "the policy leaves them out", exempt: "for a time, by the policy", unknown: "counted as not reached" }[each] ?? "",
        each === "unknown" ? "fault" : "",
      ),
    ),
    sweep ? tile("Missed by events", number(sweep.missed), null, ["found by the sweep ", moment(sweep.at), `, of ${number(sweep.seen)}`]) : null,
    fleet.poisoned ? tile("Given up on", number(fleet.poisoned), null, "messages; the runbook says what to do", "fault") : null,
  );
}

/**
 * @param {string} name
 * @param {string} figure
 * @param {string | null} href
 * @param {import("./dom.js").Child} note
 * @param {string} [tone]
 */
function tile(name, figure, href, note, tone = "") {
  const inner = [
    el("span", { class: "tile-name" }, name),
    el("span", { class: `tile-figure ${tone}` }, figure),
    el("span", { class: "small" }, note),
  ];
  return el("li", {}, href ? el("a", { href, class: "tile" }, ...inner) : el("div", { class: "tile" }, ...inner));
}

/**
 * @param {string} title
 * @param {string} lead
 * @param {...import("./dom.js").Child} children
 */
function panel(title, lead, ...children) {
  const id = newId();
  return el(
    "section",
    { class: "panel", "aria-labelledby": id },
    el("div", { class: "panel-top" }, el("h2", { id }, title), lead ? el("p", { class: "small" }, lead) : null),
    ...children,
  );
}

/** @param {any} fleet */
function blockers(fleet) {
  const rows = fleet.blockers.map((/** @type {any} */ each) => ({
    name: each.code,
    note: `before ${each.milestone}`,
    count: each.accounts,
    href: `#/accounts?blocker=${encodeURIComponent(each.code)}`,
    tone: "warn",
  }));
  const none = el("p", { class: "calm" }, icon("check"), "Nothing is in the way of any account.");
  const rest = rows.slice(SHOWN);
  return panel(
    "Blockers",
    "What keeps accounts from their goal, by how many it holds back.",
    rows.length ? bars(rows.slice(0, SHOWN)) : none,
    rest.length ? el("details", {}, el("summary", {}, `${rest.length} more`), bars(rest, rows[0].count)) : null,
  );
}

/** @param {any} fleet */
function keyAges(fleet) {
  const rows = fleet.keyAge.filter((/** @type {any} */ each) => each.accounts).map((/** @type {any} */ each) => ({ name: each.label, count: each.accounts }));
  return panel("Age of keys", "How long ago the older key of an account was made new, as far as was seen.", bars(rows));
}

/** @param {any} fleet */
function overTime(fleet) {
  const days = fleet.overTime;
  if (days.length < 2) {
    return panel("Over time", "", el("p", { class: "calm" }, icon("clock"), "The picture begins on the second day."));
  }
  return panel(
    "Over time",
    "How many of today's accounts had reached each milestone by each day.",
    fitted((width) => timePicture(days, width)),
    el(
      "ul",
      { class: "legend" },
      ...MILESTONES.map((each, index) =>
        el("li", {}, el("a", { href: milestoneLink(each) }, el("span", { class: `swatch m${index + 1}`, "aria-hidden": "true" }), each)),
      ),
    ),
    figuresTable("Accounts that had reached each milestone", ["Day", ...MILESTONES], days.toReversed().map((/** @type {any} */ each) => [each.day, ...MILESTONES.map((one) => number(each.reached[one] ?? 0))])),
  );
}

/** @param {any} fleet */
function rules(fleet) {
  const rows = fleet.rules.map((/** @type {any} */ each) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: `#/accounts?rule=${encodeURIComponent(each.rule)}`, class: "bar-row" },
        el("span", { class: "bar-name" }, each.rule),
        el("span", { class: "bar-count" }, number(each.accounts)),
        el("span", { class: "unseen" }, spokenRule(each)),
        spread(each.milestones, each.accounts),
      ),
    ),
  );
  return panel("Rules", "How the accounts of each rule are spread over the road, the strongest colour being the farthest.", el("ol", { class: "bars" }, ...rows));
}

/** @param {any} rule */
function spokenRule(rule) {
  const parts = Object.entries(rule.milestones).filter(([, count]) => count);
  return parts.map(([milestone, count]) => `${count} at ${milestone}`).join(", ");
}

/** @param {any} fleet */
function advice(fleet) {
  const rows = fleet.advice.map((/** @type {any} */ each) => ({ name: each.code, note: `about ${each.milestone}`, count: each.accounts }));
  const none = el("p", { class: "calm" }, icon("check"), "There is nothing to advise.");
  return panel("Advice", "What would be better otherwise, and blocks nothing.", rows.length ? bars(rows) : none);
}

/** @param {any} fleet */
function covered(fleet) {
  const rows = Object.entries(fleet.covered)
    .filter(([, count]) => count)
    .map(([name, count]) => ({ name: COVERED[/** @type {keyof typeof COVERED} */ (name)] ?? name, count: Number(count), href: `#/accounts?covered=${name}` }));
  return panel("The policy", "Whom it speaks of.", bars(rows));
}
