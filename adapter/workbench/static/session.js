// A session that ends while somebody works: says so before, and keeps what is on the page.
// Signing in again happens in a window of its own; this page then has the new session's token.

import { announce, ask } from "./common.js";

const place = /** @type {HTMLElement} */ (document.getElementById("session"));

/** Told so long before the end; a short session is told of when half of it is over. */
const WARN_SECONDS = Math.min(120, Number(place.dataset.seconds) / 2);
/** A form that is sent so soon after the page was loaded is sent without asking first. */
const FRESH_MILLISECONDS = Math.min(20_000, Number(place.dataset.seconds) * 500);

let heard = Date.now();
/** @type {number | undefined} */
let timer;

/** @typedef {{user: string, csrf: string, seconds: number}} State */

/**
 * What the service knows of the session.
 * @returns {Promise<State | null>} null: it has ended
 */
async function look() {
  const answer = await ask(place.dataset.state ?? "", { cache: "no-store" });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  heard = Date.now();
  return answer.json();
}

/**
 * Show something about the session.
 * @param {string} words
 * @param {HTMLElement[]} controls
 */
function tell(words, ...controls) {
  const said = document.createElement("p");
  said.append(words, ...controls.flatMap((one) => [" ", one]));
  said.className = "problem";
  place.replaceChildren(said);
}

function tellEnded() {
  window.clearTimeout(timer);
  if (place.dataset.told === "ended") return;
  place.dataset.told = "ended";
  const link = document.createElement("a");
  link.href = place.dataset.form ?? "";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "Sign in again in a new window";
  tell("You are signed out. What you entered is still on this page.", link);
}

/** @param {number} seconds */
function warn(seconds) {
  const stay = document.createElement("button");
  stay.type = "button";
  stay.className = "quiet";
  stay.textContent = "Stay signed in";
  stay.addEventListener("click", () => void refresh("You stay signed in."));
  place.dataset.told = "warned";
  tell(`You are signed out in ${words(seconds)} unless you do something here.`, stay);
}

/** @param {number} seconds */
const words = (seconds) =>
  seconds > 90 ? `${Math.round(seconds / 60)} minutes` : `${Math.max(1, Math.round(seconds))} seconds`;

/** @param {number} seconds that are left */
function wait(seconds) {
  window.clearTimeout(timer);
  const pause = seconds > WARN_SECONDS ? seconds - WARN_SECONDS : seconds;
  timer = window.setTimeout(() => void check(), (pause + 0.2) * 1000);
}

async function check() {
  try {
    const state = await look();
    if (state === null) return tellEnded();
    if (state.seconds <= WARN_SECONDS) warn(state.seconds);
    else clear();
    wait(state.seconds);
  } catch {
    wait(WARN_SECONDS + 10);
  }
}

function clear() {
  delete place.dataset.told;
  place.replaceChildren();
}

/**
 * See who is signed in now, and take the session's token.
 * @param {string} said when it is who was here before
 * @returns {Promise<boolean>} whether it is
 */
async function refresh(said) {
  const state = await look();
  if (state === null) {
    tellEnded();
    return false;
  }
  if (state.user !== place.dataset.user) {
    tell("Somebody else is signed in now. Load this page again to go on as them.");
    return false;
  }
  document.querySelector("meta[name=csrf]")?.setAttribute("content", state.csrf);
  for (const field of document.querySelectorAll("input[name=csrf]")) {
    if (field instanceof HTMLInputElement) field.value = state.csrf;
  }
  clear();
  if (state.seconds <= WARN_SECONDS) {
    tell(`This session ends in ${words(state.seconds)} whatever you do; finish and sign in again.`);
  } else if (said) announce(said);
  wait(state.seconds);
  return true;
}

document.addEventListener("signed-out", tellEnded);

new BroadcastChannel("ecm-session").addEventListener("message", () => {
  void refresh("You are signed in again. Repeat what you did last.");
});

// A form that no script sends: the page would be gone before anybody knows that it was refused.
window.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  const isFresh = !place.dataset.told && Date.now() - heard < FRESH_MILLISECONDS;
  if (form.classList.contains("visitor") || isFresh) return;
  event.preventDefault();
  let may = true;
  try {
    may = await refresh("");
  } catch {
    // The service does not answer; the browser will say so.
  }
  if (!may) return place.scrollIntoView();
  heard = Date.now();
  form.requestSubmit(event.submitter);
});

wait(Number(place.dataset.seconds));
