// Starts the proof of work of ui/captcha.html. Its files are ours, so the strict Content-Security-Policy holds.
"use strict";
for (const place of document.querySelectorAll("[data-captcha]")) {
  const { captcha, worker, script, ...words } = place.dataset;
  import(script).then(() => {
    globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker));
    globalThis.$altcha.i18n.set("ru", { ...globalThis.$altcha.i18n.get("ru"), ...words });
    const widget = document.createElement("altcha-widget");
    widget.setAttribute("name", "captcha");
    widget.setAttribute("language", "ru");
    place.append(widget);
    widget.configure({
      challenge: JSON.parse(captcha),
      auto: "onload",
      hideLogo: true,
      hideFooter: true,
      humanInteractionSignature: false,
    });
  });
}
