// What the scripts of several pages share. Plain modules, no build; types are in JSDoc (tsc checks).

/** So long after somebody last did something a page asks for nobody. */
const ATTENDED_MILLISECONDS = 10_000;

let attended = Date.now();
for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
  addEventListener(kind, () => (attended = Date.now()), { capture: true, passive: true });
}

/** The session's token; another one after signing in again. */
const csrf = () => document.querySelector("meta[name=csrf]")?.getAttribute("content") ?? "";

/**
 * Ask the service for a part of a page, or for data. An error answer is returned too: its text is a
 * part of a page that says what was wrong. Where the session has ended (401) the document hears of
 * it by an event, `signed-out`.
 * @param {string | URL} url of this service
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function ask(url, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("X-Fragment", "1");
  if (csrf()) headers.set("X-CSRF-Token", csrf());
  // What a page asks by itself keeps nobody signed in.
  if (Date.now() - attended > ATTENDED_MILLISECONDS) headers.set("X-Unattended", "1");
  const answer = await fetch(url, { ...options, headers, credentials: "same-origin" });
  if (answer.status === 401) document.dispatchEvent(new Event("signed-out"));
  return answer;
}

/**
 * A function that asks, of which only the last call counts: an earlier one that is still under way
 * is given up.
 * @returns {(url: string | URL, options?: RequestInit) => Promise<Response | null>} null: given up
 */
export function lastOnly() {
  /** @type {AbortController | null} */
  let under = null;
  return async (url, options = {}) => {
    under?.abort();
    const mine = (under = new AbortController());
    try {
      const answer = await ask(url, { ...options, signal: mine.signal });
      // All of it, as it may be given up in the middle too.
      const body = answer.status === 204 ? null : await answer.blob();
      return under === mine ? new Response(body, answer) : null;
    } catch (fault) {
      if (mine.signal.aborted) return null;
      throw fault;
    }
  };
}

/**
 * Put a part of a page that the service rendered in the place of what is in an element. What was
 * open stays open (`details` with an id) and the focus stays (elements with an id).
 * @param {Element} place
 * @param {string} html from this service only: it has escaped what is somebody else's
 */
export function put(place, html) {
  const open = new Set([...place.querySelectorAll("details[id][open]")].map((one) => one.id));
  const focused = place.contains(document.activeElement) ? document.activeElement?.id : "";
  const made = document.createElement("template");
  made.innerHTML = html;
  for (const one of made.content.querySelectorAll("details[id]")) {
    if (open.has(one.id)) one.setAttribute("open", "");
  }
  place.replaceChildren(made.content);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/**
 * Say something to who does not see the page change.
 * @param {string} text
 */
export function announce(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

/**
 * Let files be dropped into a form's file input.
 * @param {HTMLElement} zone
 * @param {HTMLInputElement} input
 * @param {() => void} then
 */
export function dropsInto(zone, input, then) {
  const over = (/** @type {boolean} */ is) => zone.classList.toggle("over", is);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    then();
  });
}

/**
 * Wait until nothing was called for so long, then call once.
 * @template {unknown[]} A
 * @param {(...given: A) => void} what
 * @param {number} milliseconds
 * @returns {(...given: A) => void}
 */
export function settled(what, milliseconds) {
  /** @type {number | undefined} */
  let timer;
  return (...given) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => what(...given), milliseconds);
  };
}

/**
 * Copy text, and say so.
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied.");
    return true;
  } catch {
    announce("The browser did not allow copying; select the text instead.");
    return false;
  }
}

/**
 * Have buttons with `data-copies` copy the text of the element of that id; they are shown then, as
 * without scripts they would do nothing.
 * @param {ParentNode} place
 */
export function copyButtons(place) {
  for (const one of place.querySelectorAll("button[data-copies]")) {
    if (!(one instanceof HTMLButtonElement) || !one.hidden) continue;
    one.hidden = false;
    one.addEventListener("click", async () => {
      const what = document.getElementById(one.dataset.copies ?? "");
      const text = what instanceof HTMLTextAreaElement ? what.value : what?.textContent;
      if (!(await copy(text ?? ""))) return;
      const words = one.textContent;
      one.textContent = "Copied";
      window.setTimeout(() => (one.textContent = words), 1500);
    });
  }
}
