"use strict";

/*
 * All cells of a run that has more than a page can open: verdicts only, a page of setups and utterances at a time. A
 * search leaves the setups and utterances that it finds; cells that have a page of their own are links.
 */
report.every = (() => {
  const data = report.byId("every-data");
  if (!data) return null;
  const { make, byId } = report;
  const all = JSON.parse(data.textContent);
  const WIDE = 50, HIGH = 100; // utterances and setups on a page
  const NAMES = { I: "identical", E: "equivalent", A: "altered", D: "degraded", C: "corrupt", "?": "undefined" };
  const texts = all.utterances.map((id, n) => `${id} ${all.words[n]}`.toLowerCase());
  const search = byId("every-search"), form = search.form;
  let found = { rows: [], columns: [], count: 0 };
  let at = 0;

  /* Every word is in the name of the setup or in the utterance; what no cell is left of is not shown. */
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const letters = new Set([...form.querySelectorAll("[name=letter]:checked")].map((box) => box.value));
    const unmet = byId("every-unmet").checked;
    const inColumn = texts.map((text) => words.map((word) => text.includes(word)));
    const used = new Uint8Array(texts.length);
    const rows = [];
    let count = 0;
    for (const [name, met, verdicts, marks] of all.setups) {
      if (unmet && met) continue;
      const inRow = words.map((word) => name.toLowerCase().includes(word));
      let any = false;
      for (let n = 0; n < verdicts.length; n += 1) {
        if (letters.size && !letters.has(verdicts[n])) continue;
        if (!inRow.every((is, w) => is || inColumn[n][w])) continue;
        any = true;
        used[n] = 1;
        count += 1;
      }
      if (any) rows.push({ name, met, verdicts, marks });
    }
    const columns = [];
    used.forEach((is, n) => { if (is) columns.push(n); });
    found = { rows, columns, count };
    at = 0;
    show();
  }

  const wide = () => Math.max(1, Math.ceil(found.columns.length / WIDE));
  const pages = () => wide() * Math.max(1, Math.ceil(found.rows.length / HIGH));

  function show() {
    const down = Math.floor(at / wide()), across = at % wide();
    const columns = found.columns.slice(across * WIDE, (across + 1) * WIDE);
    const rows = found.rows.slice(down * HIGH, (down + 1) * HIGH);
    byId("every-matrix").replaceChildren(
      make("thead", {}, make("tr", {}, make("th", { scope: "col", class: "corner" }, "setup"), make("th", { scope: "col" }, "cells"),
        columns.map((n) => make("th", { scope: "col", class: "utterance", title: all.words[n] }, make("span", {}, report.bidi(all.utterances[n])))))),
      make("tbody", {}, rows.map((row) => make("tr", { class: row.met ? "met" : "unmet" },
        make("th", { scope: "row" }, make("a", { href: report.address("setup", row.name) }, report.bidi(row.name))),
        make("td", { class: "counts" }, counted(row.verdicts)),
        columns.map((n) => make("td", { class: row.verdicts[n] in NAMES ? null : "empty" }, tile(row, n)))))),
    );
    const span = (list, size, page) => `${Math.min(page * size + 1, list.length)} to ${Math.min((page + 1) * size, list.length)} of ${list.length}`;
    byId("every-shown").textContent = `${found.count} cells; utterances ${span(found.columns, WIDE, across)}` +
      (found.rows.length > HIGH ? `, setups ${span(found.rows, HIGH, down)}` : "");
    byId("every-back").disabled = at === 0;
    byId("every-on").disabled = at + 1 >= pages();
  }

  function tile(row, n) {
    const letter = row.verdicts[n], verdict = NAMES[letter], utterance = all.utterances[n];
    if (!verdict) return make("span", { "aria-label": "not run" }, letter);
    const mark = { m: " masked", g: " gate" }[row.marks[n]] ?? "";
    const said = `${verdict}${{ m: ", masked", g: ", fails its gate" }[row.marks[n]] ?? ""}: ${row.name}, ${utterance}`;
    const there = report.number(row.name, utterance) !== undefined;
    const look = { class: `tile v-${verdict}${mark}`, "aria-label": said, title: said };
    return there ? make("a", { ...look, href: report.address("cell", row.name, utterance) }, letter) : make("span", { ...look, role: "img" }, letter);
  }

  /* How many cells have each verdict, such as "4990 I, 10 D". */
  function counted(verdicts) {
    const counts = new Map();
    for (const letter of verdicts) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).map(([letter, count]) => `${count} ${letter}`).join(", ");
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  byId("every-back").addEventListener("click", () => { at = Math.max(0, at - 1); show(); });
  byId("every-on").addEventListener("click", () => { at = Math.min(pages() - 1, at + 1); show(); });
  filter();
  return { find(words) { search.value = words; filter(); } };
})();
