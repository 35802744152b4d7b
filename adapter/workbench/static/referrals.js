// The referral board: filters while one types, more rows while one scrolls, and changes of others.

import { announce, ask, lastOnly, put, settled } from "./common.js";
import { watch } from "./live.js";

/** Rows that are loaded anew by themselves; of more, one is told and asks for it. */
const MOST_ROWS = 500;
const FRESH_MILLISECONDS = 8000;

const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const board = /** @type {HTMLElement} */ (document.getElementById("board"));
const rowsAt = form.dataset.rows ?? "";
const latest = lastOnly();
/** Raised with every other list, so that rows of an earlier one are not added to it. */
let turn = 0;
let loading = false;

document.documentElement.classList.add("scripted");

const asked = () => {
  const data = new FormData(form);
  data.delete("csrf");
  return data;
};

const shown = () => [...board.querySelectorAll(".referral")];

/** The address of what is asked for: never the text, which may be a name. */
function address() {
  const url = new URL(location.href);
  const kept = url.searchParams.get("as");
  url.search = "";
  if (kept) url.searchParams.set("as", kept);
  for (const [name, value] of asked()) {
    const usual = name === "text" || (name === "queue" && value === "open") || (name === "sort" && value === "due");
    if (value && !usual) url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * @param {number} [count] of rows
 * @returns {Promise<boolean>} whether the board is another one
 */
async function refresh(count = 0) {
  const data = asked();
  if (count) data.set("count", String(count));
  const answer = await latest(rowsAt, { method: "POST", body: data });
  if (!answer) return false;
  turn += 1;
  put(board, await answer.text());
  watchEnd();
  return answer.ok;
}

async function narrow() {
  history.replaceState(null, "", address());
  if (await refresh()) {
    const total = document.getElementById("found")?.dataset.total ?? "0";
    announce(`${total} ${total === "1" ? "referral" : "referrals"}.`);
  }
}

async function more() {
  const link = document.getElementById("more");
  if (!link || loading) return;
  loading = true;
  const mine = turn;
  try {
    const data = asked();
    data.set("after", link.dataset.after ?? "");
    const answer = await ask(rowsAt, { method: "POST", body: data });
    const html = await answer.text();
    if (mine !== turn) return;
    const had = document.activeElement === link;
    const made = document.createElement("template");
    made.innerHTML = html;
    link.parentElement?.remove();
    for (const one of made.content.querySelectorAll(".referral")) {
      document.getElementById(one.id)?.remove();
    }
    const first = made.content.querySelector("a");
    document.getElementById("rows")?.append(made.content);
    if (had) first?.focus();
    watchEnd();
  } finally {
    loading = false;
  }
}

const atEnd = new IntersectionObserver(
  (seen) => {
    if (seen.some((one) => one.isIntersecting)) void more();
  },
  { rootMargin: "600px" },
);

function watchEnd() {
  atEnd.disconnect();
  const link = document.getElementById("more");
  if (link) atEnd.observe(link);
}

async function changed() {
  const before = new Map(shown().map((one) => [one.id, one.textContent]));
  if (before.size > MOST_ROWS) {
    announce("Referrals have changed. Change the order or a filter to see it.");
    return;
  }
  if (!(await refresh(Math.max(before.size, 50)))) return;
  let number = 0;
  for (const one of shown()) {
    if (before.get(one.id) === one.textContent) continue;
    number += 1;
    one.classList.add("fresh");
    window.setTimeout(() => one.classList.remove("fresh"), FRESH_MILLISECONDS);
  }
  if (number) announce(number === 1 ? "One referral has changed." : `${number} referrals have changed.`);
}

const soon = settled(() => void narrow(), 50);
form.addEventListener("input", (event) => {
  if (/** @type {HTMLElement} */ (event.target).id === "text") soon();
  else void narrow();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void narrow();
});
board.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = /** @type {HTMLElement} */ (event.target).closest("a");
  if (!link) return;
  if (link.dataset.queue) {
    event.preventDefault();
    /** @type {HTMLInputElement} */ (form.elements.namedItem("queue")).value = link.dataset.queue;
    void narrow();
  } else if (link.id === "more") {
    event.preventDefault();
    void more();
  } else if (link.id === "clear") {
    event.preventDefault();
    for (const one of form.querySelectorAll("input:not([type=hidden]), select:not(#sort)")) {
      const field = /** @type {HTMLInputElement | HTMLSelectElement} */ (one);
      field.value = field.id === "urgent" ? "1" : "";
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = false;
    }
    void narrow();
    document.getElementById("text")?.focus();
  }
});

watchEnd();
watch(form.dataset.changes ?? "", board.querySelector("[data-mark]")?.getAttribute("data-mark") ?? "", changed);
