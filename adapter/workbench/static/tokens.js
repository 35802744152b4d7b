// The page of tokens: a key, a token made with it, a token read. Nothing is kept by the browser.
import { announce, ask, copyButtons, put } from "./common.js";

/**
 * Have a form answered in a place of this page.
 * @param {string} id of the form
 * @param {string} into id of the place
 * @param {(place: HTMLElement, answer: Response) => void} [then]
 */
function answers(id, into, then) {
  const form = document.getElementById(id);
  const place = document.getElementById(into);
  if (!(form instanceof HTMLFormElement) || !place) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await ask(form.action, { method: "POST", body: new FormData(form) });
    put(place, await answer.text());
    copyButtons(place);
    then?.(place, answer);
  });
}

/** @param {HTMLElement} place */
function tell(place) {
  const words = [...place.querySelectorAll("h3, .broken strong, .problem, p:has(> .chip)")];
  announce(words.slice(0, 4).map((one) => one.textContent?.trim()).join(" "));
  place.scrollIntoView({ block: "nearest" });
}

/** A token that was made can be read at once. */
function offerToExplain() {
  const button = document.getElementById("explain");
  const form = document.getElementById("decode");
  const token = document.getElementById("token");
  const keys = document.getElementById("keys");
  const endpoint = document.getElementById("endpoint");
  if (!button || !(form instanceof HTMLFormElement) || !(token instanceof HTMLTextAreaElement)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    token.value = document.getElementById("jwt")?.textContent ?? "";
    if (keys instanceof HTMLTextAreaElement) {
      keys.value = document.getElementById("minted-set")?.textContent ?? "";
    }
    if (endpoint instanceof HTMLInputElement) endpoint.value = "";
    form.requestSubmit();
  });
}

copyButtons(document);
offerToExplain();
answers("new-key", "key-pair", () => announce("A new test key."));
answers("mint", "made", (place) => {
  offerToExplain();
  tell(place);
});
answers("decode", "explained", tell);
