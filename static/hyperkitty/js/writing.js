// Writing to lists: drafts that survive, quoting, and one click that sends once.
// All of it works without, on pages of its own.
"use strict";

(() => {
  const PREFIX = "hk-draft:";
  const MAX_AGE = 30 * 24 * 3600 * 1000;

  const read = (key) => {
    try {
      const draft = JSON.parse(localStorage.getItem(PREFIX + key));
      return draft && Date.now() - draft.at < MAX_AGE ? draft : null;
    } catch { return null; }
  };
  const write = (key, draft) => {
    try {
      if (draft) localStorage.setItem(PREFIX + key, JSON.stringify(draft));
      else localStorage.removeItem(PREFIX + key);
    } catch { /* The browser keeps nothing: the form still works. */ }
  };

  // What was sent needs no draft; its token tells which one that was.
  const forget = (token) => {
    try {
      for (const name of Object.keys(localStorage)) {
        if (!name.startsWith(PREFIX)) continue;
        const draft = read(name.slice(PREFIX.length));
        if (!draft || draft.token === token) localStorage.removeItem(name);
      }
    } catch { /* Nothing is kept. */ }
  };

  const keep = (form) => {
    const { message, subject, token } = form.elements;
    const text = message.value;
    write(form.dataset.draft, text.trim() && {
      message: text, subject: subject.value, token: token.value, at: Date.now(),
    });
  };

  const restore = (form) => {
    const { message, subject, token } = form.elements;
    const draft = read(form.dataset.draft);
    if (!draft || message.value.trim()) return;
    const fresh = { message: message.value, subject: subject.value, token: token.value };
    Object.assign(message, { value: draft.message });
    subject.value = draft.subject || subject.value;
    token.value = draft.token;
    const note = form.querySelector(".draft-note");
    note.hidden = false;
    note.querySelector(".discard").addEventListener("click", () => {
      for (const name of Object.keys(fresh)) form.elements[name].value = fresh[name];
      write(form.dataset.draft, null);
      note.hidden = true;
      message.focus();
    });
  };

  const quoted = (text) => text.trim().split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");

  const selectedIn = (mail) => {
    const selection = document.getSelection();
    const body = mail && mail.querySelector(".m-body");
    if (!body || !selection.rangeCount || !selection.toString().trim()) return "";
    return body.contains(selection.getRangeAt(0).commonAncestorContainer) ? selection.toString() : "";
  };

  const insert = (area, text) => {
    const before = area.value.slice(0, area.selectionStart);
    const gap = before && !before.endsWith("\n\n") ? (before.endsWith("\n") ? "\n" : "\n\n") : "";
    area.setRangeText(gap + text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  };

  const prepareQuote = (form, button) => {
    // A press would drop what the reader has selected.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const area = form.elements.message;
      const chosen = selectedIn(document.getElementById(button.dataset.mail));
      const whole = form.querySelector(".quote-text").content.textContent;
      const first = !area.value.includes(button.dataset.attribution);
      const text = chosen
        ? `${first ? button.dataset.attribution + "\n" : ""}${quoted(chosen)}\n\n` : whole;
      insert(area, text);
    });
  };

  const prepare = (form) => {
    if (form.dataset.ready) return;
    form.dataset.ready = "yes";
    restore(form);
    form.addEventListener("input", () => keep(form));
    const button = form.querySelector(".quote-button");
    if (button) prepareQuote(form, button);
    const subject = form.querySelector(".subject-now");
    if (subject) form.elements.subject.addEventListener("input", () => {
      subject.textContent = form.elements.subject.value;
    });
    const close = form.querySelector(".close-reply");
    if (close) close.addEventListener("click", () => {
      const slot = form.closest(".reply-slot");
      const opener = slot.previousElementSibling && slot.previousElementSibling.querySelector("a");
      slot.replaceChildren();
      if (opener) opener.focus();
    });
    form.addEventListener("submit", (event) => {
      if (form.dataset.sending && !form.hasAttribute("hx-post")) event.preventDefault();
      if (event.submitter && event.submitter.value === "send") form.dataset.sending = "yes";
    });
    if (form.closest(".reply-slot")) form.elements.message.focus({ preventScroll: false });
  };

  const all = (root, selector) => [
    ...(root.matches && root.matches(selector) ? [root] : []),
    ...root.querySelectorAll(selector),
  ];
  const look = (root) => {
    for (const form of all(root, "form.writing")) prepare(form);
    for (const post of all(root, "[data-sent]")) forget(post.dataset.sent);
  };

  // What did not reach the site is said where it was written; a link leads on by itself.
  const tell = (event) => {
    const form = event.target.closest("form.writing");
    const link = event.target.closest(".mail-actions a[hx-get]");
    if (form) {
      const note = form.querySelector(".send-error");
      note.hidden = false;
      note.scrollIntoView({ block: "nearest" });
      delete form.dataset.sending;
    } else if (link) location.assign(link.href);
  };
  document.addEventListener("htmx:sendError", tell);
  document.addEventListener("htmx:responseError", tell);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest("form.writing");
    if (form) form.querySelector(".send-error").hidden = true;
  });

  // A form that the browser brings back from its memory can be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form.writing")) delete form.dataset.sending;
  });
  document.addEventListener("DOMContentLoaded", () => look(document));
  document.addEventListener("htmx:load", (event) => look(event.detail.elt));
})();
