// The index of lists narrows as one types. Without this the form does it.
"use strict";

(() => {
  const input = document.getElementById("list-name");
  const status = document.getElementById("lists-found");
  if (!input) return;
  let timer = 0;
  let running = null;

  const narrow = async () => {
    if (running) running.abort();
    running = new AbortController();
    const query = new URLSearchParams(location.search);
    for (const name of ["name", "page", "filter"]) query.delete(name);
    const text = input.value.trim();
    if (text) query.set("filter", text);
    const url = `${location.pathname}${query.size ? `?${query}` : ""}`;
    try {
      const answer = await fetch(url, { signal: running.signal });
      if (!answer.ok) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      const lists = found.getElementById("lists");
      document.getElementById("lists").replaceWith(document.adoptNode(lists));
      history.replaceState(null, "", url);
      status.textContent = lists.querySelector("[data-found]").dataset.found;
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(narrow, 150);
  });
})();
