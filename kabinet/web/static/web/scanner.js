// Reads the code of a sign-in with the phone's camera where the browser can; elsewhere the page's words are enough.
"use strict";

const box = document.querySelector("[data-scanner]");

if (box && "BarcodeDetector" in window && navigator.mediaDevices) {
  const button = box.querySelector("button");
  const video = box.querySelector("video");
  const said = box.querySelector("[role=status]");
  box.hidden = false;
  button.addEventListener("click", () => scan(button, video, said));
}

async function scan(button, video, said) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    said.textContent = box.dataset.denied;
    return;
  }
  button.hidden = true;
  video.hidden = false;
  video.srcObject = stream;
  await video.play();
  const address = await read(video, said);
  stream.getTracks().forEach((track) => track.stop());
  location.assign(address);
}

async function read(video, said) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  for (;;) {
    for (const found of await detector.detect(video)) {
      // Only this site's own codes are followed, whatever else is held before the camera.
      if (found.rawValue.startsWith(box.dataset.own)) {
        return found.rawValue;
      }
      said.textContent = box.dataset.foreign;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
