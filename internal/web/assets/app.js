// Enhancement only: every page works without this file.
import "htmx.org";
import { onReady } from "./ready.js";
import "./keys.js";
import "./forms.js";
import "./cards.js";
import "./theme.js";
import "./evidence.js";
import "./devices.js";

onReady(() => {
  // the entry of this page in view, where the navigation is longer than the window
  document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest" });
  // the tab of this page in view, where the row of tabs is wider than the phone
  document.querySelectorAll(".tabs-line [aria-current]").forEach((tab) => {
    const line = tab.parentElement;
    line.scrollLeft = tab.offsetLeft - line.offsetLeft - (line.clientWidth - tab.offsetWidth) / 2;
  });
  const menu = document.querySelector(".menu-btn");
  menu?.addEventListener("click", () => {
    const open = document.body.classList.toggle("nav-open");
    menu.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector(".nav a")?.focus();
  });
  document.addEventListener("click", (e) => {
    if (document.body.classList.contains("nav-open") && !e.target.closest(".nav, .menu-btn")) {
      document.body.classList.remove("nav-open");
      menu?.setAttribute("aria-expanded", "false");
    }
  });
});
