/** The page: who is signed in, which view the address names, and what is around it. */

import { ApiFault, call } from "./api.js";
import { el, focusHeading, heading, put, say } from "./dom.js";
import { icon } from "./icons.js";
import { forgetAll, running } from "./operation.js";
import { faultNotice, waiting } from "./parts.js";
import { resume, signIn, signInPlace, signOut } from "./signin.js";
import { ago } from "./words.js";

/** @typedef {{id: string, name: string, isApplication: boolean, roles: string[]}} Me */
/** @typedef {{main: HTMLElement, me: Me, path: string, query: URLSearchParams, signal: AbortSignal, isNew: boolean}} Shown */

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** Loaded when first shown. @type {[RegExp, string, () => Promise<{show: (shown: Shown) => Promise<void>}>][]} */
const VIEWS = [
  [/^\/$/, "fleet", () => import("./fleet.js")],
  [/^\/accounts$/, "accounts", () => import("./table.js")],
  [/^\/account\/./, "account", () => import("./account.js")],
  [/^\/operation\/./, "operation", () => import("./operation.js")],
];
const TICK = 20_000; // milliseconds after which "a minute ago" is looked at again
let leaving = new AbortController();
let last = "";

/** @param {Me} me */
async function route(me) {
  const [path, query = ""] = (location.hash.slice(1) || "/").split(/\?(.*)/s);
  const [, name, load] = VIEWS.find(([pattern]) => pattern.test(path)) ?? [null, "", null];
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const isNew = path !== last;
  last = path;
  drawNav(name);
  if (!load) return lost();
  if (isNew) {
    put(main, waiting());
    main.focus({ preventScroll: true }); // what had the focus is gone
    window.scrollTo(0, 0);
  }
  try {
    await (await load()).show({ main, me, path: decodeURI(path), query: new URLSearchParams(query), signal, isNew });
  } catch (error) {
    if (signal.aborted) return;
    put(main, heading("h1", "This could not be shown"), faultNotice(error), retry(me));
  }
  if (isNew && !signal.aborted) arrived();
}

function arrived() {
  const title = main.querySelector("h1")?.textContent ?? "";
  document.title = title ? `${title} · unkeyed` : "unkeyed";
  focusHeading(main);
}

function lost() {
  put(main, heading("h1", "There is no such view"), el("p", {}, el("a", { href: "#/" }, "Go to the fleet")));
  arrived();
}

/** @param {Me} me */
function retry(me) {
  const again = () => {
    last = "";
    return route(me);
  };
  return el("button", { type: "button", on: { click: again } }, "Try again");
}

/** @param {string} current */
function drawNav(current) {
  const nav = /** @type {HTMLElement} */ (document.getElementById("nav"));
  const link = (/** @type {string} */ href, /** @type {string} */ text, /** @type {boolean} */ here) =>
    el("a", { href, "aria-current": here ? "page" : null }, text);
  put(
    nav,
    link("#/", "Fleet", current === "fleet"),
    link("#/accounts", "Accounts", current === "accounts" || current === "account"),
    link("/api/docs", "API", false),
    running(),
  );
}

/** @param {Me} me */
function drawWho(me) {
  const who = /** @type {HTMLElement} */ (document.getElementById("who"));
  const highest = me.roles.at(-1) ?? "no role";
  put(
    who,
    el("span", { class: "who-name", title: me.name }, me.name),
    el("span", { class: "chip" }, highest),
    el("button", { type: "button", class: "quiet", on: { click: leave } }, icon("out"), el("span", {}, "Sign out")),
  );
}

function leave() {
  forgetAll();
  return signOut();
}

/** @param {string} message */
function drawDoor(message) {
  document.title = "Sign in · unkeyed";
  put(
    main,
    el(
      "section",
      { class: "door" },
      el("img", { src: "/page/icon.svg", width: 56, height: 56, alt: "" }),
      heading("h1", "unkeyed"),
      el("p", { class: "lead" }, "Moves Azure AI accounts from API keys to Microsoft Entra ID, and keeps them there."),
      message ? el("p", { class: "notice fault", role: "alert" }, icon("fault"), el("span", {}, message)) : null,
      el("button", { type: "button", class: "primary large", on: { click: () => start() } }, "Sign in with Microsoft Entra ID"),
      el("p", { class: "small" }, el("a", { href: "/api/docs" }, "The HTTP API"), " takes the same tokens."),
    ),
  );
  focusHeading(main);
}

async function start() {
  try {
    await signIn();
  } catch (error) {
    drawDoor(error instanceof Error ? error.message : String(error));
  }
}

/** @param {Me} me */
async function drawNoRole(me) {
  const { clientId } = await signInPlace();
  put(
    main,
    el(
      "section",
      { class: "door" },
      heading("h1", "You have no role here yet"),
      el("p", { class: "lead" }, `You are signed in as ${me.name}, but this application has given you no role.`),
      el("p", {}, "Ask whoever administers the enterprise application in Microsoft Entra ID to assign you one of its app roles:"),
      el(
        "dl",
        { class: "pairs" },
        pair("Unkeyed.Read", "looks at everything, changes nothing"),
        pair("Unkeyed.Operate", "also onboards accounts, grants roles, switches connections, rotates keys"),
        pair("Unkeyed.Admin", "also revokes keys, turns key access off and on, rolls back"),
        pair("Application", clientId),
        pair("Your object id", me.id),
      ),
      el("p", { class: "small" }, "After that, sign out and in again: a role arrives with a new token."),
    ),
  );
  focusHeading(main);
}

/**
 * @param {string} name
 * @param {string} value
 */
function pair(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

async function begin() {
  put(main, waiting("Signing in"));
  const { signedIn, message } = await resume();
  if (!signedIn) return drawDoor(message);
  const me = /** @type {Me} */ (await call("/api/me"));
  drawWho(me);
  if (!me.roles.length) return drawNoRole(me);
  say(`Signed in as ${me.name}`);
  window.addEventListener("hashchange", () => route(me));
  document.addEventListener("unkeyed:operations", () => drawNav(VIEWS.find(([pattern]) => pattern.test(last))?.[1] ?? ""));
  return route(me);
}

setInterval(() => {
  for (const each of document.querySelectorAll("time.ago")) each.textContent = ago(/** @type {HTMLTimeElement} */ (each).dateTime);
}, TICK);

document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault(); // the address names the view, not a place in it
  main.focus();
});

begin().catch((error) => {
  if (error instanceof ApiFault) put(main, heading("h1", "The app could not say who you are"), faultNotice(error));
  else drawDoor(error instanceof Error ? error.message : String(error));
});
