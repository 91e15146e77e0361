// Evidence: several files by choosing, dropping or pasting, a bar while they are
// sent, codes as tokens, and what fits them. The forms work without any of it.
import { onReady } from "./ready.js";

// words are what the page says; they stand in one place.
const words = {
  left: (name) => `Leave out ${name}`,
  remove: (code) => `Remove ${code}`,
  sending: (done, all) => `Sending: ${done} of ${all}`,
  checking: "All has arrived. Toucan is keeping it.",
  broken: "The connection broke before everything had arrived, so nothing was filed. Send it again; what you typed is still here.",
  stopped: "Stopped. Nothing was filed.",
  selected: (n) => `${n} selected`,
};

function size(n) {
  const units = ["B", "kB", "MB", "GB"];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${i && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

const bound = (el, what) => { const seen = el.dataset[what]; el.dataset[what] = "1"; return Boolean(seen); };

// files keeps the chosen files of one drop zone; a browser replaces them on every choice, we add.
function files(zone) {
  if (bound(zone, "files")) return;
  const input = zone.querySelector("input[type=file]");
  const list = zone.parentElement.querySelector(".chosen");
  const one = document.getElementById("each");
  let chosen = [];
  const draw = () => {
    const all = new DataTransfer();
    chosen.forEach((f) => all.items.add(f));
    input.files = all.files;
    list.replaceChildren(...chosen.map((f, i) => {
      const li = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = f.name;
      const bytes = document.createElement("span");
      bytes.className = "soft num";
      bytes.textContent = size(f.size);
      const out = document.createElement("button");
      out.type = "button";
      out.className = "icon-btn";
      out.textContent = "×";
      out.setAttribute("aria-label", words.left(f.name));
      out.addEventListener("click", () => { chosen.splice(i, 1); draw(); input.focus(); });
      li.append(name, bytes, out);
      return li;
    }));
    if (one) one.hidden = chosen.length + document.querySelectorAll(".kept input:checked").length < 2;
  };
  const add = (more) => {
    for (const f of more) {
      if (!chosen.some((c) => c.name === f.name && c.size === f.size && c.lastModified === f.lastModified)) chosen.push(f);
    }
    draw();
  };
  input.addEventListener("change", () => add([...input.files]));
  for (const type of ["dragenter", "dragover"]) zone.addEventListener(type, (e) => { e.preventDefault(); zone.classList.add("over"); });
  for (const type of ["dragleave", "drop"]) zone.addEventListener(type, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (e) => { e.preventDefault(); add([...e.dataTransfer.files]); });
  const paste = (e) => {
    if (!zone.isConnected) { document.removeEventListener("paste", paste); return; }
    const pasted = [...(e.clipboardData?.files || [])];
    if (!pasted.length) return;
    e.preventDefault();
    const at = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    // a picture of the screen has no name of its own
    add(pasted.map((f, i) => (/^image\.\w+$/.test(f.name) ? new File([f], `pasted-${at}${i ? `-${i}` : ""}.${f.name.split(".").pop()}`, { type: f.type }) : f)));
  };
  document.addEventListener("paste", paste);
  draw();
}

// progress sends a form with files itself, to tell how far it is.
function progress(form) {
  if (bound(form, "sends")) return;
  const bar = form.querySelector(".sent");
  form.addEventListener("submit", (e) => {
    if (e.defaultPrevented || ![...form.querySelectorAll("input[type=file]")].some((i) => i.files.length)) return;
    e.preventDefault();
    const meter = bar.querySelector("progress");
    const say = bar.querySelector("[role=status]");
    const stop = bar.querySelector("button");
    bar.hidden = false;
    const xhr = new XMLHttpRequest();
    const over = (text) => {
      say.textContent = text;
      stop.hidden = true;
      meter.hidden = true;
      form.classList.remove("sending");
      form.removeAttribute("aria-busy");
    };
    stop.hidden = meter.hidden = false;
    stop.onclick = () => xhr.abort();
    let told = 0;
    xhr.upload.onprogress = (p) => {
      if (!p.lengthComputable) return;
      meter.max = p.total;
      meter.value = p.loaded;
      if (p.loaded === p.total) say.textContent = words.checking;
      else if (Date.now() - told > 900) { told = Date.now(); say.textContent = words.sending(size(p.loaded), size(p.total)); }
    };
    xhr.onerror = () => over(words.broken);
    xhr.onabort = () => over(words.stopped);
    xhr.onload = () => {
      const to = xhr.getResponseHeader("Location");
      if (xhr.status === 201 && to) { location.assign(to); return; }
      if (new URL(xhr.responseURL).pathname === "/sign-in") { location.assign(xhr.responseURL); return; }
      show(xhr.responseText);
    };
    xhr.open("POST", e.submitter?.getAttribute("formaction") || form.action);
    xhr.setRequestHeader("Toucan-Upload", "script");
    xhr.send(new FormData(form, e.submitter));
  });
}

// show puts the answer of the server, a page, in the place of this one.
function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const next = page.getElementById("work");
  if (!next) return;
  document.title = page.title;
  document.getElementById("work").replaceWith(next);
  window.htmx?.process?.(next);
  enhance(next);
  const wrong = next.querySelector("[aria-invalid=true]") || next.querySelector("[role=alert]");
  wrong?.focus();
  wrong?.scrollIntoView({ block: "center" });
}

// tokens turns a field of codes with commas into a list one can take from.
function tokens(field) {
  if (bound(field, "tokens")) return;
  const typed = field.querySelector("input");
  const known = new Map([...(typed.list?.options || [])].map((o) => [o.value.toLowerCase(), o]));
  const kept = document.createElement("input");
  kept.type = "hidden";
  kept.name = typed.name;
  if (typed.getAttribute("form")) kept.setAttribute("form", typed.getAttribute("form"));
  const list = document.createElement("ul");
  list.className = "tokens";
  let codes = [];
  const draw = () => {
    kept.value = codes.join(", ");
    list.replaceChildren(...codes.map((code) => {
      const li = document.createElement("li");
      const text = document.createElement("span");
      text.className = "mono";
      text.textContent = code;
      const out = document.createElement("button");
      out.type = "button";
      out.textContent = "×";
      out.setAttribute("aria-label", words.remove(code));
      out.addEventListener("click", () => { codes = codes.filter((c) => c !== code); draw(); typed.focus(); kept.dispatchEvent(new Event("change", { bubbles: true })); });
      li.append(text);
      const about = known.get(code.toLowerCase())?.label;
      if (about && about !== code) {
        const name = document.createElement("span");
        name.className = "soft";
        name.textContent = about;
        li.append(name);
      }
      li.append(out);
      return li;
    }));
    list.hidden = !codes.length;
  };
  const take = (text) => {
    const more = text.split(/[,;\n]/).map((c) => c.trim()).filter(Boolean).map((c) => known.get(c.toLowerCase())?.value || c);
    const fresh = more.filter((c) => !codes.includes(c));
    if (!fresh.length) return;
    codes.push(...fresh);
    draw();
    kept.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const first = typed.value;
  typed.removeAttribute("name");
  typed.value = "";
  typed.before(list);
  typed.after(kept);
  draw();
  take(first);
  typed.addEventListener("input", (e) => {
    // a choice of the list arrives whole; letters arrive one by one
    if (e.inputType !== "insertText" && known.has(typed.value.trim().toLowerCase()) || /[,;]$/.test(typed.value)) { take(typed.value); typed.value = ""; }
  });
  typed.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && typed.value.trim()) { e.preventDefault(); take(typed.value); typed.value = ""; }
    if (e.key === "Backspace" && !typed.value && codes.length) { codes.pop(); draw(); kept.dispatchEvent(new Event("change", { bubbles: true })); }
  });
  // Enter takes a code; it never sends the form from here
  typed.addEventListener("keypress", (e) => { if (e.key === "Enter") e.preventDefault(); });
  typed.addEventListener("blur", () => { if (typed.value.trim()) { take(typed.value); typed.value = ""; } });
}

