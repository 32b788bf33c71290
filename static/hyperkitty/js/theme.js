// Light or dark: as the system has it, or as the reader chose. Runs before the first
// paint, so that no page flashes in the other colors.
"use strict";

(() => {
  const KEY = "hk-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  const apply = () => {
    const theme = chosen();
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    // Bootstrap, on pages that others wrote, has to be told.
    root.dataset.bsTheme = isDark() ? "dark" : "light";
    const button = document.querySelector(".theme-switch");
    if (button) button.setAttribute("aria-pressed", String(isDark()));
  };

  // To choose what the system has anyway is to follow it again.
  const choose = (dark) => {
    try {
      if (dark === system.matches) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, dark ? "dark" : "light");
    } catch { root.dataset.theme = dark ? "dark" : "light"; return; }
    apply();
  };

  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", (event) => { if (event.key === KEY) apply(); });
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    const button = document.querySelector(".theme-switch");
    if (button) button.addEventListener("click", () => choose(!isDark()));
  });
})();
