/** Code for an account, in the reader's language. */

import { accountPath, call } from "./api.js";
import { el, heading, put } from "./dom.js";
import { copyButton, faultNotice, field, select, waiting } from "./parts.js";

const LANGUAGES = /** @type {[string, string][]} */ ([["python", "Python"], ["csharp", "C#"], ["javascript", "JavaScript"], ["java", "Java"], ["curl", "curl"]]);
const BEST = /** @type {[string, string]} */ (["", "what fits best"]);

/** @param {import("./account.js").Context} context */
export async function code({ detail }) {
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const client = select("client", [BEST]);
  const form = /** @type {HTMLFormElement} */ (
    el(
      "form",
      { class: "ask row" },
      field("Language", select("language", LANGUAGES, "python")),
      field("Client", client),
      field("Deployment", el("input", { name: "deployment", autocomplete: "off", spellcheck: "false", placeholder: "the account's first" })),
    )
  );
  const draw = async () => {
    const asked = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    answer.setAttribute("aria-busy", "true");
    if (!answer.childElementCount) put(answer, waiting());
    try {
      const found = await call(accountPath(detail.id, "/snippet", asked));
      offer(client, found, asked.client);
      put(answer, ...result(found));
    } catch (error) {
      put(answer, faultNotice(error));
    }
    answer.removeAttribute("aria-busy");
  };
  form.addEventListener("change", (event) => {
    if (/** @type {HTMLSelectElement} */ (event.target).name === "language") client.value = "";
    void draw();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void draw();
  });
  void draw();
  return [el("div", { class: "panel-top" }, heading("h2", "Code"), el("p", { class: "small" }, "Calls this account with Microsoft Entra ID; no key is in it.")), form, answer];
}

/**
 * The clients that there are for the language.
 * @param {HTMLElement & Record<string, any>} client
 * @param {any} found
 * @param {string} chosen
 */
function offer(client, found, chosen) {
  const names = found.choices.filter((/** @type {any} */ each) => each.language === found.language).map((/** @type {any} */ each) => each.client);
  put(client, ...[BEST, ...names.map((/** @type {string} */ each) => [each, each === "rest" ? "REST" : each])].map(([value, text]) => el("option", { value }, text)));
  client.value = chosen;
}

/** @param {any} found */
function result(found) {
  return [
    ...found.install.map((/** @type {string} */ each) => block(each, "Install")),
    block(found.code, found.fileName),
    el(
      "dl",
      { class: "pairs" },
      ...[["Endpoint", found.endpoint], ["Scope", found.scope], ["Deployment", found.deployment ?? "none"]].map(([name, value]) =>
        el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, value))),
      ),
    ),
    list("Credential", found.credentialAdvice),
    list("Notes", found.notes),
  ];
}

/**
 * @param {string} text
 * @param {string} name
 * @param {string} [label] where several of a view have the same name
 */
export function block(text, name, label = name) {
  return el("figure", { class: "code-block" }, el("figcaption", {}, el("span", {}, name), copyButton(() => text)), el("pre", { tabindex: "0", role: "region", "aria-label": label }, el("code", {}, text)));
}

/**
 * @param {string} title
 * @param {string[]} texts
 */
function list(title, texts) {
  return texts.length ? el("div", {}, el("h3", {}, title), el("ul", { class: "notes" }, ...texts.map((each) => el("li", {}, each)))) : el("div");
}
