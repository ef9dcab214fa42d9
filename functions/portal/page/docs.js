/** The API's own description, for people to read. */

import { el, heading, put } from "./dom.js";
import { sheet } from "./facts.js";
import { badge, faultNotice, waiting } from "./parts.js";
import { block } from "./snippet.js";

/** @typedef {Record<string, any>} Json */

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** What the document calls its bodies. @type {Json} */
let schemas = {};
const METHODS = ["get", "post", "delete", "put", "patch"];

async function begin() {
  put(main, waiting());
  const answer = await fetch("/api/openapi.json", { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`The app answered ${answer.status} to what its API is.`);
  draw(await answer.json());
}

/** @param {Json} document */
function draw(document) {
  schemas = document.components.schemas;
  const groups = grouped(document);
  put(
    main,
    el(
      "header",
      { class: "view-top" },
      el("div", {}, heading("h1", "HTTP API"), el("p", { class: "lead" }, document.info.description ?? "")),
      el("p", { class: "small" }, "For programs: ", el("a", { href: "/api/openapi.json" }, "openapi.json")),
    ),
    el("div", { class: "docs" }, contents(groups), el("div", {}, before(), ...groups.map(([name, routes]) => group(name, routes)))),
  );
  const named = location.hash.slice(1) && main.querySelector(`#${CSS.escape(location.hash.slice(1))}`);
  if (named) named.scrollIntoView();
}

/**
 * Routes by their first tag, in the order of the document.
 * @param {Json} document
 * @returns {[string, Json[]][]}
 */
function grouped(document) {
  /** @type {Map<string, Json[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((each) => methods[each])) {
      const route = { path, method, ...methods[method] };
      const tag = route.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), route]);
    }
  }
  return [...groups];
}

/** @param {[string, Json[]][]} groups */
function contents(groups) {
  return el(
    "nav",
    { class: "contents", "aria-label": "Routes" },
    ...groups.map(([name, routes]) => el("div", {}, el("h2", {}, name), ...routes.map((each) => el("a", { href: `#${anchor(each)}` }, short(each))))),
  );
}

function before() {
  return el(
    "section",
    { class: "group" },
    el("h2", {}, "Before you call"),
    el("p", {}, "Every route but the page's takes an access token of Microsoft Entra ID for this application. An app role says what it may: Read looks, Operate also changes what is quickly undone, Admin also what is not."),
    block('curl -H "Authorization: Bearer $TOKEN" \\\n  ' + `${location.origin}/api/fleet`, "A call"),
    el("p", {}, "A fault has one shape: ", el("code", {}, '{"error": {"code", "message", "target", "details"}, "operationId"}'), ". What changes something takes ", el("code", {}, "dryRun=true"), " to be shown first, and an ", el("code", {}, "Idempotency-Key"), " to be sent again safely."),
  );
}

/**
 * @param {string} name
 * @param {Json[]} routes
 */
function group(name, routes) {
  return el("section", { class: "group" }, el("h2", {}, name.charAt(0).toUpperCase() + name.slice(1)), ...routes.map((each) => routePanel(each)));
}

/** @param {Json} route */
const short = ({ method, path }) => `${method.toUpperCase()} ${path.replace(/^\/api/, "").replace(/\/accounts\/\{[^}]+\}(?=\/)/, "…")}`;

/** @param {Json} route */
const title = (route) => route.summary ?? route.operationId ?? `${route.method} ${route.path}`;

/** @param {Json} route */
const anchor = (route) => `${route.method}${route.path}`.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "");

/**
 * @param {Json} route
 */
function routePanel(route) {
  const role = route["x-role"];
  const body = route.requestBody?.content?.["application/json"]?.schema;
  return el(
    "article",
    { class: "panel route", id: anchor(route), "aria-label": title(route) },
    el("div", { class: "route-top" }, el("span", { class: `method ${route.method}` }, route.method.toUpperCase()), el("code", {}, route.path), role ? badge("key", role) : null),
    route.description ? el("p", {}, route.description) : null,
    route.parameters?.length ? parameters(route.parameters) : null,
    body ? el("div", {}, el("h3", {}, "Body"), schemaTable(body)) : null,
    answers(route),
    block(curl(route), "curl", `curl: ${short(route)}`),
  );
}

/** @param {Json[]} all */
function parameters(all) {
  return el(
    "div",
    {},
    el("h3", {}, "Parameters"),
    sheet("Parameters", ["Name", "In", "Type", "What it is"], all.map((each) => [el("code", {}, each.name, each.required ? " *" : ""), each.in, typeOf(each.schema), each.description ?? ""])),
  );
}

/**
 * @param {Json} route
 */
function answers(route) {
  const all = Object.entries(route.responses ?? {});
  const good = all.filter(([status]) => status < "400");
  const rows = all.map(([status, answer]) => [el("code", {}, status), typeOf(answer.content?.["application/json"]?.schema), answer.description ?? ""]);
  const schema = good.map(([, answer]) => answer.content?.["application/json"]?.schema).find((each) => each);
  return el(
    "details",
    {},
    el("summary", {}, "Answers"),
    sheet("Answers", ["Status", "Body", "When"], rows),
    schema ? el("div", {}, el("h3", {}, typeOf(schema)), schemaTable(schema)) : null,
  );
}

/**
 * @param {Json} schema
 */
function schemaTable(schema) {
  const whole = resolved(schema);
  const all = Object.entries(whole.properties ?? {});
  if (!all.length) return el("p", { class: "small" }, typeOf(schema));
  const required = new Set(whole.required ?? []);
  return sheet("Properties", ["Property", "Type", "What it is"], all.map(([name, each]) => [el("code", {}, name, required.has(name) ? " *" : ""), typeOf(each), each.description ?? resolved(each).description ?? ""]));
}

/**
 * @param {Json} schema
 * @returns {Json}
 */
const resolved = (schema) => (schema.$ref ? (schemas[nameOf(schema)] ?? {}) : schema);

/** @param {Json} schema */
const nameOf = (schema) => schema.$ref.split("/").at(-1);

/**
 * @param {Json | undefined} schema
 * @returns {string}
 */
function typeOf(schema) {
  if (!schema) return "";
  const named = schema.$ref ? schemas[nameOf(schema)] : null;
  if (named) return named.properties ? nameOf(schema) : typeOf(named);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.const !== undefined) return String(schema.const);
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.type === "object" && schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format ?? schema.type ?? "any";
}

