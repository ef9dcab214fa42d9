/** Parts that several views are made of. */

import { ApiFault } from "./api.js";
import { el, newId, say, svg } from "./dom.js";
import { icon } from "./icons.js";
import { ago, exactly, MILESTONES, namesIn, sentence } from "./words.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {{code: string, milestone: string, message: string, fix: string, source: string, retryAt: string | null}} Blocker */
/** @typedef {{kind: string, milestone: string, target: string, text: string, undo: "quick" | "slow" | "never", undoWhy: string}} Step */

/** What stands in a view's place until it is there. */
export function waiting(text = "Reading") {
  return el("p", { class: "waiting" }, el("span", { class: "spinner", "aria-hidden": "true" }), `${text} …`);
}

/**
 * A moment, as how long ago; exactly when is in its title.
 * @param {string | null | undefined} time
 * @param {string} [otherwise]
 */
export function moment(time, otherwise = "never seen") {
  return time ? el("time", { datetime: time, title: exactly(time), class: "ago" }, ago(time)) : otherwise;
}

/**
 * When something is to come: "in 5 minutes", and "now" once it could have.
 * @param {string} time
 */
export function due(time) {
  return el("time", { datetime: time, title: exactly(time) }, new Date(time) > new Date() ? ago(time) : "now");
}

/**
 * What went wrong, where the person looks: message, parts, and by what the request is found in the log.
 * @param {unknown} error
 */
export function faultNotice(error) {
  const fault = error instanceof ApiFault ? error : null;
  const details = (fault?.details ?? []).filter((each) => !fault?.message.includes(each.message));
  return el(
    "div",
    { class: "notice fault", role: "alert" },
    icon("fault"),
    el(
      "div",
      {},
      el("p", {}, error instanceof Error ? error.message : String(error)),
      details.length ? el("ul", {}, ...details.map((each) => el("li", {}, each.message, each.fix ? ` ${each.fix}` : ""))) : null,
      fault?.operationId ? el("p", { class: "small" }, "In the app's log as ", el("code", {}, fault.operationId)) : null,
    ),
  );
}

/**
 * @param {import("./icons.js").Icon} sign
 * @param {"plain" | "good" | "warn" | "fault"} tone
 * @param {...Child} text
 */
export function notice(sign, tone, ...text) {
  return el("div", { class: `notice ${tone}` }, icon(sign), el("div", {}, ...text));
}

/**
 * A word with a sign: what it says is never said by colour alone.
 * @param {import("./icons.js").Icon} sign
 * @param {string} text
 * @param {"plain" | "good" | "warn" | "fault"} tone
 */
export function badge(sign, text, tone = "plain") {
  return el("span", { class: `badge ${tone}` }, icon(sign), text);
}

/**
 * How an account stands, in one badge.
 * @param {{covered: string, settled: boolean, milestone: string | null, goal: string | null, blockers: Blocker[]}} account
 */
export function standing(account) {
  if (account.covered === "exempt") return badge("info", "exempt");
  if (account.covered === "uncovered") return badge("dashed", "no rule");
  if (account.covered === "gone") return badge("gone", "gone");
  if (account.covered === "unknown") return badge("fault", "unknown", "fault");
  if (account.settled) return badge("check", "at its goal", "good");
  if (account.blockers.some(needsSomebody)) return badge("block", "blocked", "warn");
  return account.blockers.length ? badge("clock", "waiting") : badge("play", "on its way");
}

/**
 * True where a person has to do something, false where time or the milestones before it will.
 * @param {Blocker} blocker
 */
export const needsSomebody = (blocker) => Boolean(blocker.fix);

/**
 * What is in the way, and what to do about it; or what would be better otherwise.
 * @param {Blocker[]} blockers
 * @param {boolean} [isAdvice]
 */
export function blockerList(blockers, isAdvice = false) {
  return el("ul", { class: "blockers" }, ...blockers.map((each) => blockerItem(each, isAdvice)));
}

/**
 * @param {Blocker} blocker
 * @param {boolean} isAdvice
 */
function blockerItem(blocker, isAdvice) {
  const isGrave = needsSomebody(blocker) && !isAdvice;
  return el(
    "li",
    { class: isGrave ? "warn" : "plain" },
    icon(isAdvice ? "info" : isGrave ? "block" : "clock"),
    el(
      "div",
      {},
      el("p", {}, prose(blocker.message)),
      blocker.fix ? el("p", { class: "fix" }, el("strong", {}, isAdvice ? "Better: " : "To do: "), prose(blocker.fix)) : null,
      el(
        "p",
        { class: "small" },
        isAdvice ? el("code", {}, blocker.code) : el("a", { href: `#/accounts?blocker=${encodeURIComponent(blocker.code)}`, title: "Accounts with the same" }, el("code", {}, blocker.code)),
        blocker.source ? [" by ", prose(blocker.source, false)] : "",
        blocker.retryAt ? [", looked at again ", due(blocker.retryAt)] : "",
      ),
    ),
  );
}

