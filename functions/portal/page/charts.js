/** Pictures of the fleet, as drawings in the page: each part is a link, and each has its figures beside it as text. */

import { el, newId, svg } from "./dom.js";
import { day, MILESTONES, number, share } from "./words.js";

/** @typedef {{milestone: string, at: number, reached: number}} MilestoneCount */
/** @typedef {{day: string, reached: Record<string, number>}} DayCount */

const WIDE = 620; // px, from which there is room for the road from left to right

/**
 * Draws anew whenever the width changes.
 * @param {(width: number) => Element} draw
 */
export function fitted(draw) {
  const holder = el("div", { class: "fitted" });
  let drawn = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.round(entry.contentRect.width);
    if (!width || width === drawn) return;
    const inside = holder.contains(document.activeElement);
    if (inside) return;
    drawn = width;
    holder.replaceChildren(draw(width));
  }).observe(holder);
  return holder;
}

/**
 * The road with the whole fleet on it: a stream that narrows where accounts stay behind.
 * @param {MilestoneCount[]} counts
 * @param {number} none accounts on the road that have reached nothing
 * @param {number} width
 */
export function roadPicture(counts, none, width) {
  const total = none + (counts[0]?.reached ?? 0);
  const columns = [{ milestone: "none", at: none, reached: total }, ...counts];
  return width < WIDE ? roadDown(columns, total) : roadAcross(columns, total, width);
}

/**
 * @param {MilestoneCount[]} columns
 * @param {number} total
 * @param {number} width
 */
function roadAcross(columns, total, width) {
  const [top, tallest, height] = [48, 132, 236];
  const middle = top + tallest / 2;
  const step = width / columns.length;
  const tall = (/** @type {number} */ count) => (total && count ? Math.max(5, (count / total) * tallest) : 0);
  const parts = columns.map((column, index) => {
    const x = index * step;
    const band = bandPath(x, step, middle, tall(column.reached), tall(columns[index + 1]?.reached ?? column.reached), index === columns.length - 1);
    return roadPart(
      column,
      svg("rect", { x, y: 0, width: step, height, class: "hit", rx: 8 }),
      svg("path", { d: band, class: `band m${index}` }),
      index ? svg("line", { x1: x, x2: x, y1: top - 8, y2: top + tallest + 8, class: "station" }) : null,
      svg("text", { x: x + 12, y: 22, class: "name" }, `${nameOf(column.milestone)} `),
      svg("text", { x: x + 12, y: 38, class: "faint" }, index ? `${share(column.reached, total)} came here ` : "nothing reached "),
      svg("text", { x: x + 12, y: height - 24, class: "figure" }, `${number(column.at)} `),
      svg("text", { x: x + 12, y: height - 7, class: "faint" }, "stand here"),
    );
  });
  return picture(width, height, "How many accounts stand at each milestone of the road", "road", ...parts);
}

/**
 * A stretch of the stream: level, then down to what goes on.
 * @param {number} x
 * @param {number} step
 * @param {number} middle
 * @param {number} here height of it
 * @param {number} next height where it ends
 * @param {boolean} last
 */
function bandPath(x, step, middle, here, next, last) {
  const [from, bend, to] = [x + step * 0.62, x + step * 0.81, x + step];
  const [a, b] = [here / 2, next / 2];
  if (!here) return "";
  if (last) {
    const round = Math.min(14, a);
    return `M${x} ${middle - a}H${to - round}q${round} 0 ${round} ${round}V${middle + a - round}q0 ${round} ${-round} ${round}H${x}Z`;
  }
  const upper = `M${x} ${middle - a}H${from}C${bend} ${middle - a} ${bend} ${middle - b} ${to} ${middle - b}`;
  return `${upper}V${middle + b}C${bend} ${middle + b} ${bend} ${middle + a} ${from} ${middle + a}H${x}Z`;
}

/**
 * The same for a narrow screen: from top to bottom.
 * @param {MilestoneCount[]} columns
 * @param {number} total
 */
