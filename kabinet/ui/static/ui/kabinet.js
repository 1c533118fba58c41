// Makes smoother what already works without it. No page may need this file to do its job.
"use strict";
(() => {
  const all = (selector, within = document) => within.querySelectorAll(selector);

  // --- a form is sent once: the pressed button shows that it works and cannot be pressed again ---

  const freeze = (form, button) => {
    form.dataset.sent = "yes";
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.classList.add("kb-working");
    if (button.dataset.working) {
      button.dataset.said = button.innerHTML;
      button.textContent = button.dataset.working;
    }
  };
  const thaw = (form) => {
    delete form.dataset.sent;
    for (const button of all(".kb-working", form)) {
      button.classList.remove("kb-working");
      button.removeAttribute("aria-disabled");
      if (button.dataset.said) button.innerHTML = button.dataset.said;
      delete button.dataset.said;
    }
  };
  // A file that is downloaded leaves its form on the page; the form must stay usable.
  const staysHere = (form) => form.method !== "post" || form.hasAttribute("data-again");

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || staysHere(form)) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    // After the browser has read the button's name and value, not before.
    setTimeout(() => {
      if (!event.defaultPrevented) freeze(form, event.submitter);
    });
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(thaw));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form) thaw(form);
    // What was not saved stays as it was; the form itself holds the words for it.
    const unsaved = form && form.querySelector("[data-unsaved]");
    if (unsaved) unsaved.hidden = event.detail.successful;
  });

  // --- a question before what cannot be undone; without this file the address leads to a page that asks ---

  document.addEventListener("click", (event) => {
    const asks = event.target.closest("[data-dialog]");
    const dialog = asks && document.getElementById(asks.dataset.dialog);
    if (dialog && dialog.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
    const leaves = event.target.closest("[data-close]");
    if (leaves) {
      event.preventDefault();
      leaves.closest("dialog").close();
    }
    if (event.target.matches("dialog.kb-dialog")) event.target.close();
  });

  // --- one pop-up at a time; Escape or a touch elsewhere closes it ---

  const openPopups = () => all("details[data-popup][open]");
  document.addEventListener("click", (event) => {
    for (const popup of openPopups()) if (!popup.contains(event.target)) popup.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const popup of openPopups()) {
      popup.open = false;
      popup.querySelector("summary").focus();
    }
  });

  // --- theme, size of type and the menu without losing what is typed on the page ---

  const showLook = (form, pressed) => {
    const root = document.documentElement;
    if (pressed.name === "theme") {
      root.dataset.kbTheme = pressed.value;
      const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
      const theme = pressed.value === "auto" ? (dark ? "dark" : "light") : pressed.value;
      root.dataset.bsTheme = theme;
      for (const button of all('[data-look-form] [name="theme"]'))
        button.setAttribute("aria-pressed", String(button.value === pressed.value));
    } else {
      const on = pressed.value === "on";
      if (pressed.name === "large") root.classList.toggle("kb-large", on);
      else for (const body of all(".kb-body")) body.classList.toggle("kb-no-menu", on);
      for (const button of all(`[data-look-form] [name="${pressed.name}"]`)) {
        button.value = on ? "off" : "on";
        button.setAttribute("aria-pressed", String(on));
      }
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-look-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const sent = new FormData(form);
    const pressed = { name: event.submitter.name, value: event.submitter.value };
    sent.set(pressed.name, pressed.value);
    fetch(form.action, { method: "POST", body: sent, redirect: "manual" });
    showLook(form, pressed);
  });

  // --- leaving a half-filled form asks first: only where the form wants it ---

  const guarded = 'form[data-guard="leave"]';
  document.addEventListener("input", (event) => {
    const form = event.target.closest(guarded);
    if (form) form.dataset.touched = "yes";
  });
  window.addEventListener("beforeunload", (event) => {
    const unsaved = [...all(`${guarded}[data-touched]`)].some((form) => !form.dataset.sent);
    if (unsaved) event.preventDefault();
  });

  // --- the first error takes the focus, so that it is read aloud and scrolled to ---

  const focusError = () => {
    const told = document.querySelector("[data-focus]");
    if (told) told.focus({ preventScroll: false });
  };

  // --- data-live="name": text that follows an input; the page gives the numbers, this only multiplies ---
  //     <input data-live-source="use" data-live-base="1899" data-live-price="7.12">
  //     <b data-live="use.volume"></b> <b data-live="use.cost"></b>

  const written = new Intl.NumberFormat("ru-RU", { maximumFractionDigits: 4 });
  const roubles = new Intl.NumberFormat("ru-RU", { style: "currency", currency: "RUB" });
  const show = (name, text) => {
    for (const place of all(`[data-live="${name}"]`)) {
      place.textContent = text;
      const whole = place.closest("[data-live-shown]");
      if (whole) whole.hidden = !text;
    }
  };
  const follow = (input) => {
    const name = input.dataset.liveSource;
    const typed = Number(input.value.trim().replace(",", "."));
    const used = typed - Number(input.dataset.liveBase);
    const makesSense = input.value.trim() !== "" && Number.isFinite(used) && used >= 0;
    show(`${name}.volume`, makesSense ? written.format(used) : "");
    const price = Number(input.dataset.livePrice);
    show(`${name}.cost`, makesSense && price ? roubles.format(used * price) : "");
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-live-source]")) follow(event.target);
  });

  // --- <table data-fold="6" data-fold-text="Показать ещё">: on a phone the first rows, the rest behind a button ---
  //     The theme hides them on narrow screens only; paper and wide windows show every row.

  const fold = (table) => {
    const shown = Number(table.dataset.fold);
    const months = [...table.tBodies[0].rows].filter((row) => !row.matches(".kb-under"));
    const rest = months.slice(shown);
    if (rest.length < 3) return;
    for (const row of rest) row.classList.add("kb-folded");
    const last = table.tBodies[0].insertRow();
    last.className = "kb-unfold";
    const cell = last.insertCell();
    cell.colSpan = rest[0].cells.length;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary";
    button.textContent = `${table.dataset.foldText} ${rest.length}`;
    button.addEventListener("click", () => {
      for (const row of rest) row.classList.remove("kb-folded");
      last.remove();
      rest[0].tabIndex = -1;
      rest[0].focus({ preventScroll: true });
    });
    cell.append(button);
  };

  // --- <button data-copy="id of the text" hidden>: shown only where the browser can copy ---

  for (const button of all("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      const told = button.parentElement.querySelector("[data-copied]");
      if (told) told.textContent = told.dataset.copied;
    });
  }

  focusError();
  all("[data-live-source]").forEach(follow);
  all("table[data-fold]").forEach(fold);
  // A section's tabs may not fit a phone: the open one is brought into sight without moving the page.
  for (const tab of all(".kb-tabs [aria-current]")) {
    const tabs = tab.parentElement;
    tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2;
  }
})();
