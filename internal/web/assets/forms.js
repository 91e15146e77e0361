// Forms: say that something is under way, take dropped files, apply filters at once,
// ask before what cannot be undone, and bring the first mistake into view.
import { onReady } from "./ready.js";

function enhance(root) {
  root.querySelectorAll("form[data-auto] select, form[data-auto] input[type=checkbox]").forEach((el) => {
    if (el.dataset.bound || el.closest("[hx-get]")) return;
    el.dataset.bound = "1";
    el.addEventListener("change", () => el.form.requestSubmit());
  });
}

onReady(() => {
  enhance(document);
  document.addEventListener("submit", (e) => {
    const form = e.target;
    const ask = e.submitter?.dataset.confirm || form.dataset.confirm;
    if (ask && !window.confirm(ask)) { e.preventDefault(); return; }
    if (form.method === "post") {
      form.classList.add("sending");
      form.setAttribute("aria-busy", "true");
    }
  });
  // the back button may bring a page back as it was while it was sending
  window.addEventListener("pageshow", () => document.querySelectorAll("form.sending").forEach((f) => {
    f.classList.remove("sending");
    f.removeAttribute("aria-busy");
  }));
  document.querySelectorAll(".drop").forEach((drop) => {
    const input = drop.querySelector("input[type=file]");
    for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, (e) => { e.preventDefault(); drop.classList.add("over"); });
    for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (e) => {
      e.preventDefault();
      if (!e.dataTransfer.files.length) return;
      input.files = e.dataTransfer.files;
      input.form.requestSubmit();
    });
  });
  document.querySelectorAll("[data-print]").forEach((b) => { b.hidden = false; b.addEventListener("click", () => window.print()); });
  const wrong = document.querySelector("[aria-invalid=true]") || document.querySelector("[role=alert][tabindex]");
  wrong?.focus();
});
document.addEventListener("htmx:after:swap", () => enhance(document));
