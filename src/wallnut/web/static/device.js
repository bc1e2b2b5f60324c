// A device's pages: what is set and run is sent without leaving the page, and the answer stands beside it.
"use strict";
(() => {
  const main = document.getElementById("main"), words = JSON.parse(document.getElementById("body").dataset.words);

  function say(output, kind, ...texts) {
    output.className = "reply " + kind;
    output.textContent = texts.filter(Boolean).join(" ");
  }

  async function act(form) {
    const output = form.querySelector(".reply") || form.closest("li, [data-name]").querySelector(".reply");
    const buttons = form.querySelectorAll("button");
    for (const one of buttons) one.disabled = true;
    say(output, "busy", words.busy);
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) });
      const type = answer.headers.get("Content-Type") || "";
      if (!type.includes("json")) { say(output, "bad", (await answer.text()).slice(0, 300)); return; }
      const result = await answer.json();
      if (result.signIn) { location.href = result.signIn; return; }
      say(output, result.good ? "good" : "bad", result.text || result.detail, result.advice);
      const edit = form.closest(".edit");
      if (result.good && edit) { edit.open = false; edit.querySelector("summary").focus(); }
      const dialog = form.closest("dialog");
      if (result.good && dialog) {
        for (const one of form.querySelectorAll("label, .choices button")) one.hidden = true;
        const close = form.querySelector("[data-close]");
        close.textContent = words.close;
        close.focus();
      }
    } catch {
      say(output, "bad", words.lost);
    } finally {
      for (const one of buttons) one.disabled = false;
      gate(form);
    }
  }

  // The button that cuts power works once the name is typed.
  function gate(form) {
    const typed = form.querySelector("[data-must]"), button = form.querySelector("button");
    if (typed && button) button.disabled = typed.value.trim().toLowerCase() !== typed.dataset.must.toLowerCase();
  }

  async function ask(link) {
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("confirm");
      if (!part) { location.href = link.href; return; }
      const dialog = document.createElement("dialog");
      dialog.setAttribute("aria-labelledby", "h-confirm");
      dialog.append(part);
      document.body.append(dialog);
      dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
      dialog.showModal();
      for (const form of dialog.querySelectorAll("form")) gate(form);
      const first = dialog.querySelector("[data-must], input.field, [data-close]");
      if (first) first.focus();
    } catch { location.href = link.href; }
  }

  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-act]")) return;
    e.preventDefault();
    act(e.target);
  });
  document.addEventListener("input", (e) => { if (e.target.matches("[data-must]")) gate(e.target.form); });
  document.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    const close = e.target.closest("dialog [data-close]"), link = e.target.closest("a[data-confirm]");
    if (close) { e.preventDefault(); close.closest("dialog").close(); }
    else if (link) { e.preventDefault(); ask(link); }
  });
  document.addEventListener("toggle", (e) => {
    if (!e.target.matches || !e.target.matches(".edit") || !e.target.open) return;
    const control = e.target.querySelector(".field");
    if (control) control.focus();
  }, true);

  // An outlet's lamp follows its state, which comes with the stream.
  new MutationObserver(() => {
    for (const cell of main.querySelectorAll(".outlet-table [data-off]")) {
      cell.parentElement.classList.toggle("is-off", cell.querySelector(".value").textContent === cell.dataset.off);
    }
  }).observe(main, { childList: true, subtree: true });

  // What does not come with the stream: events, clients.
  setInterval(async () => {
    const old = document.getElementById("now");
    if (!old || document.hidden || document.querySelector("dialog") || old.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("now");
      if (fresh && old.isConnected && fresh.innerHTML !== old.innerHTML) old.replaceWith(fresh);
    } catch { /* the stream says what is wrong */ }
  }, 60000);
})();
