// Charts: a cursor that tells values, zoom by drag, and steps in time without a new page. All of it is links, too.
"use strict";
(() => {
  const body = document.getElementById("body"), lang = document.documentElement.lang, THIN = "\u202f";
  let charts, start, end, offsets, figures, at = null, drag = null, under = false, asked = 0;

  const round = (value) => Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
  const point = (1.5).toLocaleString(lang)[1], number = (value) => round(value).replace(".", point);
  const clock = (ms) => {
    const away = offsets.filter(([from]) => from <= ms).pop() || offsets[0];
    const far = end - start > 3 * 86400e3;
    const parts = { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
    if (!far) parts.second = "2-digit";
    return new Date(ms + away[1] * 60000).toLocaleString(lang === "en" ? "en-GB" : lang, parts);
  };
  const iso = (ms) => new Date(Math.round(ms / 1000) * 1000).toISOString().replace(".000", "");

  function setUp() {
    charts = document.getElementById("charts");
    at = drag = null;
    if (!charts) { figures = []; return; }
    start = Number(charts.dataset.start);
    end = Number(charts.dataset.end);
    offsets = JSON.parse(charts.dataset.offsets);
    figures = [...charts.querySelectorAll(".one")].map((figure) => {
      const svg = figure.querySelector("svg"), says = figure.querySelector("[data-says]");
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "line");
      mark.setAttribute("class", "cursor");
      mark.setAttribute("y1", "12");
      mark.setAttribute("y2", String(svg.getAttribute("height") - 18));
      const area = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      area.setAttribute("class", "zoom");
      area.setAttribute("y", "20");
      area.setAttribute("height", String(svg.getAttribute("height") - 42));
      for (const one of [area, mark]) { one.setAttribute("visibility", "hidden"); svg.append(one); }
      return { svg, says, still: says.innerHTML, mark, area, unit: figure.dataset.unit, points: JSON.parse(figure.dataset.points) };
    });
  }

  function valueAt(points, second) {
    let low = 0, high = points.length;
    while (low < high) { const middle = (low + high) >> 1; if (points[middle][0] <= second) low = middle + 1; else high = middle; }
    return low ? points[low - 1] : [];
  }

  function show(ms) {
    at = ms === null ? null : Math.min(Math.max(ms, start), end);
    const place = document.getElementById("cursor");
    for (const one of figures) {
      one.mark.setAttribute("visibility", at === null ? "hidden" : "visible");
      if (at === null) { one.says.innerHTML = one.still; continue; }
      const x = `${((at - start) / (end - start)) * 100}%`;
      one.mark.setAttribute("x1", x);
      one.mark.setAttribute("x2", x);
      const [, mean, least, most] = valueAt(one.points, (at - start) / 1000), unit = one.unit ? THIN + one.unit : "";
      const now = document.createElement("span"), about = document.createElement("span");
      now.className = "now";
      about.className = "about";
      now.textContent = mean === undefined ? "–" : number(mean) + unit;
      about.textContent = least === undefined ? "\u00a0" : `${number(least)}–${number(most)}${unit}`;
      one.says.replaceChildren(now, " ", about);
    }
    place.textContent = at === null ? "" : clock(at);
  }

  function area(from, to) {
    const left = Math.min(from, to), width = Math.abs(to - from);
    for (const one of figures) {
      one.area.setAttribute("visibility", width ? "visible" : "hidden");
      one.area.setAttribute("x", `${((left - start) / (end - start)) * 100}%`);
      one.area.setAttribute("width", `${(width / (end - start)) * 100}%`);
    }
  }

  function zoom(from, to) {
    if (to - from < 10000) return;
    go(charts.dataset.zoom.replace("FROM", iso(from)).replace("TO", iso(to)), true);
  }

  // A part of the page drawn anew, and its address kept: what came last wins.
  async function go(url, keep) {
    const turn = ++asked, old = document.getElementById("past");
    old.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html"), fresh = page.getElementById("past");
      if (turn !== asked) return;
      if (!fresh) { location.href = url; return; }
      const open = old.querySelector("details[open]"), within = charts && charts.contains(document.activeElement);
      const href = old.contains(document.activeElement) && document.activeElement.textContent;
      old.replaceWith(fresh);
      if (open && fresh.querySelector("details")) fresh.querySelector("details").open = true;
      if (keep) history.pushState(null, "", url);
      setUp();
      if (within && charts) charts.focus();
      else if (href) [...fresh.querySelectorAll("[data-part]")].find((a) => a.textContent === href)?.focus();
    } catch { if (keep) location.href = url; else old.removeAttribute("aria-busy"); }
  }

  const when = (e) => {
    const box = figures[0].svg.getBoundingClientRect();
    return start + Math.min(Math.max((e.clientX - box.left) / box.width, 0), 1) * (end - start);
  };
  const inside = (e) => figures.length && e.target.closest && e.target.closest("#charts svg");
  body.addEventListener("pointermove", (e) => {
    if (drag !== null) area(drag, when(e));
    if (inside(e) || drag !== null) { under = true; show(when(e)); } else if (under) { under = false; show(null); }
  });
  body.addEventListener("pointerleave", () => { if (under && drag === null) { under = false; show(null); } });
  body.addEventListener("pointerdown", (e) => {
    if (!inside(e) || e.button || e.pointerType === "touch") return; // a finger moves the cursor, and the page
    drag = when(e);
    e.preventDefault();
    charts.focus({ preventScroll: true });
  });
  window.addEventListener("pointerup", (e) => {
    if (drag === null) return;
    const from = drag, to = when(e);
    drag = null;
    area(0, 0);
    if (Math.abs(to - from) > (end - start) / 100) zoom(Math.min(from, to), Math.max(from, to));
  });
  body.addEventListener("keydown", (e) => {
    if (e.target !== charts || !figures.length || e.ctrlKey || e.altKey || e.metaKey) return;
    const step = (end - start) / (e.shiftKey ? 20 : 200), here = at === null ? end : at;
    if (e.key === "ArrowLeft") show(here - step);
    else if (e.key === "ArrowRight") show(here + step);
    else if (e.key === "Home") show(start);
    else if (e.key === "End") show(end);
    else if (e.key === "Enter") { const half = (end - start) / 8; zoom(Math.max(here - half, start), Math.min(here + half, end)); }
    else if (e.key === "Escape") { drag = null; area(0, 0); show(null); }
    else return;
    e.preventDefault();
  });
  body.addEventListener("click", (e) => {
    const link = e.target.closest("#past a[data-part]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    e.preventDefault();
    go(link.href, true);
  });
  window.addEventListener("popstate", () => go(location.href, false));

  // The right edge grows, while nobody points at anything.
  let fresh = Date.now();
  setInterval(() => {
    if (!charts || !charts.dataset.refresh || document.hidden || at !== null || drag !== null) return;
    if (document.getElementById("past").contains(document.activeElement) && document.activeElement !== charts) return;
    if (Date.now() - fresh < charts.dataset.refresh * 1000) return;
    fresh = Date.now();
    go(location.href, false);
  }, 5000);
  new MutationObserver(() => { if (document.getElementById("charts") !== charts) setUp(); }).observe(document.getElementById("main"), { childList: true, subtree: true });
  setUp();
})();
