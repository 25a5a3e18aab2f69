"use strict";

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
