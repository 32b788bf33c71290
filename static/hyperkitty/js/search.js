// Suggestions below the search box, and similar threads once they come into view.
// Searching works without; so do similar threads, on a page of their own.
"use strict";

(() => {
  const WAIT = 150;

  const option = (item, number) => {
    const row = document.createElement("li");
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.id = `suggestion-${number}`;
    row.dataset.url = item.url;
    row.textContent = item.label;
    row.dir = "auto";
    return row;
  };

  const prepare = (form) => {
    const input = form.querySelector("input[name=q]");
    const where = form.querySelector("[name=mlist]");
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = "search-suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.label || input.placeholder);
    input.after(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    let timer = 0;
    let asked = null;
    let chosen = -1;

    const options = () => list.querySelectorAll("[role=option]");
    const choose = (number) => {
      const rows = options();
      chosen = number;
      rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
      if (chosen < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", rows[chosen].id);
      rows[chosen].scrollIntoView({ block: "nearest" });
    };
    const close = () => {
      list.hidden = true;
      choose(-1);
      input.setAttribute("aria-expanded", "false");
    };
    const show = (groups) => {
      let number = 0;
      list.replaceChildren();
      for (const group of groups) {
        const head = document.createElement("li");
        head.className = "kind";
        head.setAttribute("role", "presentation");
        head.textContent = group.label;
        list.append(head, ...group.items.map((item) => option(item, number++)));
      }
      chosen = -1;
      list.hidden = !number;
      input.setAttribute("aria-expanded", String(Boolean(number)));
    };
    const ask = async () => {
      if (asked) asked.abort();
      asked = new AbortController();
      const query = new URLSearchParams({ q: input.value });
      if (where && where.value) query.set("mlist", where.value);
      try {
        const answer = await fetch(`${form.dataset.suggest}?${query}`, { signal: asked.signal });
        if (answer.ok && document.activeElement === input) show((await answer.json()).groups);
      } catch { /* The next letter asks again. */ }
    };

    input.addEventListener("input", () => {
      clearTimeout(timer);
      if (input.value.trim().length < 2) return close();
      timer = setTimeout(ask, WAIT);
    });
    input.addEventListener("keydown", (event) => {
      const rows = options();
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        close();
      } else if (!list.hidden && rows.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        // One place besides the rows: the box itself.
        choose(((chosen + 1 + step + rows.length + 1) % (rows.length + 1)) - 1);
      } else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        location.assign(rows[chosen].dataset.url);
      }
    });
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) location.assign(row.dataset.url);
    });
    input.addEventListener("blur", close);
  };

  const fill = async (place) => {
    try {
      const answer = await fetch(place.dataset.similar, { headers: { "X-Requested-With": "XMLHttpRequest" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector(".similar-threads");
      if (found) place.replaceChildren(found);
    } catch { /* The link stays. */ }
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-suggest]")) prepare(form);
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        fill(entry.target);
      }
    });
    for (const place of document.querySelectorAll("[data-similar]")) seen.observe(place);
  });
})();
