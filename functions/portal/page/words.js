/** Numbers, times and names of the domain as people read them. */

/** The road, in its order, with what each milestone stands for. */
export const ROAD = Object.freeze({
  ready: "Has a custom subdomain, and provisioning has ended",
  granted: "The policy's groups hold the policy's roles",
  connected: "No connection holds a copy of a key",
  proven: "The endpoint has taken a token",
  quiet: "The logs show nobody who calls by key",
  revoked: "Both keys were made new; every copy is dead",
  sealed: "Key access is off, and a key was refused",
});

/** @typedef {keyof typeof ROAD} Milestone */

/** @type {Milestone[]} */
export const MILESTONES = /** @type {any} */ (Object.keys(ROAD));

export const COVERED = Object.freeze({
  covered: "on the road",
  exempt: "exempt",
  uncovered: "no rule",
  gone: "gone",
  unknown: "unknown",
});

export const ORDERS = Object.freeze({
  onboard: "Continue along the road",
  resume: "Resume the road",
  grant: "Grant a role",
  removeGrant: "Take a role back",
  switchConnections: "Switch connections to Entra ID",
  rotateKeys: "Rotate the key",
  revokeKeys: "Revoke both keys",
  disableLocalAuth: "Turn key access off",
  enableLocalAuth: "Turn key access on",
  rollback: "Roll back",
});

/** What an object id or a subscription's id looks like, as a field's pattern. */
export const GUID = "\\s*[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\s*";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "long" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const UNITS = /** @type {const} */ ([["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]);

/**
 * "3 days ago", "in 5 min.".
 * @param {string | Date} time
 */
export function ago(time) {
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[5];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** @param {string | Date} time */
export const exactly = (time) => absolute.format(new Date(time));

/** @param {string | Date} time */
export const day = (time) => short.format(new Date(time));

/** @param {number} count */
export const number = (count) => count.toLocaleString("en");

/**
 * "1 account", "2 accounts".
 * @param {number} count
 * @param {string} thing
 * @param {string} [things]
 */
export const many = (count, thing, things = `${thing}s`) => `${number(count)} ${count === 1 ? thing : things}`;

/**
 * "12%", and never 0% or 100% where it is not so.
 * @param {number} part
 * @param {number} whole
 */
export function share(part, whole) {
  if (!whole) return "0%";
  const percent = Math.round((part / whole) * 100);
  if (part > 0 && percent === 0) return "under 1%";
  return `${part < whole && percent === 100 ? 99 : percent}%`;
}

/** @param {string} text */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * The last part of a resource's id.
 * @param {string} id
 */
export const lastOf = (id) => id.slice(id.lastIndexOf("/") + 1);

/**
 * What a resource's id names, without where it lies: "contoso-shop / shop-agents / aoai-main".
 * @param {string} id
 */
export function namesIn(id) {
  const below = id.split(/\/providers\/[^/]+\//i).at(-1) ?? "";
  const names = below.split("/").filter((_, index) => index % 2);
  return names.length ? names.join(" / ") : lastOf(id);
}

/**
 * The parts of an account's ARM id that people tell accounts apart by.
 * @param {string} id
 */
export function partsOf(id) {
  const [, , subscription = "", , resourceGroup = ""] = id.split("/");
  return { subscription, resourceGroup, name: lastOf(id) };
}
