// A chart and what is asked of it: every change asks again, and the answer takes the place of the
// last one. The chart stays in this page: a file in memory, sent along with each question.
import { announce, ask, copy, dropsInto, put, settled } from "./common.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("ask"));
const result = document.getElementById("result");
const chooser = /** @type {HTMLInputElement} */ (document.getElementById("chart"));
const zone = /** @type {HTMLElement} */ (document.getElementById("drop"));

const WORDS = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

if (result) evaluated(result);
dropsInto(zone, chooser, anotherChart);
chooser.addEventListener("change", () => chooser.files?.length && anotherChart());

/** A new chart is a new question about whoever it is about; plan and day stay. */
function anotherChart() {
  for (const name of ["chart-text", "held", "patient"]) document.getElementById(name)?.remove();
  form.querySelector("input[name=sample]")?.remove();
  if (result) result.replaceChildren();
  const size = chooser.files?.[0]?.size ?? 0;
  if (size > 20 * 1024 * 1024) {
    chooser.value = "";
    say("The file is larger than 20 MB. Take the records of one member out of it, or use ecm evaluate.");
    return;
  }
  form.requestSubmit();
}

/** @param {string} words what is wrong */
function say(words) {
  const said = document.createElement("p");
  said.className = "problem";
  said.setAttribute("role", "alert");
  said.textContent = words;
  (result ?? zone).prepend(said);
}

/** @param {HTMLElement} place where the answer is */
function evaluated(place) {
  holdChart();
  const day = input("day");
  const asOf = input("asOf");
  const slide = /** @type {HTMLElement} */ (document.getElementById("slide"));
  const words = /** @type {HTMLElement} */ (document.getElementById("day-words"));
  const again = /** @type {HTMLElement} */ (document.getElementById("again"));
  slide.hidden = false;
  again.hidden = true;

  /** Put the slider where the date is; a day outside makes a new span around it. */
  const follow = () => {
    let at = daysBetween(slide.dataset.first ?? "", asOf.value);
    if (at < 0 || at > Number(day.max)) {
      slide.dataset.first = shifted(asOf.value, -730);
      at = 730;
    }
    day.value = String(at);
    tell();
  };
  const tell = () => {
    words.textContent = inWords(asOf.value);
    day.setAttribute("aria-valuetext", words.textContent);
  };

  day.addEventListener("input", () => {
    asOf.value = shifted(slide.dataset.first ?? "", Number(day.value));
    tell();
    update();
  });
  document.getElementById("to-today")?.addEventListener("click", () => {
    asOf.value = slide.dataset.today ?? asOf.value;
    follow();
    update();
  });
  form.addEventListener("change", (event) => {
    const changed = /** @type {HTMLInputElement} */ (event.target);
    // Whom one asks about is a new question, which a button asks.
    if (changed === day || changed.type === "file" || ["", "patient"].includes(changed.name)) return;
    if (changed === asOf) {
      if (!asOf.value) return;
      follow();
    }
    update();
  });
  form.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (button === again) {
      event.preventDefault();
      update();
    }
    if (button?.name === "jump") {
      event.preventDefault();
      asOf.value = button.value;
      if (asOf.value < "2022-01-01") {
        input("policyDate").value = slide.dataset.today ?? "";
        input("more").toggleAttribute("open", true);
      }
      follow();
      update();
    }
  });

  place.addEventListener("toggle", opened, true);
  place.addEventListener("click", (event) => {
    const clicked = /** @type {HTMLElement} */ (event.target);
    const link = clicked.closest("[data-opens]");
    if (link instanceof HTMLElement) {
      event.preventDefault();
      show(link.dataset.opens ?? "");
    }
    const copying = clicked.closest("[data-copies]");
    if (copying instanceof HTMLElement) {
      copy(document.getElementById(copying.dataset.copies ?? "")?.textContent ?? "");
    }
  });

  let busy = false;
  let asked = false;

  /** Ask with what the form says now; while an answer is under way, once more after it. */
  async function update() {
    asked = true;
    if (busy) return;
    busy = true;
    try {
      while (asked) {
        asked = false;
        const answer = await ask(form.dataset.result ?? "", { method: "POST", body: question() });
        const html = await answer.text();
        put(place, html);
        fetchOpened();
      }
      told();
      remember();
    } catch {
      put(place, "");
      say("The service did not answer, or the file has changed since. Choose it again.");
    } finally {
      busy = false;
    }
  }

  const told = settled(() => {
    const said = document.getElementById("answer") ?? place.querySelector(".problem");
    announce(`${inWords(asOf.value)}: ${said?.textContent ?? ""}`);
  }, 500);
}

/** The form, and which reasons are open. */
function question() {
  const data = new FormData(form);
  for (const one of document.querySelectorAll("details[data-population][open]")) {
    data.append("open", /** @type {HTMLElement} */ (one).dataset.population ?? "");
  }
  return data;
}

/** Keep a chart that came with the page as a file, which is sent as it is. */
function holdChart() {
  const text = document.getElementById("chart-text");
  if (!(text instanceof HTMLTextAreaElement)) return;
  const held = document.createElement("input");
  held.type = "file";
  held.name = "chart";
  held.id = "held";
  held.hidden = true;
  const files = new DataTransfer();
  files.items.add(new File([text.value], "chart.json", { type: "application/json" }));
  held.files = files.files;
  text.replaceWith(held);
}

/** @param {Event} event of a `details` */
function opened(event) {
  const one = event.target;
  if (one instanceof HTMLDetailsElement && one.open) fetchReasons(one);
}

function fetchOpened() {
  for (const one of document.querySelectorAll("details[data-population][open]")) {
    fetchReasons(/** @type {HTMLDetailsElement} */ (one));
  }
}

/** @param {HTMLDetailsElement} row whose reasons may not be there yet */
async function fetchReasons(row) {
  const place = row.querySelector(".ev-reasons");
  if (!row.dataset.population || !place || place.querySelector(".ev-trace")) return;
  const data = question();
  data.set("population", row.dataset.population);
  const answer = await ask(form.dataset.trace ?? "", { method: "POST", body: data });
  put(place, await answer.text());
}

/** @param {string} id of a `details` to open and go to */
async function show(id) {
  const one = document.getElementById(id);
  if (!(one instanceof HTMLDetailsElement)) return;
  one.open = true;
  await fetchReasons(one);
  one.scrollIntoView({ block: "nearest" });
  one.querySelector("summary")?.focus();
}

/** The address says what is asked, and of an invented member whom; never a chart or an answer. */
const remember = settled(() => {
  const address = new URL(location.href);
  const said = new FormData(form);
  for (const name of ["sample", "plan", "asOf", "policyDate", "complete"]) {
    address.searchParams.delete(name);
    for (const value of said.getAll(name)) if (value) address.searchParams.append(name, String(value));
  }
  history.replaceState(null, "", address);
}, 300);

/** @param {string} day as 2026-01-31 @param {number} by days */
function shifted(day, by) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + by);
  return moved.toISOString().slice(0, 10);
}

/** @param {string} first @param {string} last */
function daysBetween(first, last) {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / 86_400_000);
}

/** @param {string} day as 2026-01-31, as the service writes days for people */
function inWords(day) {
  return WORDS.format(new Date(`${day}T00:00:00Z`));
}
