// Use and preliminary cost while a reading or its use is typed (MET-12 … 14). Everything also works without this file.
"use strict";
(() => {
  const NBSP = "\u00a0";
  const PLACES = { value: 4, price: 6 };

  // Exact figures: whole numbers of ten-thousandths and millionths, never floats.
  const scaled = (text, places) => {
    const match = /^(\d+)(?:[.,](\d*))?$/.exec(text.replace(/[\s\u00a0\u2009\u202f]/g, ""));
    if (!match) return null;
    const fraction = match[2] || "";
    if (fraction.length > places && /[1-9]/.test(fraction.slice(places))) return null;
    return BigInt(match[1] + fraction.slice(0, places).padEnd(places, "0"));
  };
  const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, NBSP);
  const written = (units, places, keep) => {
    const text = units.toString().padStart(places + 1, "0");
    const whole = grouped(text.slice(0, text.length - places));
    const fraction = text.slice(text.length - places);
    const shown = keep ? fraction : fraction.replace(/0+$/, "");
    return shown ? `${whole},${shown}` : whole;
  };
  const kopecks = (use, price) => {
    const down = 10n ** BigInt(PLACES.value + PLACES.price - 2);
    return (use * price * 2n + down) / (down * 2n);
  };
  const roubles = (amount) => `${written(amount, 2, true)}${NBSP}₽`;

  const strong = (text) => {
    const element = document.createElement("b");
    element.className = "num";
    element.textContent = text;
    return element;
  };

  // What the register's box says; the server has the last word on every value.
  const measure = (box) => {
    const { previous, price, unit } = box.dataset;
    const typed = scaled(box.querySelector("input.kb-digits").value, PLACES.value);
    const before = previous ? scaled(previous, PLACES.value) : null;
    if (typed === null || before === null) return {};
    const use = typed - before;
    if (use < 0n) return { short: written(-use, PLACES.value), unit };
    const cost = price ? kopecks(use, scaled(price, PLACES.price)) : null;
    return { use: `${written(use, PLACES.value)}${NBSP}${unit}`, cost };
  };
  const show = (box) => {
    const line = box.querySelector("[data-use]");
    const words = box.closest("form").dataset;
    const told = measure(box);
    line.replaceChildren();
    if (told.short !== undefined)
      line.append(`${words.wordLess} `, strong(`${told.short}${NBSP}${told.unit}`));
    if (told.use === undefined) return told;
    line.append(`${words.wordUse} `, strong(told.use));
    if (told.cost !== null) line.append(`, ${words.wordAbout} `, strong(roubles(told.cost)));
    return told;
  };
  // The reading and the use say the same: what is typed into one box fills the other.
  const plain = (units) => written(units, PLACES.value).replaceAll(NBSP, "");
  const link = (box, source) => {
    const volume = box.querySelector("[data-volume]");
    const value = box.querySelector("input.kb-digits");
    const before = box.dataset.previous ? scaled(box.dataset.previous, PLACES.value) : null;
    if (!volume || before === null) return;
    const typed = scaled(source.value, PLACES.value);
    if (source === volume) value.value = typed === null ? "" : plain(before + typed);
    else volume.value = typed === null || typed < before ? "" : plain(typed - before);
  };
  const total = (meter) => {
    const line = meter.querySelector("[data-total]");
    if (!line) return;
    const costs = [...meter.querySelectorAll("[data-register]")].map((box) => measure(box).cost);
    const known = costs.every((cost) => typeof cost === "bigint");
    line.hidden = !known;
    const sum = known ? costs.reduce((sum, cost) => sum + cost, 0n) : 0n;
    line.querySelector("[data-total-cost]").textContent = known ? roubles(sum) : "";
  };

  // What was wrong with the figure sent before says nothing about the one being typed.
  const forget = (box) => {
    box.classList.remove("bad");
    for (const old of box.querySelectorAll(".kb-error, .kb-slip")) old.remove();
    box.querySelector("input.kb-digits").removeAttribute("aria-invalid");
  };

  // Nothing ticked, nothing to send (MET-09). An empty form may be sent: its answer says what is missing.
  const ready = (form) => {
    const button = form.querySelector("button[data-main]");
    const ticks = [...form.querySelectorAll('[name^="t-"]')];
    if (button && ticks.length) button.disabled = !ticks.some((tick) => tick.checked);
  };

  for (const form of document.querySelectorAll("form[data-readings]")) {
    form.addEventListener("input", (event) => {
      const box = event.target.closest("[data-register]");
      if (box && event.target.matches("input.kb-digits, [data-volume]")) {
        link(box, event.target);
        forget(box);
        show(box);
        total(box.closest("[data-meter]"));
      }
      ready(form);
    });
    form.addEventListener("change", () => ready(form));
    ready(form);
  }
  window.addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-readings]").forEach(ready),
  );
})();
