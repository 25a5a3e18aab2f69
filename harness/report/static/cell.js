"use strict";

/* One cell: its verdict, players, lanes, words, numbers and the command that repeats it. */
report.cellView = (() => {
  const { make, byId } = report;
  let sounds = null;
  let timeline = null;
  let number = null;
  let shown = null;

  async function open(wanted) {
    close();
    number = wanted;
    const [setup, utterance, verdict] = report.overview.cells[number];
    byId("cell-title").replaceChildren(report.bidi(setup), " \u00b7 ", report.bidi(utterance));
    const link = byId("cell-setup");
    link.href = report.address("setup", setup);
    link.replaceChildren(report.bidi(setup));
    byId("rating").href = report.address("rate", utterance);
    byId("blind").href = report.address("listen", setup, utterance);
    neighbours();
    byId("cell-verdict").replaceChildren(make("p", { class: "who" }, chip(verdict)));
    byId("cell-body").hidden = true;
    byId("cell-loading").hidden = false;
    byId("cell-loading").textContent = "Loading\u2026";
    let cell;
    try {
      cell = await report.cell(wanted);
    } catch (error) {
      if (wanted === number) byId("cell-loading").textContent = `This cell's data cannot be read: ${error.message}.`;
      return;
    }
    if (wanted !== number) return;
    byId("cell-loading").hidden = true;
    byId("cell-body").hidden = false;
    show(cell);
  }

  function close() {
    sounds?.close();
    sounds = timeline = number = shown = null;
  }

  const chip = (verdict, letter, masked) => make("span", { class: `chip v-${verdict}` },
    letter ? make("b", { "aria-hidden": "true" }, letter) : null, verdict, masked ? ", masked" : "");

  function neighbours() {
    const list = report.matrix.visible();
    const place = list.indexOf(number);
    const all = place < 0 ? report.overview.cells.map((_, n) => n) : list;
    const here = all.indexOf(number);
    for (const [id, step] of [["cell-previous", -1], ["cell-next", 1]]) {
      const other = all[here + step];
      byId(id).hidden = other === undefined;
      if (other !== undefined) byId(id).href = report.address("cell", ...report.overview.cells[other].slice(0, 2));
    }
  }

  function show(cell) {
    shown = cell;
    byId("cell-verdict").replaceChildren(
      make("p", { class: "who" }, chip(cell.verdict, cell.letter, cell.masked),
        cell.isReference ? make("span", { class: "expected" }, "the reference setup: others are held against it")
          : make("span", { class: "expected" }, "held against ", report.bidi(cell.reference ?? "nothing"))),
      make("ul", { class: "reasons" }, cell.reasons.map((reason, n) => make("li", { dir: "auto", class: n < cell.gate ? "gate" : null }, n < cell.gate ? "gate: " : "", reason))),
      cell.failure && !cell.reasons.some((reason) => reason.includes(cell.failure)) ? make("p", { class: "notice", dir: "auto" }, `The codec failed: ${cell.failure}`) : "",
    );
    sounds = new report.Sounds(cell.sources, changed);
    sounds.matched = byId("level").checked;
    sounds.levels();
    players(cell);
    timeline = new report.Timeline(byId("lanes"), cell, sounds, byId("readout"));
    timeline.select(null);
    const decoded = sounds.sources.findIndex((source) => source.id === "decoded");
    sounds.hear(Math.max(decoded, 0));
    byId("loop").checked = false;
    words(cell);
    measurements(cell);
    amplitude(cell);
    byId("localisation").replaceChildren(...(cell.localisation
      ? [make("h2", {}, "Where it begins"), make("p", { dir: "auto" }, cell.localisation)] : []));
    byId("reproduce").textContent = cell.reproduce;
    changed("moved");
  }

  function players(cell) {
    let key = 0;
    byId("sources").replaceChildren(...cell.sources.map((source) => {
      const index = sounds.sources.indexOf(source);
      if (index >= 0) key += 1;
      return make("label", { title: source.missing ?? source.label },
        make("input", { type: "radio", name: "source", value: source.id, disabled: index < 0, onchange: () => sounds.hear(index) }),
        report.bidi(source.label), index >= 0 ? make("kbd", {}, String(key)) : "");
    }));
    const none = sounds.sources.length === 0;
    for (const id of ["play", "swap"]) byId(id).disabled = none;
    byId("swap").disabled = sounds.sources.length < 2;
    byId("blind").hidden = sounds.sources.length < 2;
    if (none) byId("selection-hint").textContent = "No audio was kept for this cell.";
  }

  function changed(what, source) {
    if (what === "broken") {
      report.announce(`${source.label} cannot be played`);
      byId("cell-loading").hidden = false;
      byId("cell-loading").textContent = `${source.label} cannot be played: ${source.src.slice(0, 80)} is missing or damaged.`;
      return;
    }
    if (!sounds) return;
    if (what === "playing") {
      byId("play").replaceChildren(make("span", { "aria-hidden": "true" }, sounds.playing ? "\u23f8" : "\u25b6"), sounds.playing ? " Pause" : " Play");
    }
    if (what === "chosen") {
      const id = sounds.sources[sounds.chosen]?.id;
      for (const input of byId("sources").querySelectorAll("input")) input.checked = input.value === id;
    }
    byId("clock").textContent = `${sounds.time.toFixed(2)} of ${sounds.seconds.toFixed(2)} s`;
    timeline?.update();
  }

  function words(cell) {
    const box = byId("words");
    if (!cell.heard) {
      box.replaceChildren(make("p", { dir: "auto" }, "Said: ", report.bidi(cell.said || "unknown")), make("p", { class: "tally" }, "No recogniser listened to this cell."));
      return;
    }
    const count = (kind) => cell.heard.changes.filter((change) => change[0] === kind).length;
    const pieces = cell.heard.changes.flatMap(([kind, said, heard, start]) => [piece(kind, said, heard, start), " "]);
    const rest = [["Reference setup", cell.referenceHeard], ["Uncoded speech", cell.floorHeard]].filter(([, heard]) => heard);
    box.replaceChildren(
      make("p", { class: "diff", dir: "auto" }, pieces.length ? pieces : cell.heard.text),
      make("p", { class: "tally" }, `lost ${count("deleted")}, changed ${count("substituted")}, added ${count("inserted")}, kept ${count("equal")}`,
        cell.heard.findings.length ? `; ${cell.heard.findings.join(", ")}` : ""),
      ...rest.map(([label, heard]) => make("details", {}, make("summary", {}, `Heard in: ${label.toLowerCase()}`),
        make("p", { class: "diff", dir: "auto" }, heard.changes.length ? heard.changes.flatMap(([kind, said, other]) => [piece(kind, said, other, null), " "]) : heard.text))),
    );
  }

  function piece(kind, said, heard, start) {
    const inside = {
      equal: () => [heard],
      deleted: () => [make("span", { class: "hidden-text" }, "lost: "), said],
      inserted: () => [make("span", { class: "hidden-text" }, "added: "), "+", heard],
      substituted: () => [make("span", { class: "hidden-text" }, "changed: "), make("s", {}, said), " \u2192 ", heard],
    }[kind]?.() ?? [heard || said];
    if (start === null) return make("span", { class: kind }, inside);
    return make("button", { type: "button", class: kind, title: `at ${start.toFixed(2)} s`, onclick: () => { sounds.seek(Math.max(0, start - 0.1)); sounds.play(); } }, inside);
  }

  /* What decides comes first; the rest is folded. */
  function measurements(cell) {
    const rows = cell.measurements.filter((row) => row.group !== "Amplitude");
    const first = rows.filter((row) => row.decides);
    byId("measurements").replaceChildren(...(rows.length ? [
      first.length ? table(once(first), cell, "What decides") : make("p", {}, "Nothing is beyond a limit."),
      make("details", { id: "all-measurements" }, make("summary", {}, `all ${rows.length} measurements`), table(once(rows), cell, "All measurements"))]
      : [make("p", {}, "Nothing was measured.")]));
  }

  /* Measurements of a group that are undefined for the same reason are one row: the reason is told once. */
  function once(rows) {
    const found = [];
    for (const row of rows) {
      const same = row.undefined && found.find((other) => other.undefined === row.undefined && other.group === row.group);
      if (same) Object.assign(same, { label: `${same.label}, ${row.label}`, reference: undefined, before: undefined, gate: undefined });
      else found.push({ ...row });
    }
    return found;
  }

  function amplitude(cell) {
    const rows = cell.measurements.filter((row) => row.group === "Amplitude");
    byId("amplitude").replaceChildren(
      cell.noticed ? make("p", { class: cell.masked ? "line masked-note" : "line" }, cell.noticed) : "",
      rows.length ? make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Amplitude statistics" }, table(once(rows), cell, null)) : make("p", {}, "Not measured."),
    );
  }

  function table(rows, cell, caption) {
    const columns = [["value", "this cell"], ["reference", "reference"], ["gate", "gate"], ["variants", "variants"], ["before", "before"], ["unit", "unit"]]
      .filter(([key]) => key === "value" || rows.some((row) => row[key]));
    const body = [];
    let group = null;
    for (const row of rows) {
      if (row.group !== group && row.group !== "Amplitude") {
        group = row.group;
        body.push(make("tr", { class: "group" }, make("th", { colspan: columns.length + 1, scope: "rowgroup" }, group)));
      }
      body.push(make("tr", { class: row.beyond ? "beyond" : "" }, make("th", { scope: "row" }, row.label, row.undefined ? make("small", { class: "why", dir: "auto" }, row.undefined) : null),
        columns.map(([key]) => make("td", { class: `${key === "unit" ? "unit" : "number"}${key === "value" && row.undefined ? " undefined" : ""}` },
          row[key] ?? (key === "unit" ? "" : "\u2013"), key === "value" && row.beyond ? make("span", {}, " \u2717") : null))));
    }
    return make("table", { class: "list" }, caption ? make("caption", { class: "hidden-text" }, caption) : null, make("thead", {}, make("tr", {}, make("td", {}), columns.map(([, name]) => make("th", { scope: "col", class: name === "unit" ? "unit" : "number" }, name)))), make("tbody", {}, body));
  }

  byId("play").addEventListener("click", () => sounds?.toggle());
  byId("swap").addEventListener("click", () => sounds?.swap());
  byId("loop").addEventListener("change", (event) => { if (sounds) sounds.looping = event.target.checked; });
  byId("level").addEventListener("change", (event) => { if (sounds) { sounds.matched = event.target.checked; sounds.levels(); } });
  byId("copy").addEventListener("click", async () => {
    const range = document.createRange();
    range.selectNodeContents(byId("reproduce"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    try {
      await navigator.clipboard.writeText(byId("reproduce").textContent);
      report.announce("Copied");
      byId("copy").textContent = "Copied";
    } catch {
      byId("copy").textContent = "Selected: copy with Ctrl+C";
    }
  });

  /* Returns true if the key was ours. */
  function key(event) {
    if (!sounds) return false;
    const onButton = event.target.closest?.("button, summary, a[href]");
    const actions = {
      " ": () => (onButton ? null : sounds.toggle()),
      x: () => sounds.swap(),
      l: () => byId("loop").click(),
      f: () => byId("first")?.click(),
      j: () => byId("cell-next").hidden || byId("cell-next").click(),
      k: () => byId("cell-previous").hidden || byId("cell-previous").click(),
    };
    if (/^[1-9]$/.test(event.key)) sounds.hear(Number(event.key) - 1);
    else if (event.key === "Escape" && sounds.selection) timeline.select(null);
    else if (actions[event.key.toLowerCase()]) {
      if (event.key === " " && onButton) return false;
      actions[event.key.toLowerCase()]();
    } else return false;
    return true;
  }

  return { open, close, key, get number() { return number; }, get cell() { return shown; }, get sounds() { return sounds; } };
})();
