// Single keys that move through mails and lists. What a page offers it says itself:
// data-key="u" on a link or button makes "u" press it, data-go="t" makes "g t" do so.
"use strict";

(() => {
  const OFF = "hk-keys-off";
  const PATIENCE = 1500; // milliseconds between "g" and what follows
  const STOPS = "article.mail[id]:not(.single), .thread-row, .list-row, .mail-row, .hit";
  const TYPING = "input, textarea, select, dialog, iframe, [contenteditable], [role=menu], [role=listbox], [role=grid]";

  // What opens a mail or a row, the first of these that it has.
  const WAYS_IN = [".mail-date", ".thread-subject a", ".mail-row-link", "h2 a", "h3 a", "a"];

  let waiting = 0;

  const isOff = () => {
    try { return localStorage.getItem(OFF) === "yes"; } catch { return false; }
  };
  const turn = (off) => {
    try {
      if (off) localStorage.setItem(OFF, "yes");
      else localStorage.removeItem(OFF);
    } catch { /* The browser keeps nothing: they stay on. */ }
  };

  const stops = (filter) =>
    [...document.querySelectorAll(STOPS)].filter((stop) => stop.getClientRects().length && filter(stop));

  // Where the reader is: at what has the focus, else at what the window shows first.
  const current = () => {
    const active = document.activeElement && document.activeElement.closest(STOPS);
    if (active) {
      const box = active.getBoundingClientRect();
      if (box.bottom > 0 && box.top < innerHeight) return active;
    }
    const line = 96;
    return stops(() => true).findLast((stop) => stop.getBoundingClientRect().top <= line) || null;
  };

  const move = (step, filter) => {
    const all = stops(() => true);
    const here = all.indexOf(current());
    const rest = step > 0 ? all.slice(here + 1) : all.slice(0, Math.max(here, 0)).reverse();
    const next = rest.find(filter);
    if (next) visit(next);
    return Boolean(next);
  };

  const visit = (stop) => {
    const target = stop.matches("article") ? stop : stop.querySelector("a");
    target.focus({ preventScroll: true });
    // At once: who holds a key down must not wait for the page.
    stop.scrollIntoView({ block: stop.matches("article") ? "start" : "nearest", behavior: "instant" });
  };

  const press = (selector, root = document) => {
    const found = root && [...root.querySelectorAll(selector)].find((one) => one.getClientRects().length);
    if (!found) return false;
    if (found.matches("input")) { found.focus(); found.select(); } else found.click();
    return true;
  };

  const isAny = () => true;
  const isNew = (stop) => stop.matches(".new, .unread") || stop.querySelector(".unread");

  const actions = {
    j: () => move(1, isAny) || press("[data-key=j]"),
    k: () => move(-1, isAny) || press("[data-key=k]"),
    n: () => move(1, isNew) || press("[data-key=n]"),
    p: () => move(-1, isNew) || press("[data-key=p]"),
    u: () => press("[data-key=u]") || up(),
    o: () => WAYS_IN.some((way) => press(way, current())),
    r: () => press(".reply", current()) || press("[data-key=r], .single .reply"),
    f: () => press("[data-key=f]"),
    "/": () => press("[data-key=search], input[type=search]"),
    g: () => { waiting = Date.now(); return true; },
    "?": () => help(),
  };

  const up = () => {
    const link = document.querySelector("link[rel=up]");
    if (link) location.assign(link.href);
    return Boolean(link);
  };

  const help = () => {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  };

  const go = (key) => press(`[data-go="${CSS.escape(key)}"]`);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (isOff() || event.key.length !== 1 || event.target.closest(TYPING)) return;
    const follows = Date.now() - waiting < PATIENCE;
    waiting = 0;
    const act = follows ? () => go(event.key) : Object.hasOwn(actions, event.key) && actions[event.key];
    if (act && act()) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const dialog = document.getElementById("keys");
    const box = dialog && dialog.querySelector("[name=keys-on]");
    if (!box) return;
    box.checked = !isOff();
    box.addEventListener("change", () => turn(!box.checked));
    for (const button of document.querySelectorAll(".keys-help")) button.addEventListener("click", help);
  });
})();
