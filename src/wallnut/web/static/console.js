// Keeps a page live. What is shown is drawn by the server; here it is put in place, and times go on.
"use strict";
(() => {
  const root = document.documentElement, main = document.getElementById("main"), link = document.getElementById("link");
  const base = root.dataset.base, view = main.dataset.view, title = document.title;
  const SILENCE = 25, CUT = 4; // seconds: the server beats every 10; a connection that broke is soon back
  let ahead = Number(root.dataset.now) - Date.now() / 1000; // its clock to ours
  let heard = Date.now(), live = false, broken = 0, tries = 0, again = 0, source = null, waiting = 0;

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
      if (answer.redirected) { location.reload(); return; } // to where one signs in
      if (!answer.ok && answer.status !== 404) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      const focus = document.activeElement && document.activeElement.id;
      const search = document.getElementById("search"), text = search ? search.value : "";
      const open = new Map([...main.querySelectorAll("details[data-keep]")].map((d) => [d.dataset.keep, d.open]));
      main.replaceChildren(...fresh.childNodes);
      for (const d of main.querySelectorAll("details[data-keep]")) if (open.has(d.dataset.keep)) d.open = open.get(d.dataset.keep);
      const input = document.getElementById("search");
      if (input) input.value = text;
      if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
      name();
      tick();
      document.dispatchEvent(new Event("redrawn"));
    } catch { /* the stream says what is wrong */ }
  }
  const soon = () => { again = again || setTimeout(redraw, 300 + Math.random() * 300); };

  // Tab: the number that matters of the most urgent device, and its colour.
  function name() {
    const all = [...main.querySelectorAll("[data-urgency]")];
    const first = all.reduce((a, b) => (a && Number(a.dataset.urgency) <= Number(b.dataset.urgency) ? a : b), null);
    const bad = first && Number(first.dataset.urgency) < 12;
    const icon = bad && ["amber", "red", "violet", "lost"].includes(first.dataset.icon) ? "-" + first.dataset.icon : "";
    const mark = !bad ? "" : /red|amber/.test(icon) ? "⚡ " : "⚠ ";
    const whose = bad && all.length > 1 ? ` ${first.dataset.called}` : "";
    document.title = first && (bad || all.length === 1) ? `${mark}${first.dataset.short}${whose} · ${title}` : title;
    const href = `${base}/static/icon${icon}.svg`, shown = document.querySelector("link[rel=icon]");
    if (shown.getAttribute("href") !== href) shown.setAttribute("href", href);
  }

  function tile(data) {
    const old = document.getElementById("d-" + data.id);
    if (!old || old.parentElement.dataset.place !== data.place) { soon(); return; }
    const fresh = made(data.html), hidden = old.hidden;
    const focused = [...old.querySelectorAll("a")].indexOf(document.activeElement);
    const figure = (one) => (one.querySelector(".main") || one).textContent;
    if (figure(old) !== figure(fresh)) (fresh.querySelector(".main") || fresh.lastElementChild).classList.add("new");
    fresh.hidden = hidden;
    old.replaceWith(fresh);
    if (focused >= 0) (fresh.querySelectorAll("a")[focused] || fresh.querySelector("a")).focus();
    late();
  }
  let naming = 0;
  const late = () => { naming = naming || requestAnimationFrame(() => { naming = 0; name(); }); }; // once for many tiles

  function device(data) {
    document.getElementById("head").innerHTML = data.head;
    if (data.again) soon();
    for (const row of main.querySelectorAll("[data-name]")) {
      const text = data.values[row.dataset.name], value = row.querySelector(".value");
      if (text === undefined || !value || value.textContent === text) continue;
      value.textContent = text;
      value.classList.remove("new");
      void value.offsetWidth;
      value.classList.add("new");
    }
    name();
    tick();
  }

  // A part of the page, drawn anew; focus stays where it was.
  function part(data) {
    const old = document.getElementById(data.id);
    if (!old) { soon(); return; }
    const focus = [...old.querySelectorAll("a[href]")].indexOf(document.activeElement);
    old.innerHTML = data.html;
    const links = old.querySelectorAll("a[href]");
    if (focus >= 0 && links[focus]) links[focus].focus();
    tick();
  }

  function where() {
    if (view === "device") return "?device=" + encodeURIComponent(main.dataset.device);
    if (view !== "overview") return "/" + view;
    const summary = document.getElementById("summary");
    return "?" + new URLSearchParams({ mark: summary ? summary.dataset.mark : "", q: main.dataset.query || "" });
  }

  function connect() {
    clearTimeout(waiting);
    waiting = 0;
    if (!view) return;
    if (source) source.close();
    const mine = source = new EventSource(`${base}/live${where()}`);
    const on = (kind, call) => mine.addEventListener(kind, (e) => { heard = Date.now(); call(JSON.parse(e.data)); });
    on("beat", (data) => { live = true; broken = tries = 0; ahead = data.now - Date.now() / 1000; tick(); });
    on("tile", tile);
    on("device", device);
    on("part", part);
    on("again", soon);
    mine.onerror = () => {
      broken = broken || Date.now();
      if (mine.readyState !== EventSource.CLOSED || mine !== source || waiting) return;
      tries++; // refused: the browser does not try again by itself
      waiting = setTimeout(() => { if (tries === 1 || tries % 5 === 0) redraw(); connect(); }, Math.min(2000 * tries, 20000));
    };
  }
  // A device that slept, or changed its network, may wait for a dead connection for minutes.
  function wake() {
    if (view && !document.hidden && (Date.now() - heard) / 1000 > CUT * 3) connect();
  }

  function tick() {
    for (const one of document.querySelectorAll("[data-since]")) {
      const text = span(now() - one.dataset.since);
      if (one.textContent !== text) one.textContent = text;
    }
    if (!view) return;
    const silent = (Date.now() - heard) / 1000, cut = broken && (Date.now() - broken) / 1000 > CUT;
    const gone = silent > SILENCE || Boolean(cut);
    if (silent > SILENCE * 2 && !waiting && Math.floor(silent) % 15 === 0) connect();
    let text = link.textContent;
    if (gone) text = say("The console does not answer. What you see is of %(time)s.", { time: at(heard) });
    else if (live) text = say("Live · %(time)s", { time: at(Date.now()) });
    document.body.classList.toggle("gone", gone);
    link.classList.toggle("gone", gone);
    link.setAttribute("aria-live", gone ? "assertive" : "off");
    if (link.textContent !== text) link.textContent = text;
    if (document.body.classList.contains("wall")) drift();
  }

  // On a wall the picture moves by a few pixels every few minutes, so that nothing burns in.
  function drift() {
    const turn = Math.floor(Date.now() / 180000) % 16;
    main.style.transform = `translate(${[0, 6, 12, 6][turn % 4]}px, ${[0, 4, 8, 4][Math.floor(turn / 4)]}px)`;
  }

  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", (e) => { if (e.persisted) { heard = Math.min(heard, Date.now() - 60000); wake(); } });
  connect();
  name();
  tick();
  setInterval(tick, 1000);
})();
