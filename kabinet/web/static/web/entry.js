// Showing the password, a word on its strength, and clocks that run. The pages do their job without this file.
"use strict";
(() => {
  for (const input of document.querySelectorAll("input[data-reveal]")) {
    const around = document.createElement("span");
    const button = document.createElement("button");
    around.className = "kb-reveal";
    button.type = "button";
    button.setAttribute("aria-controls", input.id);
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? input.dataset.conceal : input.dataset.reveal;
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => show(input.type === "password"));
    // Sent hidden, so that the browser offers to keep it.
    input.form.addEventListener("submit", () => show(false));
    // A field that is moved loses the focus that the page has just given it.
    const wasHere = document.activeElement === input;
    input.before(around);
    around.append(input, button);
    show(false);
    if (wasHere) input.focus();
  }

  const judge = (text, words) => {
    const left = Number(words.strengthLeast) - [...text].length;
    if (left > 0) return ["weak", `${words.strengthShort} ${left}`];
    const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(text)).length;
    const various = new Set(text.toLowerCase()).size;
    if (various < 5) return ["weak", words.strengthPlain];
    if (text.length >= 16 || (kinds >= 3 && various >= 9)) return ["good", words.strengthGood];
    return ["fair", words.strengthFair];
  };
  for (const input of document.querySelectorAll("input[data-strength-good]")) {
    const told = document.createElement("p");
    told.className = "kb-strength";
    told.setAttribute("aria-live", "polite");
    input.parentElement.after(told);
    input.addEventListener("input", () => {
      // What was wrong with the password before says nothing of the one that is typed now.
      const field = input.closest(".kb-field");
      field.querySelector(".kb-error")?.setAttribute("hidden", "");
      field.classList.remove("bad");
      const [level, words] = input.value ? judge(input.value, input.dataset) : ["", ""];
      told.dataset.level = level;
      told.textContent = words;
    });
  }

  const written = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    const rest = seconds % 60;
    return `${minutes}:${String(rest).padStart(2, "0")}`;
  };
  const clocks = [...document.querySelectorAll("[data-countdown]")].map((place) => ({
    place,
    // By the clock on the wall: the other one stands still while a telephone sleeps.
    end: Date.now() + Number(place.dataset.countdown) * 1000,
  }));
  const tick = () => {
    for (const { place, end } of clocks) {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      place.textContent = left ? written(left) : place.dataset.over;
      const pause = place.closest("[data-until-resend]");
      if (pause && !left) pause.hidden = true;
      const line = left ? null : place.closest("[data-over-line]");
      if (line) line.textContent = line.dataset.overLine;
    }
  };
  if (clocks.length) setInterval(tick, 1000);

  // A code that comes by SMS fills itself in where the browser asks whether it may (Web OTP); pressing stays with people.
  const awaited = document.querySelector("input[data-sms]");
  if (awaited && "OTPCredential" in window) {
    const given = new AbortController();
    awaited.form.addEventListener("submit", () => given.abort());
    navigator.credentials
      .get({ otp: { transport: ["sms"] }, signal: given.signal })
      .then((sms) => {
        awaited.value = sms.code;
        awaited.form.querySelector("[type=submit]").focus();
      })
      .catch(() => {});
  }

  // What another device has just allowed goes on by itself; without this there is a button.
  const goOn = () => document.querySelector("form[data-at-once]")?.submit();
  document.addEventListener("htmx:afterSettle", goOn);
  goOn();
})();
