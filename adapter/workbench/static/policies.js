// The policy browser: the search answers while one types, an address opens what it names, and on
// paper nothing is folded.
import { announce, lastOnly, put, settled } from "./common.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("search"));
const found = document.getElementById("found");
if (form && found) {
  const ask = lastOnly();
  const look = settled(async () => {
    const fields = new URLSearchParams(
      /** @type {[string, string][]} */ ([...new FormData(form)].filter(([, value]) => value !== "")),
    );
    const url = new URL(form.action);
    url.search = fields.toString();
    const answer = await ask(url);
    if (!answer) return;
    put(found, await answer.text());
    history.replaceState(null, "", url);
    announce(found.querySelector("h2")?.textContent ?? "");
  }, 200);
  form.addEventListener("input", () => look());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
}

function reveal() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = named?.closest("details");
  if (folded) folded.open = true;
  if (named) {
    named.focus({ preventScroll: true });
    named.scrollIntoView({ block: "center" });
  }
}
window.addEventListener("hashchange", reveal);
if (location.hash) reveal();

/** @type {HTMLDetailsElement[]} */
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("main details:not([open])")]);
  for (const one of unfolded) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of unfolded) one.open = false;
});
