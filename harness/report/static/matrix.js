"use strict";

/* The matrix: filter, search, order, and movement by arrow keys. What is shown stands in the address. */
report.matrix = (() => {
  const table = report.byId("matrix");
  if (!table) return { visible: () => [], focusSearch() {}, show() {} };
  const fixed = Number(table.dataset.fixed); // columns before the tiles
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row, text: row.dataset.text.toLowerCase(), unmet: row.classList.contains("unmet"),
    cells: [...row.cells].slice(fixed).map((cell) => cell.querySelector("a")),
  }));
  const columns = [...table.tHead.rows[0].cells].slice(fixed).map((head) => ({ head, text: head.dataset.text.toLowerCase() }));
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
      for (const { row } of rows) row.cells[index + fixed].hidden = hide;
    });
    report.byId("shown").textContent = active ? `${count} of ${report.overview.cells.length} cells` : "";
    reachable();
  }

  /* Order: by a column of numbers, by name or by verdict; the suite's own order if none is chosen. */
  const heads = [...table.tHead.rows[0].cells].slice(0, fixed);
  let order = "";
  const sorts = {
    setup: (row) => row.cells[0].textContent.trim().toLowerCase(),
    verdict: (row) => Number(row.dataset.rank),
  };
  function sort(wanted) {
    order = heads.some((head) => head.dataset.key === wanted.replace(/^-/, "")) ? wanted : "";
    const key = order.replace(/^-/, "");
    const down = order.startsWith("-");
    const column = heads.findIndex((head) => head.dataset.key === key);
    const value = sorts[key] ?? ((row) => (row.cells[column].dataset.value === undefined ? null : Number(row.cells[column].dataset.value)));
    heads.forEach((head, n) => {
      if (n === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const sorted = rows.map(({ row }) => row);
    if (column >= 0) {
      sorted.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === null || y === null) return (x === null) - (y === null); // what has no number comes last, either way
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
      });
    }
    table.tBodies[0].append(...sorted);
  }
  for (const head of heads) {
    const button = report.make("button", { type: "button" }, head.textContent);
    button.addEventListener("click", () => {
      const { key } = head.dataset;
      sort(order === key ? `-${key}` : order === `-${key}` ? "" : key);
      keep();
    });
    head.replaceChildren(button);
  }

  /* The address of what is shown: #q=words&verdict=corrupt,degraded&unmet=1&masked=1&sort=-pesq_wb */
  function address() {
    const said = new URLSearchParams();
    const verdicts = [...form.querySelectorAll("[name=verdict]:checked")].map((box) => box.value);
    if (search.value.trim()) said.set("q", search.value.trim());
    if (verdicts.length) said.set("verdict", verdicts.join(","));
    if (report.byId("only-unmet").checked) said.set("unmet", "1");
    if (report.byId("only-masked").checked) said.set("masked", "1");
    if (order) said.set("sort", order);
    return `#${said}`;
  }
  function keep() {
    const now = address();
    history.replaceState(null, "", now);
    for (const link of document.querySelectorAll("a[data-home]")) link.setAttribute("href", now);
  }
  for (const link of document.querySelectorAll('a[href="#"]')) link.dataset.home = "";

  /* Show what an address asks for. */
  function show(hash) {
    const said = new URLSearchParams(hash);
    search.value = said.get("q") ?? "";
    const verdicts = new Set((said.get("verdict") ?? "").split(","));
    for (const box of form.querySelectorAll("[name=verdict]")) box.checked = !box.disabled && verdicts.has(box.value);
    report.byId("only-unmet").checked = said.has("unmet");
    report.byId("only-masked").checked = said.has("masked");
    sort(said.get("sort") ?? "");
    filter();
    for (const link of document.querySelectorAll("a[data-home]")) link.setAttribute("href", address());
  }

  const visible = () => shownRows().filter(({ row }) => !row.hidden)
    .map(({ cells }) => cells.filter((tile) => tile && !tile.parentElement.hidden && !tile.classList.contains("dim")));

  function shownRows() {
    const place = new Map([...table.tBodies[0].rows].map((row, n) => [row, n]));
    return [...rows].sort((a, b) => place.get(a.row) - place.get(b.row));
  }

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
      if (!place || column < fixed) return;
      const tile = place.hidden ? null : place.querySelector("a");
      if (tile) { tile.focus(); return; }
    }
  });
  form.addEventListener("input", () => { filter(); keep(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { sort(""); filter(); keep(); }));
  filter();

  return {
    /* Numbers of the cells shown, in reading order; all of them if the filter leaves none. */
    visible: () => visible().flat().map((tile) => Number(tile.dataset.cell)),
    failing: () => rows.filter(({ unmet }) => unmet)
      .flatMap(({ cells }) => cells.filter(Boolean).map((tile) => Number(tile.dataset.cell))),
    show,
    home: address,
    focusSearch: () => search.focus(),
    focus: (number) => table.querySelector(`a[data-cell="${number}"]`)?.focus({ preventScroll: true }),
  };
})();
