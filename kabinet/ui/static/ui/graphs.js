// Values of the touched or focused month in a graph's legend; without this file the legend holds the totals.
"use strict";
(() => {
  const svg = "http://www.w3.org/2000/svg";

  const start = (plot) => {
    if (plot.dataset.ready) return;
    plot.dataset.ready = "yes";
    const graph = plot.closest(".kb-graph");
    const months = graph.dataset.months.split("|");
    const drawn = graph.querySelector(".kb-drawn");
    const when = graph.querySelector("[data-when]");
    const values = [...graph.querySelectorAll("[data-values]")];
    const totals = [when, ...values].map((place) => place.textContent);
    const mark = document.createElementNS(svg, "rect");
    mark.setAttribute("class", "kb-mark");
    mark.setAttribute("height", "100%");
    mark.setAttribute("width", `${100 / months.length}%`);
    let shown = -1;

    const show = (number) => {
      if (number === shown) return;
      shown = number;
      mark.setAttribute("x", `${(100 / months.length) * number}%`);
      drawn.prepend(mark);
      when.textContent = months[number];
      for (const place of values) place.textContent = place.dataset.values.split("|")[number];
    };
    const forget = () => {
      if (shown < 0) return;
      shown = -1;
      mark.remove();
      [when, ...values].forEach((place, number) => (place.textContent = totals[number]));
    };
    const under = (event) => {
      const box = drawn.getBoundingClientRect();
      const number = Math.floor(((event.clientX - box.left) / box.width) * months.length);
      show(Math.max(0, Math.min(number, months.length - 1)));
    };

    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", drawn.getAttribute("aria-label"));
    graph.querySelector("figcaption").setAttribute("aria-live", "polite");
    plot.addEventListener("pointermove", under);
    plot.addEventListener("pointerdown", under);
    plot.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== plot) forget();
    });
    plot.addEventListener("focus", () => {
      if (plot.matches(":focus-visible")) show(shown < 0 ? months.length - 1 : shown);
    });
    plot.addEventListener("blur", forget);
    plot.addEventListener("keydown", (event) => {
      const last = months.length - 1;
      const to = { ArrowLeft: shown - 1, ArrowRight: shown + 1, Home: 0, End: last }[event.key];
      if (event.key === "Escape") forget();
      if (to === undefined) return;
      event.preventDefault();
      show(Math.max(0, Math.min(to, last)));
    });
  };

  const startAll = () => document.querySelectorAll(".kb-graph .kb-plot").forEach(start);
  document.addEventListener("htmx:afterSwap", startAll);
  startAll();
})();
