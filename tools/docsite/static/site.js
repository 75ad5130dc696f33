"use strict";

// Each cell of a table with three columns or more, or with pictures, gets the heading of its column, for narrow screens
// (site.css).
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.docutils")) {
    const headings = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    if (headings.length < 3 && !table.querySelector("img")) continue;
    table.classList.add("stacked");
    for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, column) => (cell.dataset.label = headings[column]));
  }
});

// The search fetches each page that it found, for the excerpt. Browsers refuse that for files. There, texts.js has the
// text of all pages, and this script answers instead.
if (location.protocol === "file:" && location.pathname.endsWith("/search.html")) {
  const script = document.createElement("script");
  script.src = new URL("texts.js", document.currentScript.src);
  const loaded = new Promise((resolve) => (script.onload = resolve));
  document.head.append(script);
  window.fetch = async (address) => {
    await loaded;
    return new Response(window.pageTexts[address.replace("./", "")]);
  };
}
