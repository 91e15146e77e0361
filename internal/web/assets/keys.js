// The keyboard: / searches, g then a letter goes, ? helps, j and k walk through a table.
import { onReady } from "./ready.js";

function typing(el) {
  return el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
}

let waiting = 0; // the moment g was pressed

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (link) link.click();
}

// walk moves the focus to the main link of the next or previous row.
function walk(step) {
  const links = [...document.querySelectorAll("main .data a.row, main .cell-row a")].filter((a) => a.offsetParent);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
}

onReady(() => {
  const help = document.getElementById("keys");
  document.querySelector(".help-btn")?.addEventListener("click", (e) => {
    if (!help?.showModal) return;
    e.preventDefault();
    help.showModal();
  });
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    if (e.key === "Escape" && document.activeElement?.id === "find") document.activeElement.blur();
    if (typing(e.target) || document.querySelector("dialog[open]")) return;
    if (waiting && Date.now() - waiting < 1500) {
      waiting = 0;
      go(e.key.toLowerCase());
      return;
    }
    switch (e.key) {
      case "/": e.preventDefault(); document.getElementById("find")?.select(); document.getElementById("find")?.focus(); break;
      case "?": help?.showModal?.(); break;
      case "g": waiting = Date.now(); break;
      case "j": walk(1); break;
      case "k": walk(-1); break;
    }
  });
});
