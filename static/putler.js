// What every page can do beyond its HTML; each page is complete without it.
import { enhanceCharts } from "./chart.js";

const THEMES = ["", "light", "dark"];
const NAMES = { "": "System colours", light: "Light colours", dark: "Dark colours" };

function enhanceTheme(button) {
  const root = document.documentElement;
  const say = () => { button.textContent = NAMES[root.dataset.theme ?? ""]; };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "") + 1) % THEMES.length];
    if (next) root.dataset.theme = next; else delete root.dataset.theme;
    try { localStorage.setItem("theme", next); } catch { /* it lasts until the next page */ }
    say();
  });
}

function enhanceDrop(area) {
  const input = area.querySelector("input[type=file]");
  const over = (is) => (event) => { event.preventDefault(); area.classList.toggle("over", is); };
  area.addEventListener("dragover", over(true));
  area.addEventListener("dragleave", over(false));
  area.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}

// A password can be looked at while it is typed.
function enhanceReveal(button) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
    button.textContent = shown ? "Hide" : "Show";
  });
}

// The browser knows where it is; the server can only guess.
function enhanceZone(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}

// One open menu at a time; Escape and a click elsewhere close it.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function enhance(root) {
  enhanceCharts(root);
  root.querySelectorAll("[data-drop]").forEach(enhanceDrop);
}

function toast(text) {
  const place = document.getElementById("toast");
  if (!place) return;
  place.textContent = text;
  place.hidden = false;
  setTimeout(() => { place.hidden = true; }, 8000);
}

document.querySelectorAll("[data-theme-switch]").forEach(enhanceTheme);
document.querySelectorAll("[data-reveal]").forEach(enhanceReveal);
document.querySelectorAll("[data-zone]").forEach(enhanceZone);
enhance(document);
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[data-menu][open]");
  closeMenus(null);
  open?.querySelector("summary").focus();
});
document.addEventListener("htmx:afterSettle", (event) => enhance(event.detail.elt));
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.matches("[data-poll]")) event.detail.headers["X-Poll"] = "1"; // nobody is using the page
  if (event.detail.verb !== "get") return;
  for (const [name, value] of [...event.detail.formData]) {
    if (value === "") event.detail.formData.delete(name);
  }
});
// A page that renews itself waits while somebody uses a menu of it, a table or a field.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.matches("[data-poll]") && document.querySelector("#main :is(details[open], :focus)")) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL, location.href);
  const away = { "/login/": "/login/?next=" + encodeURIComponent(location.pathname), "/start/": "/start/" }[answered.pathname];
  if (away && location.pathname !== answered.pathname) {
    event.detail.shouldSwap = false;
    location.assign(away);
  }
});
document.addEventListener("htmx:responseError", (event) => {
  const watched = event.detail.elt.closest("[data-gone]");
  if (watched && event.detail.xhr.status === 404) location.assign(watched.dataset.gone);
  else toast("That did not work. Reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => toast("No connection. The page shows what it last received."));
