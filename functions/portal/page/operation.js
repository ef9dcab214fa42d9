/** The progress of what was asked for: followed while it runs, found again after leaving. */

import { ApiFault, call } from "./api.js";
import { el, heading, put, say } from "./dom.js";
import { icon } from "./icons.js";
import { badge, blockerList, due, faultNotice, moment, prose, waiting } from "./parts.js";
import { lastOf, many, ORDERS } from "./words.js";

const KEPT = "unkeyed.operations"; // by account: what this browser has asked for and not put away
const WAIT = 20; // seconds that the API holds an answer back until there is news
const PAUSE = 5; // seconds before another try where it did not answer
const ENDED = new Set(["succeeded", "blocked", "failed"]);

/** @typedef {{id: string, account: string, order: any, state: string, askedBy: {name: string}, askedAt: string, startedAt: string | null, endedAt: string | null, done: number, total: number, steps: any[], milestone: string | null, blockers: any[], retryAt: string | null, error: {code: string, message: string} | null, sequence: number}} Operation */

/** @returns {Record<string, {id: string, kind: string, ended?: boolean}>} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {Record<string, {id: string, kind: string, ended?: boolean}>} all */
function keep(all) {
  localStorage.setItem(KEPT, JSON.stringify(all));
  document.dispatchEvent(new Event("unkeyed:operations"));
}

/**
 * Notes what was asked for, so that it is found again.
 * @param {Operation} operation
 */
export function remember({ id, order, account, state }) {
  keep({ ...kept(), [account.toLowerCase()]: { id, kind: order.kind, ended: ENDED.has(state) } });
}

/**
 * Notes that it has ended, where it is remembered.
 * @param {Operation} operation
 */
function noteEnd(operation) {
  const known = kept()[operation.account.toLowerCase()];
  if (known?.id === operation.id && !known.ended && ENDED.has(operation.state)) remember(operation);
}

/** Forgets all: the next person at this browser has asked for none of it. */
export const forgetAll = () => localStorage.removeItem(KEPT);

/**
 * The operation that is remembered of an account.
 * @param {string} account
 */
export const rememberedOf = (account) => kept()[account.toLowerCase()]?.id ?? null;

/** @param {string} account */
export function putAway(account) {
  const { [account.toLowerCase()]: _, ...others } = kept();
  keep(others);
}

/** A link to what runs, for the top of the page. */
export function running() {
  const found = Object.entries(kept()).filter(([, each]) => !each.ended);
  if (!found.length) return null;
  const [account, first] = found[0];
  const href = found.length === 1 ? `#/account${account}` : `#/operation/${first.id}`;
  return el("a", { href, class: "running" }, el("span", { class: "spinner", "aria-hidden": "true" }), `${found.length} running`);
}

/** @param {import("./app.js").Shown} shown */
export async function show({ main, path, signal }) {
  const operation = /** @type {Operation} */ (await call(`/api/operations/${encodeURIComponent(lastOf(path))}`, { signal }));
  const box = el("div");
  put(
    main,
    el(
      "header",
      { class: "view-top" },
      el("div", {}, el("p", { class: "crumb" }, el("a", { href: `#/account${operation.account}` }, lastOf(operation.account))), heading("h1", ORDERS[/** @type {keyof typeof ORDERS} */ (operation.order.kind)] ?? operation.order.kind)),
    ),
    box,
  );
  void follow(operation.id, box, { first: operation });
}

/**
 * Draws an operation into the box, again with each piece of news, until it has ended or the box is gone.
 * @param {string} id
 * @param {HTMLElement} box
 * @param {{first?: Operation, onEnd?: (operation: Operation) => void, onAway?: () => void}} [how]
 */
