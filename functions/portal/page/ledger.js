/** What was done to an account, newest first, with who asked for it and the way back. */

import { accountPath, call, nextPath } from "./api.js";
import { el, heading, put } from "./dom.js";
import { icon } from "./icons.js";
import { allowed, orderButton } from "./orders.js";
import { badge, faultNotice, moment, prose } from "./parts.js";
import { exactly } from "./words.js";

const PAGE = 50;

/** @param {import("./account.js").Context} context */
export async function changes(context) {
  const page = await call(accountPath(context.detail.id, "/ledger", { top: PAGE }));
  const list = el("ol", { class: "timeline" });
  const entries = [...page.value];
  const more = el("button", { type: "button" }, "Show earlier");
  const problem = el("div");
  let next = nextPath(page.nextLink);
  const draw = () => {
    put(list, ...grouped(entries).map((each) => change(context, each)));
    more.hidden = !next;
  };
  more.addEventListener("click", async () => {
    if (!next) return;
    try {
      const earlier = await call(next);
      entries.push(...earlier.value);
      next = nextPath(earlier.nextLink);
      put(problem);
    } catch (error) {
      put(problem, faultNotice(error));
    }
    draw();
  });
  draw();
  return [
    el("div", { class: "panel-top" }, heading("h2", "Changes"), el("p", { class: "small" }, "Each was written down before it was made, with what it replaced.")),
    entries.length ? list : el("p", { class: "calm" }, icon("info"), "Nothing has been changed here."),
    more,
    problem,
  ];
}

/**
 * Changes that one operation made belong together.
 * @param {any[]} entries
 */
function grouped(entries) {
  /** @type {any[][]} */
  const groups = [];
  for (const each of entries) {
    const last = groups.at(-1);
    if (last && last[0].operationId === each.operationId) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

/**
 * @param {import("./account.js").Context} context
 * @param {any[]} entries of one operation
 */
function change(context, entries) {
  const [first] = entries;
  const undoable = entries.some((each) => each.undoable);
  const undo = undoable && allowed(context.me, "rollback")
    ? orderButton(context, "rollback", { text: "Undo", given: { operation: first.operationId, named: "undo what one operation did" }, plain: true })
    : null;
  return el(
    "li",
    { class: first.askedBy ? "by-person" : null },
    el(
      "div",
      { class: "change-top" },
      el("span", { class: "who-asked" }, first.askedBy ? ["Asked for by ", el("strong", {}, first.askedBy.name)] : "By the policy"),
      el("span", { class: "small" }, moment(first.at), ` · ${exactly(first.at)}`),
      undo,
    ),
    el("ul", { class: "ticks" }, ...entries.map(entryItem)),
    el("p", { class: "small" }, "Operation ", first.askedBy ? el("a", { href: `#/operation/${first.operationId}` }, el("code", {}, first.operationId)) : el("code", {}, first.operationId)),
  );
}

/** @type {Record<string, [import("./icons.js").Icon, string, string]>} */
const STATES = {
  intent: ["clock", "begun", "running"],
  done: ["check", "done", "done"],
  refused: ["fault", "refused", "refused"],
  abandoned: ["gone", "abandoned", "abandoned"],
};

/** @param {any} entry */
function entryItem(entry) {
  const [sign, word, kind] = STATES[entry.state] ?? ["info", entry.state, ""];
  return el(
    "li",
    { class: `tick ${kind}` },
    icon(sign),
    el(
      "div",
      {},
      el("p", {}, prose(entry.text)),
      el("p", { class: "small" }, word, entry.milestone ? `, for ${entry.milestone}` : "", entry.detail ? [": ", prose(entry.detail, false)] : ""),
    ),
    entry.state === "done" && entry.undo === "never" ? badge("block", "cannot be undone") : null,
  );
}
