// A thread: the outline follows the reader, branches fold, and links into other parts of
// a long thread find their mail. Without all that the page is whole and open.
"use strict";

(() => {
  const ID = /^[A-Z2-7]{32}$/;
  let mails, outline, place;

  const depth = (element) => Number(element.dataset.depth);
  const target = () => decodeURIComponent(location.hash.slice(1));

  // The mails, ghosts and headings below *article* in the tree.
  const below = (article) => {
    const found = [];
    let next = article.nextElementSibling;
    for (; next; next = next.nextElementSibling) {
      if (next.dataset.depth === undefined) {
        const owner = next.nextElementSibling;
        if (next.matches(".new-subject") && owner && depth(owner) <= depth(article)) break;
        if (next.matches(".pager")) break;
      } else if (depth(next) <= depth(article)) break;
      found.push(next);
    }
    return found;
  };

  // Folding

  const fold = (article, closed) => {
    const button = article.querySelector(".fold");
    if (!button) return;
    button.setAttribute("aria-expanded", String(!closed));
    button.textContent = closed ? `+${button.dataset.count}` : "\u2212";
    let hiddenFrom = Infinity;
    for (const element of below(article)) {
      // What is folded inside stays so.
      const level = element.dataset.depth === undefined ? Infinity : depth(element);
      if (level <= hiddenFrom) hiddenFrom = Infinity;
      element.hidden = closed || hiddenFrom < Infinity;
      const inner = element.querySelector(":scope > .mail-head .fold[aria-expanded=false]");
      if (inner && hiddenFrom === Infinity) hiddenFrom = level;
    }
  };

  const reveal = (article) => {
    while (article && article.hidden) {
      let above = article.previousElementSibling;
      const level = depth(article);
      while (above && !(above.matches("article") && depth(above) < level && above.querySelector(".fold[aria-expanded=false]"))) {
        above = above.previousElementSibling;
      }
      if (!above) return;
      fold(above, false);
    }
  };

  const addFolds = () => {
    const articles = [...mails.querySelectorAll(":scope > article")];
    for (const [at, article] of articles.entries()) {
      const next = articles[at + 1];
      if (!next || !(depth(next) > depth(article))) continue;
      const count = below(article).filter((one) => one.matches("article")).length;
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "fold", textContent: "\u2212" });
      button.dataset.count = count;
      button.setAttribute("aria-expanded", "true");
      button.setAttribute("aria-label", `${mails.dataset.fold}: ${count}`);
      button.addEventListener("click", () => fold(article, button.getAttribute("aria-expanded") === "true"));
      article.querySelector(".mail-jumps").prepend(button);
    }
  };

  // The outline

  // What stands at this height is being read: near the top, until the end of the page
  // is in sight and the last mails can come no higher.
  const readingLine = () => {
    const rest = document.documentElement.scrollHeight - innerHeight - scrollY;
    return 96 + Math.max(0, 1 - rest / innerHeight) * (innerHeight - 96);
  };

  const isInSight = (article) => {
    const box = article.getBoundingClientRect();
    return box.bottom > 96 && box.top < innerHeight / 2;
  };

  const follow = () => {
    const links = new Map();
    for (const link of outline.querySelectorAll("a[href^='#']")) links.set(link.hash.slice(1), link);
    const articles = [...mails.querySelectorAll(":scope > article[id]")].filter((one) => links.has(one.id));
    let marked = null;
    let asked = false;
    const mark = () => {
      asked = false;
      const line = readingLine();
      const shown = articles.filter((one) => !one.hidden);
      let low = 0, high = shown.length - 1;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (shown[middle].getBoundingClientRect().top <= line) low = middle;
        else high = middle - 1;
      }
      const focused = document.activeElement.closest(".mails > article[id]");
      if (focused && isInSight(focused)) low = Math.max(shown.indexOf(focused), 0);
      const link = shown.length ? links.get(shown[low].id) : null;
      if (link === marked) return;
      if (marked) marked.removeAttribute("aria-current");
      marked = link;
      if (!link) return;
      link.setAttribute("aria-current", "location");
      if (place) place.textContent = shown[low].querySelector(".mail-number").lastChild.textContent;
      // The window must not move with it.
      const box = outline.closest(".beside");
      const inside = link.getBoundingClientRect(), around = box.getBoundingClientRect();
      if (inside.top < around.top || inside.bottom > around.bottom) {
        box.scrollTop += inside.top - around.top - around.height / 3;
      }
    };
    const ask = () => { if (!asked) { asked = true; requestAnimationFrame(mark); } };
    addEventListener("scroll", ask, { passive: true });
    addEventListener("resize", ask, { passive: true });
    mails.addEventListener("focusin", ask);
    mark();
  };

  // Links into this thread

  const arrive = () => {
    const name = target();
    const found = name && document.getElementById(name);
    if (found && mails.contains(found)) {
      reveal(found);
      if (found.matches("article")) found.focus({ preventScroll: true });
      found.scrollIntoView({ behavior: "instant" });
    } else if (!found && ID.test(name) && mails.dataset.at) {
      location.replace(`${mails.dataset.at}${name}#${name}`);
    }
  };

  const noteVisit = () => {
    const { seenUrl, seen } = mails.dataset;
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (!seenUrl || !seen || !token) return;
    const send = () => fetch(seenUrl, {
      method: "POST",
      headers: { "X-CSRFToken": token.value },
      body: new URLSearchParams({ seen }),
      keepalive: true,
    }).catch(() => { /* They stay new. */ });
    if (document.visibilityState === "visible") send();
    else document.addEventListener("visibilitychange", send, { once: true });
  };

  document.addEventListener("DOMContentLoaded", () => {
    mails = document.querySelector(".mails");
    if (!mails) return;
    outline = document.querySelector(".outline");
    place = document.querySelector(".outline-place");
    if (mails.dataset.fold) addFolds();
    if (outline && mails.dataset.fold) follow();
    addEventListener("hashchange", arrive);
    if (location.hash) arrive();
    noteVisit();
    const close = document.querySelector(".close-outline");
    if (close) close.addEventListener("click", (event) => {
      // Back to where one was, not to the top.
      event.preventDefault();
      history.back();
    });
  });
})();
