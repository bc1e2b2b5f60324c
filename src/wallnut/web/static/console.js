// Keeps a page live. What is shown is drawn by the server; here it is put in place, and times go on.
"use strict";
(() => {
  const root = document.documentElement, main = document.getElementById("main"), link = document.getElementById("link");
  const base = root.dataset.base, view = main.dataset.view, title = document.title;
  const SILENCE = 25; // seconds: the server beats every 10
  let ahead = Number(root.dataset.now) - Date.now() / 1000; // its clock to ours
  let heard = Date.now(), live = false, again = 0, waiting = false;

  const texts = JSON.parse(root.dataset.words);
  const say = (text, values = {}) => (texts[text] || text).replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const now = () => Date.now() / 1000 + ahead;
  const at = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
  const span = (seconds) => {
    const parts = [];
    let left = Math.max(0, Math.floor(seconds));
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
      const count = Math.floor(left / size);
      left %= size;
      if (count) parts.push(count + "\u202f" + say(unit));
      else if (parts.length) break;
    }
    return parts.slice(0, 2).join(" ") || "0\u202f" + say("s");
  };
  const made = (html) => { const t = document.createElement("template"); t.innerHTML = html.trim(); return t.content.firstElementChild; };

  // The page drawn anew, for what came or went; focus, search and open groups stay.
  async function redraw() {
    again = 0;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok && answer.status !== 404) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      const focus = document.activeElement && document.activeElement.id;
      const search = document.getElementById("search"), text = search ? search.value : "";
      const open = new Map([...main.querySelectorAll("details[data-keep]")].map((d) => [d.dataset.keep, d.open]));
      main.replaceChildren(...fresh.childNodes);
      for (const d of main.querySelectorAll("details[data-keep]")) if (open.has(d.dataset.keep)) d.open = open.get(d.dataset.keep);
      const input = document.getElementById("search");
      if (input) { input.value = text; filter(); }
      if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
      name();
    } catch { /* the stream says what is wrong */ }
  }
  const soon = () => { again = again || setTimeout(redraw, 400); };

  // Tab title: the number that matters of the most urgent device.
  function name() {
    const first = [...main.querySelectorAll("[data-urgency]")].sort((a, b) => a.dataset.urgency - b.dataset.urgency)[0];
    const mark = first && Number(first.dataset.urgency) < 12 ? "⚡ " : "";
    document.title = first ? `${mark}${first.dataset.short} · ${title}` : title;
  }

  function tile(data) {
    if (data.place === "line") {
      const line = main.querySelector(`.lines [data-id="${CSS.escape(data.id)}"]`);
      if (!line) soon();
      return;
    }
    const old = document.getElementById("d-" + data.id);
    if (!old || old.parentElement.dataset.place !== data.place) { soon(); return; }
    const fresh = made(data.html), focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (focused) fresh.querySelector("a").focus();
    name();
  }

  function device(data) {
    document.getElementById("head").innerHTML = data.head;
    if (data.again) soon();
    for (const row of main.querySelectorAll("[data-name]")) {
      const text = data.values[row.dataset.name], value = row.querySelector(".value");
      if (text === undefined || value.textContent === text) continue;
      value.textContent = text;
      value.classList.remove("new");
      void value.offsetWidth;
      value.classList.add("new");
    }
    name();
  }

  // A part of the page, drawn anew; focus stays where it was.
  function part(data) {
    const old = document.getElementById(data.id), links = [...old.querySelectorAll("a[href]")];
    const focus = links.indexOf(document.activeElement);
    old.innerHTML = data.html;
    const link = focus >= 0 && old.querySelectorAll("a[href]")[focus];
    if (link) link.focus();
    tick();
  }

  function filter() {
    const input = document.getElementById("search");
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const group of main.querySelectorAll(".group")) {
      let any = false;
      for (const row of group.querySelectorAll("[data-name]")) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) { any = true; found++; }
      }
      group.hidden = !any;
    }
    document.getElementById("found").textContent = words.length ? say("%(count)s found", { count: found }) : "";
  }

  function connect() {
    if (!view || waiting) return;
    const where = { overview: "", device: "?device=" + encodeURIComponent(main.dataset.device) }[view] ?? "/" + view;
    const source = new EventSource(`${base}/live${where}`);
    const on = (kind, call) => source.addEventListener(kind, (e) => { heard = Date.now(); call(JSON.parse(e.data)); });
    on("beat", (data) => { live = true; ahead = data.now - Date.now() / 1000; tick(); });
    on("tile", tile);
    on("device", device);
    on("part", part);
    on("again", soon);
    source.onopen = () => { heard = Date.now(); tick(); };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      waiting = true;
      setTimeout(() => { waiting = false; connect(); }, 3000);
    };
  }

  function tick() {
    for (const one of document.querySelectorAll("[data-since]")) one.textContent = span(now() - one.dataset.since);
    if (!view) return;
    const silent = (Date.now() - heard) / 1000 > SILENCE;
    const text = silent ? say("The console does not answer. What you see is of %(time)s.", { time: at(heard) }) : live ? say("Live · %(time)s", { time: at(Date.now()) }) : link.textContent;
    document.body.classList.toggle("gone", silent);
    link.classList.toggle("gone", silent);
    link.setAttribute("aria-live", silent ? "assertive" : "off");
    link.textContent = text;
  }

  let before = "";
  document.addEventListener("keydown", (e) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
    if (typing) { if (e.key === "Escape") { e.target.value = ""; filter(); e.target.blur(); } return; }
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    const input = document.getElementById("search");
    if (e.key === "/" && input) { e.preventDefault(); input.focus(); input.select(); }
    const page = before === "g" && document.querySelector(`.top [data-key="${CSS.escape(e.key)}"]`);
    if (page) page.click();
    if (view === "overview" && /^Arrow(Left|Right|Up|Down)$/.test(e.key) && document.activeElement.closest(".tile")) {
      const all = [...main.querySelectorAll(".tile h3 a")], here = all.indexOf(document.activeElement);
      const next = all[here + (/Right|Down/.test(e.key) ? 1 : -1)];
      if (next) { e.preventDefault(); next.focus(); }
    }
    before = e.key;
  });
  document.addEventListener("input", (e) => { if (e.target.id === "search") filter(); });

  connect();
  name();
  tick();
  setInterval(tick, 1000);
})();
