/** One account as it is now: its road with evidence, what is in the way, what may be done. */

import { accountPath, call } from "./api.js";
import { el, focusHeading, heading, newId, put } from "./dom.js";
import { facts } from "./facts.js";
import { icon } from "./icons.js";
import { follow, putAway, rememberedOf } from "./operation.js";
import { actions } from "./orders.js";
import { blockerList, copyButton, due, faultNotice, moment, needsSomebody, notice, prose, standing, stepList, waiting } from "./parts.js";
import { ROAD } from "./words.js";

/** @typedef {import("./app.js").Me} Me */
/** @typedef {{detail: any, me: Me, again: (operation?: any) => Promise<void>}} Context */

/** @type {[string, string, (context: Context) => Promise<Element[]>][]} */
const TABS = [
  ["road", "Road", async (context) => road(context)],
  ["changes", "Changes", async (context) => (await import("./ledger.js")).changes(context)],
  ["access", "Access", async (context) => (await import("./access.js")).access(context)],
  ["diagnose", "Diagnose", async (context) => (await import("./diagnose.js")).diagnose(context)],
  ["code", "Code", async (context) => (await import("./snippet.js")).code(context)],
];

/** The account that is on the page. @type {{id: string, context: Context, frame: HTMLElement} | null} */
let current = null;

/** @param {import("./app.js").Shown} shown */
export async function show({ main, me, path, query, signal, isNew }) {
  const id = path.slice("/account".length);
  const tab = query.get("tab") ?? "road";
  if (!isNew && current?.id === id && main.contains(current.frame)) {
    await drawTab(current.context, current.frame, tab);
    return focusHeading(current.frame);
  }
  put(main, el("h1", { class: "coming" }, id.slice(id.lastIndexOf("/") + 1)), waiting("Reading the account in Azure"));
  const detail = await call(accountPath(id), { signal });
  const frame = el("div", { class: "account" });
  /** @type {Context} */
  const context = { detail, me, again: (operation) => again(context, frame, operation) };
  current = { id, context, frame };
  put(main, frame);
  await draw(context, frame, tab);
}

/**
 * Reads the account anew and draws it; what an operation has begun is followed.
 * @param {Context} context
 * @param {HTMLElement} frame
 * @param {any} [operation]
 */
async function again(context, frame, operation) {
  if (operation) {
    const box = /** @type {HTMLElement} */ (frame.querySelector(".progress"));
    begin(context, frame, box, operation.id, operation);
    box.scrollIntoView({ block: "nearest" });
    return;
  }
  try {
    context.detail = await call(accountPath(context.detail.id));
  } catch (error) {
    return put(/** @type {Element} */ (frame.querySelector(".tab")), faultNotice(error));
  }
  if (!frame.isConnected) return;
  put(/** @type {Element} */ (frame.querySelector(".account-top")), ...top(context));
  const tab = new URLSearchParams(location.hash.split("?")[1] ?? "").get("tab") ?? "road";
  if (tab === "road" || tab === "changes") await drawTab(context, frame, tab);
}

/**
 * @param {Context} context
 * @param {HTMLElement} frame
 * @param {string} tab
 */
async function draw(context, frame, tab) {
  const box = el("div", { class: "progress" });
  put(frame, el("header", { class: "account-top" }, ...top(context)), box, el("nav", { class: "tabs", "aria-label": "Of this account" }), el("div", { class: "tab" }));
  const remembered = rememberedOf(context.detail.id);
  if (remembered) begin(context, frame, box, remembered);
  await drawTab(context, frame, tab);
}

/**
 * @param {Context} context
 * @param {HTMLElement} frame
 * @param {HTMLElement} box
 * @param {string} id
 * @param {any} [first]
 */
function begin(context, frame, box, id, first) {
  void follow(id, box, {
    first,
    onEnd: () => again(context, frame),
    onAway: () => {
      putAway(context.detail.id);
      put(box);
      focusHeading(frame);
    },
  });
}

/** @param {Context} context */
function top({ detail, again: readAgain }) {
  const look = el("button", { type: "button", class: "quiet", on: { click: () => readAgain() } }, "Look again");
  return [
    el("p", { class: "crumb" }, el("a", { href: "#/accounts" }, "Accounts")),
    el("div", { class: "title-row" }, heading("h1", detail.name), standing(detail)),
    el(
      "p",
      { class: "meta" },
      ...[detail.kind, detail.location, detail.resourceGroup].map((each) => el("span", {}, each)),
      el("a", { href: `#/accounts?subscription=${detail.subscription}` }, el("code", {}, detail.subscription)),
      copyButton(() => detail.id, "Copy ARM id"),
    ),
    el("p", { class: "small" }, "Read in Azure ", moment(detail.observedAt), ". ", look),
  ];
}

