// Counts the time left down; without it the figure stands as it was when the page came.
(function () {
  "use strict";
  document.querySelectorAll("[data-seconds]").forEach(function (place) {
    var end = Date.now() + Number(place.dataset.seconds) * 1000;
    function show() {
      var left = Math.max(0, Math.round((end - Date.now()) / 1000));
      place.textContent = Math.floor(left / 60) + " мин " + String(left % 60).padStart(2, "0") + " с";
      if (left > 0) window.setTimeout(show, 1000);
    }
    show();
  });
})();