const IDS_AND_TIMES = /(\/subscriptions\/[^\s'",;()]*[^\s'",;().:]|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00))/i;

/**
 * A text of the API, with ids of resources cut to the names in them and times as the reader's clock has them; the title has
 * the whole.
 * @param {string} text
 * @param {boolean} [isSentence]
 */
export function prose(text, isSentence = true) {
  const parts = (isSentence ? sentence(text) : text).split(IDS_AND_TIMES);
  return parts.map((each, index) => {
    if (index % 2 === 0) return each;
    if (each.startsWith("/")) return el("code", { title: each, class: "short-id" }, namesIn(each));
    return el("time", { datetime: each, title: each }, exactly(each));
  });
}

const UNDO = Object.freeze({
  quick: /** @type {const} */ (["undo", "undone quickly", "plain"]),
  slow: /** @type {const} */ (["clock", "slow to undo", "warn"]),
  never: /** @type {const} */ (["block", "cannot be undone", "fault"]),
});

/**
 * Steps in words, each with how soon it can be undone.
 * @param {Step[]} steps
 */
export function stepList(steps) {
  return el(
    "ol",
    { class: "steps" },
    ...steps.map((step) => {
      const [sign, text, tone] = UNDO[step.undo];
      return el(
        "li",
        {},
        el(
          "div",
          {},
          el("p", {}, prose(step.text)),
          el("p", { class: "small" }, step.undo === "quick" ? el("span", { class: "undo-note" }, icon(sign), text, ".") : badge(sign, text, tone), ` ${step.undoWhy}`),
        ),
      );
    }),
  );
}

/**
 * The road in small: seven marks, filled as far as the account has come, open to its goal.
 * @param {string | null} reached
 * @param {string | null} goal
 */
export function pips(reached, goal) {
  const at = MILESTONES.indexOf(/** @type {any} */ (reached));
  const to = MILESTONES.indexOf(/** @type {any} */ (goal));
  const kind = (/** @type {number} */ index) => (index <= at ? `reached m${index + 1}` : index <= to ? "asked" : "beyond");
  const marks = MILESTONES.map((_, index) =>
    svg("rect", { x: index * 12, y: 0, width: 10, height: 8, rx: 2, class: `pip ${kind(index)}` }),
  );
  return svg("svg", { class: "pips", viewBox: "0 0 82 8", width: 82, height: 8, "aria-hidden": "true" }, ...marks);
}

/**
 * A button that copies, and says that it has.
 * @param {() => string} text
 * @param {string} [name]
 */
export function copyButton(text, name = "Copy") {
  const words = el("span", {}, name);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      words.textContent = "Copied";
    } catch {
      words.textContent = "Not allowed by the browser; select it instead";
    }
    say(words.textContent);
    setTimeout(() => (words.textContent = name), 3000);
  };
  return el("button", { type: "button", class: "small-button", on: { click: copy } }, icon("copy"), words);
}

/**
 * The same figures as a picture shows, as a table.
 * @param {string} caption
 * @param {string[]} head
 * @param {(Child)[][]} rows
 */
export function figuresTable(caption, head, rows) {
  return el(
    "details",
    { class: "figures" },
    el("summary", {}, "Figures as a table"),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      el(
        "table",
        { class: "plain-table" },
        el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, ...head.map((each) => el("th", { scope: "col" }, each)))),
        el(
          "tbody",
          {},
          ...rows.map(([first, ...others]) =>
            el("tr", {}, el("th", { scope: "row" }, first), ...others.map((each) => el("td", {}, each))),
          ),
        ),
      ),
    ),
  );
}

/**
 * A field with its label, and a hint that the field names.
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint = "") {
  input.id ||= newId();
  const said = hint ? el("p", { class: "small", id: newId() }, hint) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return el("div", { class: "field" }, el("label", { for: input.id }, label), input, said);
}

/**
 * @param {string} name
 * @param {[string, string][]} options value and text
 * @param {string} [chosen]
 */
export function select(name, options, chosen = "") {
  const made = el("select", { name }, ...options.map(([value, text]) => el("option", { value }, text)));
  made.value = chosen;
  return made;
}