function roadDown(columns, total) {
  const rows = columns.map((column, index) => {
    const part = (/** @type {number} */ count) => (total ? (count / total) * 100 : 0);
    return el(
      "li",
      {},
      el(
        "a",
        { href: milestoneLink(column.milestone) },
        el("span", { class: "bar-name" }, nameOf(column.milestone), el("span", { class: "bar-note" }, index ? `${share(column.reached, total)} came here` : "")),
        el("span", { class: "bar-count" }, number(column.at)),
        svg(
          "svg",
          { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
          svg("rect", { width: part(column.reached), height: 10, class: "bar-reached" }),
          svg("rect", { width: part(column.at), height: 10, class: `bar-at m${index}` }),
        ),
      ),
    );
  });
  return el("ol", { class: "bars road-down" }, ...rows);
}

/**
 * @param {MilestoneCount} column
 * @param {...(Element | null)} shapes
 */
function roadPart(column, ...shapes) {
  return svg("a", { href: milestoneLink(column.milestone), class: "part" }, ...shapes);
}

const nameOf = (/** @type {string} */ milestone) => (milestone === "none" ? "not begun" : milestone);

/** @param {string} milestone */
export const milestoneLink = (milestone) => `#/accounts?milestone=${milestone}`;

/**
 * How many of the fleet had reached each milestone, day by day.
 * @param {DayCount[]} days
 * @param {number} width
 */
export function timePicture(days, width) {
  const [left, right, top, bottom, height] = [34, 74, 10, 24, 250];
  const most = Math.max(1, ...days.map((each) => Math.max(0, ...Object.values(each.reached))));
  const ceiling = niceCeiling(most);
  const x = (/** @type {number} */ index) => left + (index / Math.max(1, days.length - 1)) * (width - left - right);
  const y = (/** @type {number} */ count) => height - bottom - (count / ceiling) * (height - top - bottom);
  const areas = MILESTONES.map((milestone, index) => {
    const line = days.map((each, at) => `${x(at).toFixed(1)} ${y(each.reached[milestone] ?? 0).toFixed(1)}`).join("L");
    return svg("path", { d: `M${x(0)} ${y(0)}L${line}L${x(days.length - 1)} ${y(0)}Z`, class: `area m${index + 1}` });
  });
  const grid = [0, ceiling / 2, ceiling].map((count) => [
    svg("line", { x1: left, x2: width - right, y1: y(count), y2: y(count), class: "grid" }),
    svg("text", { x: left - 8, y: y(count) + 4, class: "faint end" }, number(count)),
  ]);
  const rule = svg("line", { y1: top, y2: height - bottom, class: "rule hidden" });
  const readout = el("p", { class: "readout", "aria-hidden": "true" }, overTime(days));
  const drawn = picture(width, height, overTime(days), "time", ...grid.flat(), ...areas, ...dayNames(days, x, height), ...endNames(days, x, y), rule);
  const follow = (/** @type {PointerEvent} */ event) => {
    const place = (event.clientX - drawn.getBoundingClientRect().left - left) / (width - left - right);
    const index = Math.min(days.length - 1, Math.max(0, Math.round(place * (days.length - 1))));
    rule.setAttribute("transform", `translate(${x(index)} 0)`);
    rule.classList.remove("hidden");
    readout.textContent = `${day(days[index].day)}: ${MILESTONES.map((each) => `${each} ${number(days[index].reached[each] ?? 0)}`).join(" · ")}`;
  };
  const leave = () => {
    rule.classList.add("hidden");
    readout.textContent = overTime(days);
  };
  drawn.setAttribute("role", "img");
  drawn.addEventListener("pointermove", follow);
  drawn.addEventListener("pointerleave", leave);
  return el("div", {}, drawn, readout);
}

/**
 * The milestones' names at the right end, moved apart where they would meet.
 * @param {DayCount[]} days
 * @param {(index: number) => number} x
 * @param {(count: number) => number} y
 */
function endNames(days, x, y) {
  const last = days[days.length - 1];
  let lowest = -Infinity;
  return MILESTONES.map((milestone) => {
    lowest = Math.max(lowest + 13, y(last.reached[milestone] ?? 0) + 4);
    return svg("text", { x: x(days.length - 1) + 8, y: lowest, class: "faint" }, milestone);
  });
}

/**
 * @param {DayCount[]} days
 * @param {(index: number) => number} x
 * @param {number} height
 */
function dayNames(days, x, height) {
  const shown = days.length < 3 ? [0] : [0, Math.floor((days.length - 1) / 2), days.length - 1];
  return shown.map((index, place) =>
    svg("text", { x: x(index), y: height - 6, class: `faint ${["", "middle", "end"][place]}` }, day(days[index].day)),
  );
}

/** @param {DayCount[]} days */
function overTime(days) {
  const [first, last] = [days[0], days[days.length - 1]];
  const said = (/** @type {string} */ each) => `${each} ${number(first.reached[each] ?? 0)} → ${number(last.reached[each] ?? 0)}`;
  return `${day(first.day)} to ${day(last.day)}: ${["granted", "proven", "sealed"].map(said).join(", ")}`;
}

/** @param {number} most */
function niceCeiling(most) {
  const power = Math.max(2, 10 ** Math.floor(Math.log10(most)));
  return ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8].find((each) => each * power >= most) ?? 10) * power;
}

/**
 * Figures as bars, the longest first or in the order they have; each is a link where there is something to show.
 * @param {{name: string, note?: string, count: number, href?: string, tone?: string}[]} rows
 * @param {number} [longest] what the longest bar stands for, the largest of them where it is not said
 */
export function bars(rows, longest = 1) {
  const most = Math.max(longest, ...rows.map((each) => each.count));
  return el(
    "ol",
    { class: "bars" },
    ...rows.map(({ name, note, count, href, tone = "accent" }) =>
      el(
        "li",
        {},
        el(
          href ? "a" : "div",
          { href, class: "bar-row" },
          el("span", { class: "bar-name" }, name, note ? el("span", { class: "bar-note" }, note) : null),
          el("span", { class: "bar-count" }, number(count)),
          svg(
            "svg",
            { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
            svg("rect", { width: (count / most) * 100, height: 10, class: `bar-${tone}` }),
          ),
        ),
      ),
    ),
  );
}

/**
 * How the accounts of one rule are spread over the road, as one bar.
 * @param {Record<string, number>} milestones
 * @param {number} accounts
 */
export function spread(milestones, accounts) {
  let x = 0;
  const parts = ["none", ...MILESTONES].map((milestone, index) => {
    const wide = accounts ? ((milestones[milestone] ?? 0) / accounts) * 100 : 0;
    const part = svg("rect", { x, width: wide, height: 10, class: `area m${index}` }, svg("title", {}, `${nameOf(milestone)}: ${milestones[milestone] ?? 0}`));
    x += wide;
    return part;
  });
  return svg("svg", { class: "spread", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts);
}

/**
 * @param {number} width
 * @param {number} height
 * @param {string} title
 * @param {string} kind
 * @param {...import("./dom.js").Child} parts
 */
function picture(width, height, title, kind, ...parts) {
  const id = newId();
  const frame = { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-labelledby": id, class: `picture ${kind}` };
  return svg("svg", frame, svg("title", { id }, title), ...parts);
}
