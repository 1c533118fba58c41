// Coming in by the device's own lock: a fingerprint, a face, a PIN. Without this file the pages show the other ways.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const create = async ({ publicKey }) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...publicKey,
        challenge: bytes(publicKey.challenge),
        user: { ...publicKey.user, id: bytes(publicKey.user.id) },
        excludeCredentials: known(publicKey.excludeCredentials),
      },
    });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      clientExtensionResults: made.getClientExtensionResults(),
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
      },
    };
  };

  const get = async ({ publicKey }) => {
    const shown = await navigator.credentials.get({
      publicKey: {
        ...publicKey,
        challenge: bytes(publicKey.challenge),
        allowCredentials: known(publicKey.allowCredentials),
      },
    });
    const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
    return {
      id: shown.id,
      rawId: text(shown.rawId),
      type: shown.type,
      clientExtensionResults: shown.getClientExtensionResults(),
      response: {
        clientDataJSON: text(clientDataJSON),
        authenticatorData: text(authenticatorData),
        signature: text(signature),
        ...(userHandle ? { userHandle: text(userHandle) } : {}),
      },
    };
  };

  const asked = async (form) => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    const answer = await fetch(form.dataset.passkey, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    return get(await answer.json());
  };

  const prepare = (form, answer) => {
    const problem = form.querySelector("[data-problem]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.textContent = "";
      try {
        form.elements.credential.value = JSON.stringify(await answer());
        form.submit();
      } catch {
        // Whoever changed their mind and a device that has no key look the same from here.
        problem.textContent = problem.dataset.problem;
      }
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    prepare(form, () => asked(form));
    form.hidden = false;
  }
  for (const form of document.querySelectorAll("form[data-passkey-options]")) {
    prepare(form, () => create(JSON.parse(form.dataset.passkeyOptions)));
  }
  for (const part of document.querySelectorAll("[data-passkey-shown]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-passkey-hidden]")) part.hidden = true;

  // Offered only where the device itself can do it, not where somebody would need a key on a keyring.
  const offer = document.querySelector("[data-passkey-offer]");
  if (offer) {
    PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((can) => {
      offer.hidden = !can;
    });
  }
})();
