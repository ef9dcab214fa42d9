/** Code for an account, in the reader's language. */

import { accountPath, call } from "./api.js";
import { el, heading, put } from "./dom.js";
import { copyButton, faultNotice, field, select, waiting } from "./parts.js";

const LANGUAGES = /** @type {[string, string][]} */ ([["python", "Python"], ["csharp", "C#"], ["javascript", "JavaScript"], ["java", "Java"], ["curl", "curl"]]);
const CLIENTS = /** @type {[string, string][]} */ ([["", "what fits best"], ["azure-ai-inference", "azure-ai-inference"], ["openai", "openai"], ["rest", "REST"]]);

/** @param {import("./account.js").Context} context */
export async function code({ detail }) {
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const form = /** @type {HTMLFormElement} */ (
    el(
      "form",
      { class: "ask row" },
      field("Language", select("language", LANGUAGES, "python")),
      field("Client", select("client", CLIENTS)),
      field("Deployment", el("input", { name: "deployment", autocomplete: "off", spellcheck: "false", placeholder: "the account's first" })),
    )
  );
  const draw = async () => {
    const asked = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    answer.setAttribute("aria-busy", "true");
    if (!answer.childElementCount) put(answer, waiting());
    try {
      put(answer, ...result(await call(accountPath(detail.id, "/snippet", asked))));
    } catch (error) {
      put(answer, faultNotice(error));
    }
    answer.removeAttribute("aria-busy");
  };
  form.addEventListener("change", draw);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void draw();
  });
  void draw();
  return [el("div", { class: "panel-top" }, heading("h2", "Code"), el("p", { class: "small" }, "Calls this account with Microsoft Entra ID; no key is in it.")), form, answer];
}

/** @param {any} found */
function result(found) {
  return [
    ...found.install.map((/** @type {string} */ each) => block(each, "Install")),
    block(found.code, "Program"),
    el(
      "dl",
      { class: "pairs" },
      ...[["Endpoint", found.endpoint], ["Scope", found.scope]].map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, value)))),
    ),
    list("Credential", found.credentialAdvice),
    list("Notes", found.notes),
  ];
}

/**
 * @param {string} text
 * @param {string} name
 */
export function block(text, name) {
  return el("figure", { class: "code-block" }, el("figcaption", {}, el("span", {}, name), copyButton(() => text)), el("pre", { tabindex: "0", role: "region", "aria-label": name }, el("code", {}, text)));
}

/**
 * @param {string} title
 * @param {string[]} texts
 */
function list(title, texts) {
  return texts.length ? el("div", {}, el("h3", {}, title), el("ul", { class: "notes" }, ...texts.map((each) => el("li", {}, each)))) : el("div");
}
