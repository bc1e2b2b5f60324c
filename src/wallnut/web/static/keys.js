// The keyboard, and the search on a page.
"use strict";
(() => {
  const main = document.getElementById("main"), root = document.documentElement;
  const texts = JSON.parse(root.dataset.words);

  // Rows, tiles and lines that have all the words; groups without any go, folded ones open.
  function filter() {
    const input = document.getElementById("search");
    if (!input) return;
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const group of main.querySelectorAll(".group")) {
      let any = false;
      for (const row of group.querySelectorAll("[data-name], [data-id]")) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) { any = true; found++; }
      }
      group.hidden = !any;
      for (const fold of group.querySelectorAll("details.site")) {
        if (words.length && any && !fold.open) { fold.open = true; fold.dataset.opened = ""; }
        if (!words.length && "opened" in fold.dataset) { fold.open = false; delete fold.dataset.opened; }
      }
    }
    document.getElementById("found").textContent = words.length
      ? (texts["%(count)s found"] || "%(count)s found").replace("%(count)s", found) : "";
  }

  // The device beside, above or below the one that has the focus, by where they are.
  function beside(key) {
    const all = [...main.querySelectorAll(".tile h3 a, .lines li > a")].filter((a) => a.offsetParent !== null);
    const from = document.activeElement;
    if (!all.length) return null;
    if (!all.includes(from)) return key === "ArrowDown" || key === "ArrowRight" ? all[0] : null;
    const index = all.indexOf(from), here = from.getBoundingClientRect();
    if (key === "ArrowRight") return all[index + 1];
    if (key === "ArrowLeft") return all[index - 1];
    const sign = key === "ArrowDown" ? 1 : -1;
    let best = null, least = Infinity;
    for (const one of all) {
      const there = one.getBoundingClientRect(), down = (there.top - here.top) * sign;
      if (down < 8) continue;
      const way = down + Math.abs(there.left - here.left) * 3;
      if (way < least) { least = way; best = one; }
    }
    return best;
  }

  function arrow(e) {
    if (main.dataset.view === "overview") {
      const next = beside(e.key);
      if (next) { e.preventDefault(); next.focus(); }
      return;
    }
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[e.key];
    const to = rel && document.querySelector(`.beside a[rel=${rel}]`);
    if (to && !document.activeElement.closest("svg, [tabindex]:not(main), summary, [role]")) { e.preventDefault(); to.click(); }
  }

  let before = "";
  document.addEventListener("keydown", (e) => {
    if (e.target.closest("input, textarea, select, [contenteditable]")) {
      if (e.key === "Escape" && e.target.id === "search") { e.target.value = ""; filter(); e.target.blur(); }
      return;
    }
    if (e.ctrlKey || e.altKey || e.metaKey || document.querySelector("dialog[open]")) return;
    const last = before;
    before = e.key;
    const input = document.getElementById("search"), keys = document.getElementById("keys");
    if (e.key === "/" && input) { e.preventDefault(); input.focus(); input.select(); }
    if (e.key === "?" && keys) { keys.open = !keys.open; if (keys.open) keys.querySelector("summary").focus(); }
    if (e.key === "Escape" && document.body.classList.contains("wall")) {
      const url = new URL(location.href);
      url.searchParams.delete("wall");
      location.href = url.href;
    }
    const page = last === "g" && document.querySelector(`.top [data-key="${CSS.escape(e.key)}"]`);
    if (page) { page.click(); return; }
    if (/^Arrow(Left|Right|Up|Down)$/.test(e.key)) arrow(e);
  });
  document.addEventListener("input", (e) => { if (e.target.id === "search") filter(); });
  document.addEventListener("redrawn", filter);
  filter();
})();