/**
 * @param {Context} context
 * @param {HTMLElement} frame
 * @param {string} tab
 */
async function drawTab(context, frame, tab) {
  const [name, , make] = TABS.find(([each]) => each === tab) ?? TABS[0];
  const address = `#/account${context.detail.id}`;
  const links = TABS.map(([each, text]) =>
    el("a", { href: each === "road" ? address : `${address}?tab=${each}`, "aria-current": each === name ? "page" : null }, text),
  );
  put(/** @type {Element} */ (frame.querySelector(".tabs")), ...links);
  const place = /** @type {Element} */ (frame.querySelector(".tab"));
  if (place.getAttribute("data-tab") !== name) put(place, waiting());
  place.setAttribute("data-tab", name);
  try {
    put(place, ...(await make(context)));
  } catch (error) {
    put(place, faultNotice(error));
  }
}

/** @param {Context} context */
function road(context) {
  const { detail } = context;
  return [
    ...remarks(detail),
    el(
      "div",
      { class: "main-and-side" },
      el("section", { class: "panel", "aria-label": "Road" }, el("div", { class: "panel-top" }, el("h2", {}, "Road"), el("p", { class: "small" }, aim(detail))), stepper(detail)),
      el("div", { class: "stack" }, next(detail), actions(context), betterOtherwise(detail)),
    ),
    facts(context),
  ];
}

/** @param {any} detail */
function aim(detail) {
  if (!detail.goal) return "No rule of the policy says how far it should go.";
  return [`Rule `, el("a", { href: `#/accounts?rule=${encodeURIComponent(detail.rule)}` }, detail.rule), ` asks for ${detail.goal}; it stands at ${detail.milestone ?? "the beginning"}.`];
}

/** @param {any} detail */
function remarks(detail) {
  const general = detail.blockers.filter((/** @type {any} */ each) => !detail.road.some((/** @type {any} */ step) => step.blockers.some((/** @type {any} */ one) => one.code === each.code && one.message === each.message)));
  return [
    detail.stoppedAt ? notice("info", "warn", el("p", {}, `A rollback has stopped it at ${detail.stoppedAt}. It goes no further until an administrator resumes it.`)) : null,
    detail.note ? notice("info", "plain", el("p", {}, prose(detail.note))) : null,
    general.length ? blockerList(general) : null,
  ].filter((each) => each !== null);
}

/** @param {any} detail */
function stepper(detail) {
  const at = detail.road.findIndex((/** @type {any} */ each) => !each.reached);
  return el("ol", { class: "stepper" }, ...detail.road.map((/** @type {any} */ each, /** @type {number} */ index) => station(each, index === at)));
}

/**
 * @param {any} step
 * @param {boolean} isNext the first that is not reached
 */
function station(step, isNext) {
  const waits = !step.blockers.some(needsSomebody);
  const [state, sign, word] = step.reached
    ? ["reached", "check", "reached"]
    : !step.asked
      ? ["beyond", "dashed", "not asked for"]
      : step.blockers.length
        ? [waits ? "waits" : "blocked", waits ? "clock" : "block", waits ? "waiting" : "blocked"]
        : ["ahead", "circle", "ahead"];
  return el(
    "li",
    { class: `station-row ${state}`, "aria-current": isNext && step.asked ? "step" : null },
    el("span", { class: "station-sign" }, icon(/** @type {any} */ (sign))),
    el(
      "div",
      {},
      el("h3", {}, step.milestone, el("span", { class: "station-word" }, word, step.since ? [" ", moment(step.since)] : "")),
      el("p", { class: "small" }, ROAD[/** @type {keyof typeof ROAD} */ (step.milestone)], "."),
      step.reached && step.evidence ? el("p", { class: "evidence" }, prose(step.evidence)) : null,
      step.blockers.length ? blockerList(step.blockers) : null,
    ),
  );
}

/** @param {any} detail */
function next({ plan, settled }) {
  const id = newId();
  const idle = settled ? "Nothing: it is at its goal, and is kept there." : "Nothing can be done for now.";
  return el(
    "section",
    { class: "panel", "aria-labelledby": id },
    el("div", { class: "panel-top" }, el("h2", { id }, "What a pass would do now")),
    plan.steps.length ? stepList(plan.steps) : el("p", { class: "calm" }, icon(settled ? "check" : "clock"), idle),
    plan.retryAt ? el("p", { class: "small" }, "It is looked at again ", due(plan.retryAt), ".") : null,
  );
}

/** @param {any} detail */
function betterOtherwise({ advice }) {
  if (!advice.length) return null;
  const id = newId();
  return el("section", { class: "panel", "aria-labelledby": id }, el("h2", { id }, "Advice"), blockerList(advice, true));
}
