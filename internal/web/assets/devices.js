// Devices: buttons that copy a command. Without the script the command is selected
// by a click, as every secret here is.
import { onReady } from "./ready.js";

onReady(() => {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const words = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
      button.setAttribute("aria-live", "polite");
      setTimeout(() => { button.textContent = words; }, 2000);
    });
  });
});
