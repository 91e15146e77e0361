// The switch of light and dark takes effect at once; the server remembers it in a cookie.
import { onReady } from "./ready.js";

onReady(() => {
  document.querySelectorAll("form[data-theme-form]").forEach((form) => form.addEventListener("submit", (e) => {
    e.preventDefault();
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const next = dark ? "light" : "dark";
    root.dataset.theme = next;
    form.classList.remove("sending");
    fetch(form.action, { method: "POST", body: new URLSearchParams({ theme: next }), redirect: "manual" });
  }));
});