export async function follow(id, box, { first, onEnd, onAway } = {}) {
  const away = onAway ? el("button", { type: "button", class: "small-button", on: { click: onAway } }, "Put away") : null;
  let after = 0;
  /** @type {Operation | null} */
  let operation = null;
  if (first) operation = take(first);
  else put(box, waiting("Asking how far it is"));
  const wasEnded = operation && ENDED.has(operation.state);
  while (!operation || !ENDED.has(operation.state)) {
    try {
      const query = after ? `?after=${after}&wait=${WAIT}` : "";
      operation = take(await call(`/api/operations/${encodeURIComponent(id)}${query}`));
    } catch (error) {
      if (error instanceof ApiFault && [403, 404].includes(error.status)) return put(box, faultNotice(error), away);
      const wait = error instanceof ApiFault && error.wait ? error.wait : PAUSE;
      put(box, ...(operation ? [card(operation, null)] : []), el("p", { class: "small" }, `No answer just now; asking again in ${wait} s.`));
      await new Promise((done) => setTimeout(done, wait * 1000));
    }
    if (!box.isConnected) return;
  }
  if (!wasEnded) onEnd?.(operation);

  /** @param {Operation} news */
  function take(news) {
    after = news.sequence;
    noteEnd(news);
    const focused = box.contains(document.activeElement);
    put(box, card(news, ENDED.has(news.state) ? away : null));
    if (focused) /** @type {HTMLElement | null} */ (box.querySelector("button, a"))?.focus();
    say(spoken(news));
    return news;
  }
}

/** @param {Operation} operation */
function spoken({ order, state, done, total, steps }) {
  const now = steps.find((each) => each.state === "running");
  const name = ORDERS[/** @type {keyof typeof ORDERS} */ (order.kind)] ?? order.kind;
  return `${name}: ${STATES[state]?.[1] ?? state}. ${done} of ${many(total, "step")} done.${now ? ` Now: ${now.text}.` : ""}`;
}

/** @type {Record<string, [import("./icons.js").Icon, string, "plain" | "good" | "warn" | "fault"]>} */
const STATES = {
  queued: ["clock", "waits for its turn", "plain"],
  running: ["play", "running", "plain"],
  waiting: ["clock", "waits, and goes on by itself", "plain"],
  succeeded: ["check", "done", "good"],
  blocked: ["block", "blocked", "warn"],
  failed: ["fault", "failed", "fault"],
};

/** @type {Record<string, [import("./icons.js").Icon, string]>} */
const STEP_STATES = {
  planned: ["circle", "planned"],
  running: ["play", "running"],
  done: ["check", "done"],
  refused: ["fault", "refused"],
  abandoned: ["gone", "abandoned"],
};

/**
 * @param {Operation} operation
 * @param {HTMLElement | null} away
 */
function card(operation, away) {
  const { order, state, done, total, steps, blockers, error, retryAt, askedBy, askedAt } = operation;
  const [sign, word, tone] = STATES[state] ?? ["info", state, "plain"];
  return el(
    "section",
    { class: `operation ${tone}`, "aria-label": "Progress", "data-state": state },
    el(
      "div",
      { class: "operation-top" },
      el("h2", {}, ORDERS[/** @type {keyof typeof ORDERS} */ (order.kind)] ?? order.kind),
      badge(sign, word, tone),
      el("span", { class: "small" }, `asked for by ${askedBy.name} `, moment(askedAt)),
      away,
    ),
    total ? el("progress", { max: total, value: done, "aria-label": `${done} of ${total} steps done` }) : null,
    steps.length ? el("ol", { class: "ticks" }, ...steps.map(tick)) : null,
    state === "waiting" && retryAt ? el("p", { class: "small" }, "It goes on ", due(retryAt), ".") : null,
    error ? el("p", { class: "inline fault-text" }, icon("fault"), el("span", {}, prose(error.message))) : null,
    blockers.length ? blockerList(blockers) : null,
    el("p", { class: "small" }, "Operation ", el("a", { href: `#/operation/${operation.id}` }, el("code", {}, operation.id))),
  );
}

/** @param {any} step */
function tick(step) {
  const [sign, word] = STEP_STATES[step.state] ?? ["circle", step.state];
  return el(
    "li",
    { class: `tick ${step.state}` },
    step.state === "running" ? el("span", { class: "spinner", "aria-hidden": "true" }) : icon(sign),
    el(
      "div",
      {},
      el("p", {}, prose(step.text)),
      el("p", { class: "small" }, word, step.endedAt ? [" ", moment(step.endedAt)] : "", step.detail ? [": ", prose(step.detail, false)] : ""),
    ),
  );
}
