"use strict";

/* A setup's utterances: one strip per metric (change against the reference setup, with gate and baseline), and a table. */
report.setupView = (() => {
  const { make, overview } = report;
  const HEIGHT = 64;
  function own(index) {
    const name = overview.setups[index];
    return overview.cells.map(([setup, utterance], number) => ({ setup, utterance, number })).filter(({ setup }) => setup === name);
  }

  function open(index) {
    const section = report.byId(`setup-${index}`);
    const cells = own(index);
    list(section.querySelector("table.utterances"), cells);
    const box = section.querySelector(".strips");
    const plots = overview.plots.filter((plot) => cells.some(({ number }) => plot.values[number] !== null));
    if (!plots.length) {
      box.replaceChildren();
      return;
    }
    const hint = section.querySelector(".strips-hint");
    hint.hidden = false;
    hint.textContent = (overview.references[index] === null ? "One dot is one utterance." :
      "One dot is one utterance: its change against the reference setup, which is at 0. Beyond the dashed line is worse than the suite allows.") +
      (overview.against ? ` Upright marks: ${overview.against}.` : "");
    box.replaceChildren(...plots.map((plot) => strip(plot, cells, overview.references[index])));
  }

  function strip(plot, cells, reference) {
    const base = (cell) => (reference === null ? 0 : plot.values[report.number(reference, cell.utterance)]);
    const points = cells.map((cell) => ({ ...cell, value: plot.values[cell.number], base: base(cell) }))
      .filter(({ value, base: from }) => value !== null && value !== undefined && from !== null && from !== undefined);
    const missing = cells.length - points.length;
    const before = plot.before ? points.filter(({ number }) => plot.before[number] !== null) : [];
    const gate = reference !== null && plot.gate ? (plot.better === "higher" ? -plot.gate : plot.gate) : null;
    const box = make("div", { class: "strip", role: "img", "aria-label": `${plot.label} of each utterance; the values are in the table below` });
    const note = missing ? `undefined in ${missing}` : "";
    const now = points.map((p) => ({ number: p.number, utterance: p.utterance, x: p.value - p.base }));
    const was = before.map((p) => ({ number: p.number, utterance: p.utterance, x: plot.before[p.number] - p.base }));
    const scale = scaled([...now, ...was].map(({ x }) => x).concat(reference === null ? [] : [0], gate === null ? [] : [gate]));
    const line = (kind, x) => make("line", { class: kind, x1: scale.at(x), x2: scale.at(x), y1: 2, y2: HEIGHT - 22 });
    const title = (p) => make("title", {}, `${p.utterance}: ${plot.texts[p.number]}`);
    box.append(make("svg", { class: "dots", width: "100%", height: HEIGHT },
      scale.ticks.flatMap((x) => [line("grid", x), make("text", { x: scale.at(x), y: HEIGHT - 6 }, scale.said(x, plot.percent))]),
      reference === null ? [] : [line("zero", 0)],
      gate === null ? [] : [line("gate", gate), make("text", { class: "gate", x: scale.at(gate), dx: 4, y: 12 }, "gate")],
      was.map((p) => make("line", { class: "was", x1: scale.at(p.x), x2: scale.at(p.x), y1: 14, y2: 30 }, title(p))),
      now.map((p) => make("circle", { class: "now", cx: scale.at(p.x), cy: 22, r: 4.5, onclick: () => go(p.number) }, title(p)))));
    return make("figure", {}, make("figcaption", {}, make("b", {}, plot.label), note ? [make("br"), note] : null), box);
  }

  function go(number) {
    const [setup, utterance] = overview.cells[number];
    location.hash = report.address("cell", setup, utterance);
  }

  /* Places in per cent of the width, and round numbers to label them with. */
  function scaled(values) {
    const low = Math.min(...values), high = Math.max(...values);
    const span = high - low || Math.abs(high) || 1;
    const rough = span / 6, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power;
    const first = Math.ceil((low - 0.03 * span) / step), last = Math.floor((high + 0.03 * span) / step);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    return {
      at: (x) => `${3 + (94 * (x - (low - 0.03 * span))) / (1.06 * span)}%`,
      ticks: Array.from({ length: Math.max(0, last - first) + 1 }, (_, n) => (first + n) * step),
      said: (x, percent) => (percent ? `${(100 * x).toFixed(Math.max(0, digits - 2))}%` : x.toFixed(digits)).replace("-", "\u2212"),
    };
  }

  function list(table, cells) {
    const { plots } = overview;
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ["utterance", "verdict", "begins at"].map((name) => make("th", { scope: "col" }, name)), plots.map((plot) => make("th", { scope: "col", class: "number" }, plot.short)))),
      make("tbody", {}, cells.map(({ setup, utterance, number }) => {
        const [, , verdict, masked, begins] = overview.cells[number];
        return make("tr", {},
          make("th", { scope: "row" }, make("button", { type: "button", class: "hear", "data-cell": number, "aria-label": `Play ${utterance}` }, make("span", { "aria-hidden": "true" }, "\u25b6\ufe0e")), " ", make("a", { href: report.address("cell", setup, utterance) }, report.bidi(utterance))),
          make("td", {}, make("span", { class: `chip v-${verdict}` }, masked ? `${verdict}, masked` : verdict)),
          make("td", { class: "number" }, begins ?? "\u2013"),
          plots.map((plot) => make("td", { class: plot.values[number] === null ? "number undefined" : "number" }, plot.texts[number])));
      })),
    );
  }

  return { open };
})();
