// Times in the reader's zone and locale, and how long ago. The pages themselves hold
// exact times in the zone of the site: they are the same for everybody.
"use strict";

(() => {
  const RECENT = 14 * 24 * 3600; // seconds; of older times the date says more
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

  // The language of the page, with the habits of the reader's own region.
  const locale = () => {
    const page = document.documentElement.lang || "en";
    const same = navigator.languages.find((one) => one.split("-")[0] === page.split("-")[0]);
    const region = (navigator.language || "").split("-").find((part) => /^[A-Z]{2}$/.test(part));
    const wanted = same || (region && !page.includes("-") ? `${page}-${region}` : page);
    try { return Intl.getCanonicalLocales(wanted)[0]; } catch { return page; }
  };

  const formats = {};
  const format = (name, options) =>
    (formats[name] ||= new Intl.DateTimeFormat(locale(), options));
  const clock = { hour: "numeric", minute: "2-digit" };
  const date = { day: "numeric", month: "short" };

  const long = () => format("long", { dateStyle: "full", timeStyle: "long" });
  const shown = (kind, year) => {
    if (kind === "brief" && !year) return format("brief", { ...date, ...clock });
    return format("moment", { ...date, year: "numeric", ...clock });
  };

  let relative;
  const ago = (seconds) => {
    relative ||= new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
    for (const [unit, size] of UNITS) {
      if (seconds >= size) return relative.format(-Math.floor(seconds / size), unit);
    }
    return relative.format(0, "minute");
  };

  const localize = (element) => {
    const value = new Date(element.dateTime);
    if (Number.isNaN(value.getTime())) return;
    const kind = element.dataset.show || "";
    element.title = [long().format(value), element.title].filter(Boolean).join("\n");
    // Days of listings are days of the archive: their headings and links say so too.
    if (kind === "day" || kind === "clock") return;
    element.textContent = shown(kind, /\d{4}/.test(element.textContent)).format(value);
    const seconds = (Date.now() - value.getTime()) / 1000;
    if (kind || seconds < 0 || seconds > RECENT) return;
    const note = document.createElement("span");
    note.className = "ago";
    note.textContent = ` (${ago(seconds)})`;
    element.append(note);
  };

  const look = (root) => {
    for (const element of root.querySelectorAll("time[datetime]:not([data-local])")) {
      element.dataset.local = "yes";
      localize(element);
    }
  };

  document.addEventListener("DOMContentLoaded", () => look(document));
  document.addEventListener("htmx:load", (event) => look(event.detail.elt));
})();
