/** Small drawings beside words, never instead of them. */

import { svg } from "./dom.js";

const PATHS = Object.freeze({
  check: ["M3.5 8.5l3 3 6-7"],
  circle: ["M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6z"],
  dashed: [],
  block: ["M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z", "M8 4.8v3.7", "M8 11.1v.1"],
  clock: ["M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9z", "M8 4.8V8l2.2 1.6"],
  fault: ["M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9z", "M5.8 5.8l4.4 4.4", "M10.2 5.8l-4.4 4.4"],
  info: ["M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9z", "M8 7.4v3.8", "M8 4.9v.1"],
  lock: ["M3.5 7.2h9v6.3h-9z", "M5.4 7V5a2.6 2.6 0 0 1 5.2 0v2"],
  unlock: ["M3.5 7.2h9v6.3h-9z", "M5.4 7V4.6a2.6 2.6 0 0 1 5-1"],
  key: ["M5.2 5.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2z", "M7.8 8h6.4v2", "M11.6 8v1.6"],
  undo: ["M5.6 3.2L2.6 6.2l3 3", "M2.8 6.2h6.4a4 4 0 0 1 0 8H6.4"],
  copy: ["M5.8 5.8h7.4v7.4H5.8z", "M10.2 5.6V2.8H2.8v7.4h2.8"],
  download: ["M8 2.2v8", "M4.8 7.4L8 10.6l3.2-3.2", "M2.8 13.6h10.4"],
  search: ["M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8z", "M10.2 10.2l3.4 3.4"],
  next: ["M6 3.4L10.6 8 6 12.6"],
  out: ["M9.4 2.8H13v10.4H9.4", "M2.8 8h6.8", "M7 5.4L9.6 8 7 10.6"],
  gone: ["M3.4 8h9.2"],
  play: ["M5.2 3.4l7 4.6-7 4.6z"],
  close: ["M4 4l8 8", "M12 4l-8 8"],
});

/** @typedef {keyof typeof PATHS} Icon */

/**
 * @param {Icon} name
 * @param {string} [extra] more classes
 */
export function icon(name, extra = "") {
  const size = { viewBox: "0 0 16 16", width: 16, height: 16, class: `icon ${extra}`, "aria-hidden": "true", focusable: "false" };
  if (name === "dashed") return svg("svg", size, svg("circle", { cx: 8, cy: 8, r: 5, "stroke-dasharray": "2.2 2" }));
  return svg("svg", size, ...PATHS[name].map((d) => svg("path", { d })));
}