/**
 * @param {Json} route
 */
function curl(route) {
  const path = route.path.replaceAll(/\{([^}]+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => `$${name.split(":")[0].toUpperCase()}`);
  const query = (route.parameters ?? []).filter((/** @type {Json} */ each) => each.in === "query" && each.required).map((/** @type {Json} */ each) => `${each.name}=…`);
  const body = route.requestBody?.content?.["application/json"]?.schema;
  const lines = [`curl -X ${route.method.toUpperCase()} "${location.origin}${path}${query.length ? `?${query.join("&")}` : ""}"`];
  if (route.security?.length) lines.push('  -H "Authorization: Bearer $TOKEN"');
  if (body) lines.push('  -H "Content-Type: application/json"', `  -d '${JSON.stringify(example(body))}'`);
  return lines.join(" \\\n").replace("curl -X GET ", "curl ");
}

/**
 * @param {Json} schema
 */
function example(schema) {
  const whole = resolved(schema);
  return Object.fromEntries((whole.required ?? []).map((/** @type {string} */ name) => [name, sample(whole.properties[name])]));
}

/** @param {Json} schema */
function sample(schema) {
  if (schema.enum) return schema.enum[0];
  return { boolean: false, integer: 0, number: 0, array: [] }[/** @type {string} */ (schema.type)] ?? "…";
}

begin().catch((error) => put(main, heading("h1", "HTTP API"), faultNotice(error)));
