/**
 * Sign-in with Microsoft Entra ID: the authorization code flow with PKCE, as a single-page application does it.
 *
 * Tokens live in memory only, so that no other script and no later visitor of this browser finds them. After a reload they are
 * gone: the page then asks Entra ID once more without showing anything (`prompt=none`), which its session answers. Only a tab
 * that was signed in does so; others get a button, because a redirect that nobody asked for is a surprise.
 */

const STORED = "unkeyed.sign-in"; // what must outlive the redirect: state, nonce, verifier, where to go on
const WAS_IN = "unkeyed.signed-in"; // that this tab was signed in
const EARLY = 120; // seconds before its end at which a token is renewed

/** @typedef {{authority: string, tenant: string, clientId: string, scope: string}} Place */

/** @type {Place | null} */
let place = null;
/** @type {{access: string, refresh: string, ends: number} | null} */
let tokens = null;
/** @type {Promise<string | null> | null} */
let renewing = null;

/** Where sign-in happens; read once. Throws where the app does not say. */
export async function signInPlace() {
  if (place) return place;
  const answer = await fetch("/api/sign-in", { headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? `The app answered ${answer.status} to where it signs people in.`);
  place = /** @type {Place} */ (body);
  return place;
}

/**
 * Takes up what sign-in left in the address, or a session that this tab had.
 * @returns {Promise<{signedIn: boolean, message: string}>} `message` says why not, where there is something to say
 */
export async function resume() {
  const found = new URLSearchParams(location.search);
  if (found.has("code") || found.has("error")) return finish(found);
  if (sessionStorage.getItem(WAS_IN)) {
    await signIn({ silent: true });
    return new Promise(() => {}); // the redirect is on its way
  }
  return { signedIn: false, message: "" };
}

/**
 * Leaves for the sign-in page; the address of now is where the person comes back to.
 * @param {{silent?: boolean}} [how]
 */
export async function signIn({ silent = false } = {}) {
  if (!window.isSecureContext) throw new Error("A browser signs in only from a secure address: open this page by https.");
  const { authority, tenant, clientId, scope } = await signInPlace();
  const kept = { state: random(), nonce: random(), verifier: random(), goOn: location.hash, silent };
  sessionStorage.setItem(STORED, JSON.stringify(kept));
  const asked = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    response_mode: "query",
    redirect_uri: home(),
    scope: `openid profile offline_access ${scope}`,
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await challenge(kept.verifier),
    code_challenge_method: "S256",
    ...(silent ? { prompt: "none" } : {}),
  });
  location.assign(`${authority}/${tenant}/oauth2/v2.0/authorize?${asked}`);
}

/** Forgets the tokens and ends the session at Entra ID. */
export async function signOut() {
  const { authority, tenant } = await signInPlace();
  forget();
  location.assign(`${authority}/${tenant}/oauth2/v2.0/logout?${new URLSearchParams({ post_logout_redirect_uri: home() })}`);
}

/** Forgets the tokens of this tab. */
export function forget() {
  tokens = null;
  sessionStorage.removeItem(WAS_IN);
}

/**
 * An access token that is good for a while yet, null where there is none to be had without the person.
 * @param {boolean} [anew] true where the API has refused the one at hand
 * @returns {Promise<string | null>}
 */
export async function accessToken(anew = false) {
  if (!tokens) return null;
  if (!anew && Date.now() < tokens.ends - EARLY * 1000) return tokens.access;
  renewing ??= renew().finally(() => (renewing = null));
  return renewing;
}

/** @returns {Promise<string | null>} */
async function renew() {
  if (!tokens?.refresh) return null;
  const { scope } = await signInPlace();
  const grant = { grant_type: "refresh_token", refresh_token: tokens.refresh, scope: `openid profile offline_access ${scope}` };
  const message = await redeem(grant, null);
  return message ? null : (tokens?.access ?? null);
}

/**
 * @param {URLSearchParams} found
 * @returns {Promise<{signedIn: boolean, message: string}>}
 */
async function finish(found) {
  const kept = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
  sessionStorage.removeItem(STORED);
  history.replaceState(null, "", `${location.pathname}${kept?.goOn || location.hash}`);
  if (!kept || kept.state !== found.get("state")) {
    return { signedIn: false, message: "The answer of the sign-in was not to a question of this tab. Sign in again." };
  }
  const code = found.get("code");
  if (!code) {
    sessionStorage.removeItem(WAS_IN);
    return { signedIn: false, message: kept.silent ? "" : said(found.get("error"), found.get("error_description")) };
  }
  const grant = { grant_type: "authorization_code", code, redirect_uri: home(), code_verifier: kept.verifier };
  const message = await redeem(grant, kept.nonce);
  return { signedIn: !message, message };
}

/**
 * Has the token endpoint give tokens; answers what went wrong, nothing where all is well.
 * @param {Record<string, string>} grant
 * @param {string | null} nonce of the ID token, null where none is expected to come back
 */
async function redeem(grant, nonce) {
  const { authority, tenant, clientId, scope } = await signInPlace();
  const body = new URLSearchParams({ client_id: clientId, scope: `openid profile offline_access ${scope}`, ...grant });
  const answer = await fetch(`${authority}/${tenant}/oauth2/v2.0/token`, { method: "POST", body }).catch(() => null);
  if (!answer) return "The sign-in could not be reached. Try again.";
  const given = await answer.json().catch(() => ({}));
  if (!answer.ok || !given.access_token) return said(given.error, given.error_description);
  if (nonce && claims(given.id_token).nonce !== nonce) return "The sign-in's answer was not to this question. Sign in again.";
  tokens = {
    access: given.access_token,
    refresh: given.refresh_token ?? tokens?.refresh ?? "",
    ends: Date.now() + Number(given.expires_in ?? 3600) * 1000,
  };
  sessionStorage.setItem(WAS_IN, "yes");
  return "";
}

/**
 * What a token says; nothing is trusted for it, the API checks its own.
 * @param {string | undefined} token
 * @returns {Record<string, unknown>}
 */
function claims(token) {
  try {
    return JSON.parse(atob((token ?? "").split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return {};
  }
}

/**
 * @param {string | null | undefined} error
 * @param {string | null | undefined} description
 */
function said(error, description) {
  const text = (description ?? "").split(/\r?\n/)[0];
  return text || `The sign-in did not succeed${error ? `: ${error}` : ""}. Try again.`;
}

const home = () => `${location.origin}/`;

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {string} verifier */
async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
