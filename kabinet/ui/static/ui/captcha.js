// Starts the proof of work of ui/captcha.html. Its files are ours, so the strict Content-Security-Policy holds.
"use strict";
// Where the work cannot be done (an old browser, a page without TLS), the way for browsers without scripts is left.
function giveWay(place) {
  place.parentElement.querySelector(".kb-captcha-off").classList.add("kb-captcha-on");
  place.remove();
}
for (const place of document.querySelectorAll("[data-captcha]")) {
  const { captcha, worker, script, ...words } = place.dataset;
  import(script).then(() => {
    globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker));
    globalThis.$altcha.i18n.set("ru", { ...globalThis.$altcha.i18n.get("ru"), ...words });
    const widget = document.createElement("altcha-widget");
    widget.addEventListener("statechange", (event) => event.detail.state === "error" && giveWay(place));
    widget.setAttribute("name", "captcha");
    widget.setAttribute("language", "ru");
    widget.setAttribute("auto", "onload");
    const challenge = JSON.parse(captcha);
    const plain = { hideLogo: true, hideFooter: true, humanInteractionSignature: false };
    widget.setAttribute("configuration", JSON.stringify({ challenge, ...plain }));
    place.append(widget);
  }).catch(() => giveWay(place));
}
