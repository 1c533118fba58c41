// Sums that follow what is typed, and a button that waits until everything is filled. The server counts anew anyway.
"use strict";
(() => {
  const NBSP = "\u00a0";
  const HUNDRED = 100n;

  // Exact: whole kopecks, never floats. Nothing typed is nothing; what is no sum is null.
  const kopecks = (text) => {
    const bare = text.replace(/[\s\u00a0\u2009\u202f₽]/g, "");
    if (!bare) return 0n;
    const match = /^(\d{1,9})(?:[.,](\d{0,2}))?$/.exec(bare);
    return match ? BigInt(match[1]) * HUNDRED + BigInt((match[2] || "").padEnd(2, "0")) : null;
  };
  const parts = (sum) => {
    const text = sum.toString().padStart(3, "0");
    return [text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, NBSP), text.slice(-2)];
  };
  const money = (sum) => `${parts(sum).join(",")}${NBSP}₽`;
  // A percentage has two decimals; half a kopeck goes up, as on the server. A payee that was not ticked when the page
  // was made belongs to the same provider as the others, whose rate it has.
  const commission = (sums, percents) => {
    const [usual = "0"] = Object.values(percents);
    let all = 0n;
    for (const [part, sum] of sums) {
      const [whole, rest] = (percents[part.split("-")[0]] || usual).split(".");
      const points = BigInt(whole) * HUNDRED + BigInt((rest || "").padEnd(2, "0").slice(0, 2));
      all += (sum * points * 2n + 10000n) / 20000n;
    }
    return all;
  };

  const counts = (box) => {
    const tick = document.getElementById(box.dataset.payTick || "");
    return !tick || tick.checked;
  };
  const added = (form) => {
    const byPart = new Map();
    const byGroup = new Map();
    let total = 0n;
    for (const box of form.querySelectorAll("[data-pay-part]")) {
      const sum = counts(box) ? kopecks(box.value) : 0n;
      box.closest(".kb-pay-box").classList.toggle("bad", sum === null);
      if (sum === null) return null;
      total += sum;
      byPart.set(box.dataset.payPart, (byPart.get(box.dataset.payPart) || 0n) + sum);
      byGroup.set(box.dataset.payGroup, (byGroup.get(box.dataset.payGroup) || 0n) + sum);
    }
    return { total, byPart, byGroup };
  };

  const write = (form, found) => {
    const chosen = form.querySelector('[name="method"]:checked');
    for (const way of form.querySelectorAll('[name="method"]')) {
      if (way.disabled) continue;
      const cost = commission(found.byPart, JSON.parse(way.dataset.payPercents));
      const words = cost ? `${form.dataset.wordCommission} ${money(cost)}` : form.dataset.wordFree;
      way.closest("label").querySelector("[data-pay-cost]").textContent = words;
    }
    const percents = chosen ? JSON.parse(chosen.dataset.payPercents) : {};
    const grand = found.total + commission(found.byPart, percents);
    for (const place of form.querySelectorAll("[data-pay-grand]"))
      place.textContent = money(grand);
    const big = form.querySelector("[data-pay-total] .kb-sum");
    if (big) {
      const [roubles, rest] = parts(found.total);
      const small = document.createElement("span");
      small.textContent = `,${rest}${NBSP}₽`;
      big.replaceChildren(roubles, small);
    }
    for (const place of form.querySelectorAll("[data-pay-sum]"))
      place.textContent = money(found.byGroup.get(place.dataset.paySum) || 0n);
  };

  // What is still missing is said in words beside the button that waits for it (PAY-25).
  const missing = (form, found) => {
    const words = form.dataset;
    if (found === null) return words.needSum;
    if (found.total === 0n) return words.needMoney;
    if (!form.querySelector('[name="method"]:checked')) return words.needMethod;
    const wanted = form.querySelector('[name="wants_receipt"]');
    if ((!wanted || wanted.checked) && !form.querySelector('[name="email"]').value.trim())
      return words.needEmail;
    if (!form.querySelector('[name="rules"]').checked) return words.needRules;
    return "";
  };
  const follow = (form) => {
    const found = added(form);
    if (found) write(form, found);
    const button = form.querySelector("[data-pay-go]");
    if (!button) return;
    const words = missing(form, found);
    const place = form.querySelector("[data-pay-needs]");
    button.disabled = words !== "";
    place.textContent = words;
    place.hidden = words === "";
  };

  for (const form of document.querySelectorAll("form[data-pay]")) {
    form.addEventListener("input", (event) => {
      // A sum typed beside an empty tick is meant to be paid.
      const tick = document.getElementById(event.target.dataset.payTick || "");
      if (tick && event.target.value.trim()) tick.checked = true;
      follow(form);
    });
    form.addEventListener("change", () => follow(form));
    window.addEventListener("pageshow", () => follow(form));
    follow(form);
  }
})();