// fit asks again what exists and which kinds fit, when what it is for changes.
function fit(form) {
  if (bound(form, "fits")) return;
  let turn = 0;
  const look = async () => {
    const mine = ++turn;
    const v = new FormData(form);
    const ask = new URLSearchParams();
    for (const name of ["controls", "requirements", "kind", "request", "supersedes"]) if (v.get(name)) ask.set(name, v.get(name));
    try {
      const answer = await fetch(`${form.dataset.fit}?${ask}`, { headers: { "Toucan-Part": "fit" } });
      if (!answer.ok || mine !== turn) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["fit", "kinds", "kind-picks"]) {
        const now = document.getElementById(id), next = page.getElementById(id);
        if (now && next) now.replaceWith(next);
      }
      enhance(document);
    } catch { /* what is shown stays; the button asks again */ }
  };
  document.addEventListener("change", (e) => { if (form.isConnected && e.target.form === form && ["controls", "requirements", "kind"].includes(e.target.name)) look(); });
}

function enhance(root) {
  root.querySelectorAll("[data-drop]").forEach(files);
  root.querySelectorAll("[data-tokens]").forEach(tokens);
  root.querySelectorAll("form[data-progress]").forEach(progress);
  root.querySelectorAll("form[data-fit]").forEach(fit);
  root.querySelectorAll("[data-scripted]").forEach((el) => { el.hidden = false; });
  root.querySelectorAll("[data-plain]").forEach((el) => el.remove()); // a hidden button would still take the Enter key
}

onReady(() => {
  enhance(document);
  document.addEventListener("click", (e) => {
    const pick = e.target.closest("[data-fill]");
    if (!pick) return;
    for (const [id, value] of new URLSearchParams(pick.dataset.fill)) {
      const el = document.getElementById(id);
      if (!el) continue;
      el.value = value;
      el.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  document.addEventListener("change", (e) => {
    const bulk = e.target.closest("form[data-bulk]");
    if (!bulk) return;
    const boxes = [...bulk.querySelectorAll("tbody input[type=checkbox]")];
    if (e.target.matches("[data-all]")) boxes.forEach((b) => { b.checked = e.target.checked; });
    const n = boxes.filter((b) => b.checked).length;
    const all = bulk.querySelector("[data-all]");
    if (all) { all.checked = n > 0 && n === boxes.length; all.indeterminate = n > 0 && n < boxes.length; }
    const say = bulk.querySelector("[data-count]");
    if (say) say.textContent = words.selected(n);
    bulk.classList.toggle("picked", n > 0);
  });
});
document.addEventListener("htmx:after:swap", () => enhance(document));
