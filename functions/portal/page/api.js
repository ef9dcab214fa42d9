/** Calls of the app's API. Every fault is an ApiFault with what the API said of it. */

import { accessToken, signIn } from "./signin.js";

const AGAIN = "unkeyed.signed-in-again"; // when the API's 401 last sent this tab to the sign-in
const PATIENCE = 60_000; // within which a second 401 is shown instead

/** What the API says is wrong: `details` are the parts of it, `operationId` finds the request in the app's log. */
export class ApiFault extends Error {
  /**
   * @param {number} status 0 where nothing answered
   * @param {{error?: {code?: string, message?: string, target?: string | null, details?: any[]}, operationId?: string}} body
   * @param {number} wait seconds to wait before another try
   */
  constructor(status, body, wait = 0) {
    super(body.error?.message ?? (status ? `The app answered ${status} and did not say why.` : "The app does not answer. Is there a network?"));
    this.status = status;
    this.code = body.error?.code ?? "";
    this.target = body.error?.target ?? "";
    this.details = body.error?.details ?? [];
    this.operationId = body.operationId ?? "";
    this.wait = wait;
  }
}

/** @typedef {{method?: string, body?: unknown, key?: string, signal?: AbortSignal}} Asked `key` is the Idempotency-Key */

/**
 * The JSON that a route answers. Throws ApiFault.
 * @param {string} path
 * @param {Asked} [asked]
 * @returns {Promise<any>}
 */
export async function call(path, asked = {}) {
  const answer = await answerOf(path, asked);
  return answer.status === 204 ? null : answer.json();
}

/**
 * Saves what a route answers as a file. Throws ApiFault.
 * @param {string} path
 * @param {string} name
 */
export async function download(path, name) {
  const content = await (await answerOf(path, {})).blob();
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * @param {string} path
 * @param {Asked} asked
 */
async function answerOf(path, asked) {
  let answer = await sent(path, asked, await accessToken());
  if (answer.status === 401) answer = await sent(path, asked, await accessToken(true));
  if (answer.status === 401) await signInAgain();
  if (answer.ok) return answer;
  throw new ApiFault(answer.status, await answer.json().catch(() => ({})), Number(answer.headers.get("retry-after")) || 0);
}

/**
 * @param {string} path
 * @param {Asked} asked
 * @param {string | null} token
 */
async function sent(path, { method = "GET", body, key, signal }, token) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key) headers["idempotency-key"] = key;
  try {
    return await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFault(0, {});
  }
}

/** Leaves for the sign-in, but not twice in a row: what it gives may be just what the API refuses. */
async function signInAgain() {
  const last = Number(sessionStorage.getItem(AGAIN));
  if (Date.now() - last < PATIENCE) return;
  sessionStorage.setItem(AGAIN, String(Date.now()));
  await signIn();
  await new Promise(() => {}); // the redirect is on its way
}

/**
 * The path of an account or of something below it.
 * @param {string} id the account's ARM id
 * @param {string} [below]
 * @param {Record<string, string | number | boolean | null | undefined>} [query]
 */
export function accountPath(id, below = "", query = {}) {
  return `/api/accounts/${encodeURIComponent(id)}${below}${queryOf(query)}`;
}

/** @param {Record<string, string | number | boolean | null | undefined>} query what is empty is left out */
export function queryOf(query) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

/**
 * The path of a next page, where it is one of this API's.
 * @param {string | null} link
 */
export function nextPath(link) {
  if (!link) return null;
  const found = new URL(link, location.origin);
  return found.pathname.startsWith("/api/") ? `${found.pathname}${found.search}` : null;
}
