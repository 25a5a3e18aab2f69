"use strict";

/* One namespace. Data comes in as JSON and reaches the page as text nodes only, never as markup. */
const report = {
  nonce: document.currentScript.nonce,
  overview: JSON.parse(document.getElementById("overview-data").textContent),
  received: new Map(),
  waiting: new Map(),

  byId: (id) => document.getElementById(id),

  /* Make an element: attributes by name, `on*` as listeners, children as elements or text. */
  make(tag, attributes = {}, ...children) {
    const svg = ["svg", "path", "line", "circle", "text", "title"].includes(tag);
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  },

  /* Called by page/cells/N.js. */
  receive(number, cell) {
    for (const heard of [cell.heard, cell.referenceHeard, cell.floorHeard].filter(Boolean)) {
      heard.changes = heard.changes.map((change) => (typeof change === "string" ? ["equal", change, change, null, null] : change));
    }
    cell.codesDiffer = cell.codesDiffer.map((runs) => {
      const frames = [];
      for (let n = 0; n < runs.length; n += 2) for (let k = 0; k < runs[n + 1]; k += 1) frames.push(runs[n] + k);
      return frames;
    });
    for (const row of cell.measurements) [row.label, row.group] = report.overview.measures[row.name];
    report.received.set(number, cell);
  },

  /* Data of one cell: from inside the page, or by a script beside it (a page on disk may not fetch). */
  cell(number) {
    if (report.received.has(number)) return Promise.resolve(report.received.get(number));
    const inside = report.byId(`cell-data-${number}`);
    if (inside) {
      report.receive(number, JSON.parse(inside.textContent));
      return report.cell(number);
    }
    if (!report.waiting.has(number)) {
      report.waiting.set(number, report.script(`page/cells/${number}.js`).then(() => report.received.get(number)));
    }
    return report.waiting.get(number);
  },

  script(address) {
    return new Promise((resolve, reject) => {
      const element = report.make("script", { src: address });
      element.nonce = report.nonce;
      element.onload = resolve;
      element.onerror = () => reject(new Error(`${address} is missing: keep the folder "page" beside this file`));
      document.head.append(element);
    });
  },

  address: (kind, ...names) => `#${kind}=${names.map(encodeURIComponent).join("/")}`,

  number(setup, utterance) {
    report.numbers ??= new Map(report.overview.cells.map(([s, u], n) => [JSON.stringify([s, u]), n]));
    return report.numbers.get(JSON.stringify([setup, utterance]));
  },

  announce(text) {
    report.byId("announce").textContent = text;
  },

  typing: (event) => event.ctrlKey || event.metaKey || event.altKey ||
    (event.target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), select, textarea, dialog") ?? null) !== null,

  bidi: (text) => report.make("bdi", {}, text),
};

{
  const themes = ["system", "light", "dark"];
  const button = report.byId("theme");
  const show = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" }[theme];
    document.dispatchEvent(new Event("themechange"));
  };
  let theme = "system";
  try {
    theme = localStorage.getItem("codec-harness-theme") ?? "system";
  } catch { /* a page on disk may have no storage */ }
  show(themes.includes(theme) ? theme : "system");
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    show(theme);
    try {
      localStorage.setItem("codec-harness-theme", theme);
    } catch { /* as above */ }
  });
  report.byId("help").addEventListener("click", () => report.byId("keys").showModal());
}
