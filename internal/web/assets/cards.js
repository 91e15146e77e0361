// On a phone, a table that would scroll sideways becomes a list of cards: each cell
// says the heading of its column. Without the script it scrolls.
import { onReady } from "./ready.js";

const narrow = window.matchMedia("(max-width: 640px)");

// headWords is what a heading shows; one that is only spoken shows nothing.
function headWords(cell) {
  return [...cell.childNodes].filter((n) => !n.classList?.contains("sr")).map((n) => n.textContent).join("");
}

// wide is how many columns a row takes.
function wide(row) {
  return [...row.cells].reduce((n, c) => n + c.colSpan, 0);
}

// headed gives every cell the heading of its column; false where the table is no plain
// list: heads over several columns, or rows of other lengths.
function headed(table) {
  const head = table.tHead?.rows;
  if (head?.length !== 1) return false;
  const names = [...head[0].cells].map((c) => (c.colSpan > 1 ? null : headWords(c).trim().replace(/\s+/g, " ")));
  const rows = [...table.tBodies].flatMap((b) => [...b.rows]);
  if (names.includes(null) || !rows.every((r) => r.cells.length === 1 || wide(r) === names.length)) return false;
  for (const row of rows) {
    if (row.cells.length === 1) continue;
    let first = true;
    let i = 0;
    for (const cell of row.cells) {
      const tick = cell.classList.contains("reg-tick");
      cell.classList.toggle("card-name", first && !tick);
      cell.classList.toggle("card-none", !cell.textContent.trim() && !cell.querySelector("input, select, svg, a, button"));
      if (!tick) {
        if (!first) cell.dataset.head = names[i];
        first = false;
      }
      i += cell.colSpan;
    }
  }
  return true;
}

function lay(root) {
  root.querySelectorAll(".scroll > table.data").forEach((table) => {
    table.classList.remove("cards");
    const region = table.parentElement;
    if (narrow.matches && region.scrollWidth > region.clientWidth + 1 && headed(table)) table.classList.add("cards");
  });
}

onReady(() => {
  lay(document);
  narrow.addEventListener("change", () => lay(document));
});
document.addEventListener("htmx:after:swap", () => lay(document));
