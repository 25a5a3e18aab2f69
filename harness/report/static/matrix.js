"use strict";

/* The matrix: filter, search, and movement by arrow keys. */
report.matrix = (() => {
  const table = report.byId("matrix");
  if (!table) return { visible: () => [], focusSearch() {} };
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row, text: row.dataset.text.toLowerCase(), unmet: row.classList.contains("unmet"),
    cells: [...row.cells].slice(2).map((cell) => cell.querySelector("a")),
  }));
  const columns = [...table.tHead.rows[0].cells].slice(2).map((head) => ({ head, text: head.dataset.text.toLowerCase() }));
  const search = report.byId("search");
  const form = search.form;

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set([...form.querySelectorAll("[name=verdict]:checked")].map((box) => box.value));
    const unmet = report.byId("only-unmet").checked;
    const masked = report.byId("only-masked").checked;
    const active = words.length || verdicts.size || unmet || masked;
    const used = new Set();
    let count = 0;
    for (const { row, text, unmet: fails, cells } of rows) {
      let any = false;
      const inRow = words.map((word) => text.includes(word));
      cells.forEach((tile, index) => {
        const match = tile !== null && (!verdicts.size || verdicts.has(tile.dataset.verdict)) && (!unmet || fails) &&
          (!masked || tile.classList.contains("masked")) &&
          words.every((word, n) => inRow[n] || columns[index].text.includes(word));
        tile?.classList.toggle("dim", !match);
        if (match) { any = true; used.add(index); count += 1; }
      });
      row.hidden = active ? !any : false;
    }
    columns.forEach(({ head }, index) => {
      const hide = Boolean(active) && !used.has(index);
      if (head.hidden === hide) return;
      head.hidden = hide;
      for (const { row } of rows) row.cells[index + 2].hidden = hide;
    });
    report.byId("shown").textContent = active ? `${count} of ${report.overview.cells.length} cells` : "";
    reachable();
  }

  const visible = () => rows.filter(({ row }) => !row.hidden)
    .map(({ cells }) => cells.filter((tile) => tile && !tile.parentElement.hidden && !tile.classList.contains("dim")));

  /* One tile is in the tab order; arrows move from there. */
  let current = null;
  function reachable(tile = visible().flat()[0] ?? null) {
    current?.setAttribute("tabindex", "-1");
    current = tile;
    current?.setAttribute("tabindex", "0");
  }

  table.addEventListener("focusin", (event) => {
    if (event.target.matches("a.tile")) reachable(event.target);
  });
  table.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    if (!step || !event.target.matches("a.tile")) return;
    event.preventDefault();
    let row = event.target.closest("tr");
    let column = event.target.parentElement.cellIndex;
    for (;;) {
      column += step[1];
      do row = step[0] === 1 ? row.nextElementSibling : step[0] === -1 ? row.previousElementSibling : row;
      while (row && row.hidden && step[0]);
      const place = row?.cells[column];
      if (!place || column < 2) return;
      const tile = place.hidden ? null : place.querySelector("a");
      if (tile) { tile.focus(); return; }
    }
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  filter();

  return {
    /* Numbers of the cells shown, in reading order; all of them if the filter leaves none. */
    visible: () => visible().flat().map((tile) => Number(tile.dataset.cell)),
    failing: () => rows.filter(({ unmet }) => unmet)
      .flatMap(({ cells }) => cells.filter(Boolean).map((tile) => Number(tile.dataset.cell))),
    focusSearch: () => search.focus(),
    focus: (number) => table.querySelector(`a[data-cell="${number}"]`)?.focus({ preventScroll: true }),
  };
})();

/* Tables with class "sortable": a button in every heading. */
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => {
    const button = report.make("button", { type: "button" }, head.textContent);
    const value = (row) => {
      const text = row.cells[index].textContent.trim();
      const number = parseFloat(text.replace("\u2212", "-"));
      return head.dataset.sort ? (Number.isNaN(number) ? -Infinity : Math.abs(number)) : text.toLowerCase();
    };
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
      });
      table.tBodies[0].append(...sorted);
    });
    head.replaceChildren(button);
  });
}
