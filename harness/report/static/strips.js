"use strict";

/* A setup's utterances: one strip per metric (change against the reference setup, with gate and baseline), and a table. */
report.setupView = (() => {
  const { make, overview } = report;
  let library = null;
  let drawn = null;

  /* Plotly is large, so it is loaded when the first setup is opened. */
  function plotly() {
    const inside = report.byId("plotly-source");
    if (inside && !window.Plotly) {
      const script = make("script");
      script.nonce = report.nonce;
      script.textContent = inside.textContent;
      document.head.append(script);
    }
    library ??= window.Plotly ? Promise.resolve() : report.script("page/plotly.js");
    return library;
  }


  const resolved = (name) => {
    const probe = make("span", { style: `color:var(${name})` });
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  function own(index) {
    const name = overview.setups[index];
    return overview.cells.map(([setup, utterance], number) => ({ setup, utterance, number })).filter(({ setup }) => setup === name);
  }

  async function open(index) {
    const section = report.byId(`setup-${index}`);
    const cells = own(index);
    list(section.querySelector("table.utterances"), cells);
    const box = section.querySelector(".strips");
    drawn = null;
    const plots = overview.plots.filter((plot) => cells.some(({ number }) => plot.values[number] !== null));
    if (!plots.length) {
      box.replaceChildren();
      return;
    }
    try {
      await plotly();
    } catch (error) {
      box.replaceChildren(make("p", { class: "notice" }, error.message));
      return;
    }
    drawn = index;
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
    const ink = resolved("--ink");
    const marker = (symbol, color, size) => ({ symbol, size, color, opacity: 0.75, line: { width: 1.5, color } });
    const traces = [
      { x: points.map((p) => p.value - p.base), marker: marker("circle", resolved("--accent"), 9), list: points, name: "now" },
      { x: before.map((p) => plot.before[p.number] - p.base), marker: marker("line-ns-open", ink, 13), list: before, name: "before" },
    ].filter(({ x }) => x.length).map(({ list: of, ...trace }) => ({
      ...trace, y: trace.x.map(() => 0), type: "scatter", mode: "markers", cliponaxis: false,
      text: of.map((p) => `${plain(p.utterance)}: ${plot.texts[p.number]}`), hovertemplate: "%{text}<extra></extra>", customdata: of.map((p) => p.number),
    }));
    const line = (x, dash, color) => ({ type: "line", x0: x, x1: x, y0: -1, y1: 1, line: { color, width: 1.5, dash } });
    const layout = {
      height: 64, margin: { l: 8, r: 8, t: 4, b: 22 }, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { size: 12, color: resolved("--soft"), family: "inherit" },
      xaxis: { zeroline: false, gridcolor: resolved("--line"), fixedrange: true, nticks: 7, tickformat: plot.percent ? ".0%" : "" },
      yaxis: { visible: false, range: [-1, 1], fixedrange: true },
      shapes: [reference !== null ? line(0, "solid", resolved("--soft")) : null, gate !== null ? line(gate, "dash", resolved("--alarm")) : null].filter(Boolean),
      annotations: gate === null ? [] : [{ x: gate, y: 1, text: "gate", showarrow: false, xanchor: "left", yanchor: "top", font: { size: 11, color: resolved("--alarm") } }],
      hovermode: "closest",
    };
    setTimeout(() => {
      if (!box.isConnected) return;
      window.Plotly.newPlot(box, traces, layout, { displayModeBar: false, responsive: true });
      box.on("plotly_click", (event) => {
        const [setup, utterance] = overview.cells[event.points[0].customdata];
        location.hash = report.address("cell", setup, utterance);
      });
    });
    return make("figure", {}, make("figcaption", {}, make("b", {}, plot.label), note ? [make("br"), note] : null), box);
  }

  /* Plotly reads some tags in texts; names are shown as they are. */
  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

  function list(table, cells) {
    const { plots } = overview;
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ["utterance", "verdict", "begins at"].map((name) => make("th", { scope: "col" }, name)), plots.map((plot) => make("th", { scope: "col", class: "number" }, plot.short)))),
      make("tbody", {}, cells.map(({ setup, utterance, number }) => {
        const [, , verdict, masked, first] = overview.cells[number];
        return make("tr", {},
          make("th", { scope: "row" }, make("a", { href: report.address("cell", setup, utterance) }, report.bidi(utterance))),
          make("td", {}, make("span", { class: `chip v-${verdict}` }, masked ? `${verdict}, masked` : verdict)),
          make("td", { class: "number" }, first === null ? "\u2013" : `frame ${first}`),
          plots.map((plot) => make("td", { class: plot.values[number] === null ? "number undefined" : "number" }, plot.texts[number])));
      })),
    );
  }

  const again = () => { if (drawn !== null) open(drawn); };
  document.addEventListener("themechange", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);

  return { open, close() { drawn = null; } };
})();
