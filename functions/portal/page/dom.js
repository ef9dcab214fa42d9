/** Elements from data. Text only ever goes in as text: what the API says is never read as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false | unknown[]} Child */

/**
 * An element with attributes and children. `on` holds listeners; true is an attribute without a value, null and false are none.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement & Record<string, any>}
 */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * The same for a drawing.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement & Record<string, any>}
 */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Record<string, any>} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") Object.entries(value).forEach(([event, heard]) => element.addEventListener(event, heard));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children));
  return element;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  return children
    .flat(Infinity)
    .filter((each) => each !== null && each !== undefined && each !== false)
    .map((each) => (each instanceof Node ? each : String(each)));
}

/**
 * Puts these children in place of all there are.
 * @param {Element} parent
 * @param {...Child} children
 */
export function put(parent, ...children) {
  parent.replaceChildren(...nodes(children));
}

/**
 * Says something to those who listen to the page rather than look at it.
 * @param {string} text
 */
export function say(text) {
  const spoken = document.getElementById("spoken");
  if (spoken) spoken.textContent = text;
}

/**
 * The heading of a view, which takes the focus when the view comes up.
 * @param {"h1" | "h2"} tag
 * @param {...Child} children
 */
export function heading(tag, ...children) {
  return el(tag, { tabindex: "-1", class: "view-heading" }, ...children);
}

/**
 * Moves the focus to the heading of what has just come up.
 * @param {Element} within
 */
export function focusHeading(within) {
  const found = /** @type {HTMLElement | null} */ (within.querySelector(".view-heading"));
  found?.focus({ preventScroll: true });
}

let made = 0;

/** An id that no other element of the page has. */
export function newId() {
  made += 1;
  return `e${made}`;
}
