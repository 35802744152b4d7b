// The playground: the request is made anew when what it is made from changes, and sent as it stands.
import { announce, ask, copy, copyButtons, dropsInto, lastOnly, put, settled } from "./common.js";
import { tabs } from "./tabs.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("playground"));
const made = /** @type {HTMLElement} */ (document.getElementById("request"));
const answer = /** @type {HTMLElement} */ (document.getElementById("answer"));
const stale = /** @type {HTMLElement} */ (document.getElementById("stale"));
const makes = lastOnly();
const calls = lastOnly();

/** @param {string} name */
const field = (name) =>
  /** @type {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} */ (
    form.elements.namedItem(name)
  );

/** The parts that were open, so that the next answer opens there too. */
let part = "part-cards";
let isBeside = field("profile").value === "all";

/** Whether the service is this one: any other is called only when somebody says so. */
const isOwn = () => [field("service").dataset.own, ""].includes(field("service").value.trim());

/** The link of the page is the one to hand on; a chart of one's own is in none. */
function keepAddress() {
  const link = document.getElementById("share");
  const url = new URL(link instanceof HTMLAnchorElement ? link.href : location.pathname, location.href);
  const profile = field("profile").value;
  if (link && profile) url.searchParams.set("profile", profile);
  if (link instanceof HTMLAnchorElement) link.href = url.href;
  const as = new URLSearchParams(location.search).get("as");
  if (as) url.searchParams.set("as", as);
  history.replaceState(null, "", url);
}

/** Give the answer its tabs, in the place of headings one below the other. */
function dress() {
  copyButtons(document);
  for (const list of answer.querySelectorAll("[role=tablist]")) {
    if (!(list instanceof HTMLElement)) continue;
    list.hidden = false;
    const isParts = list.id === "parts";
    const last = isParts ? part : `client-${field("profile").value}`;
    const again = list.querySelector(`[aria-controls="${last}"]`);
    if (again) {
      for (const tab of list.children) tab.setAttribute("aria-selected", String(tab === again));
    }
    tabs(list, (id) => {
      if (isParts) part = id;
      else if (!isBeside) field("profile").value = id.replace("client-", "");
    });
    list.addEventListener("click", keepAddress);
    list.addEventListener("keyup", keepAddress);
  }
  const toggle = document.getElementById("beside");
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => beside(!isBeside));
    if (isBeside) beside(true);
  }
}

/** @param {boolean} is all clients beside each other, or one at a time */
function beside(is) {
  isBeside = is;
  const toggle = document.getElementById("beside");
  const list = document.getElementById("clients");
  toggle?.setAttribute("aria-pressed", String(is));
  document.getElementById("all-clients")?.classList.toggle("beside", is);
  if (!list) return;
  list.hidden = is;
  const chosen = list.querySelector("[aria-selected=true]")?.getAttribute("aria-controls");
  for (const one of answer.querySelectorAll(".client")) {
    if (one instanceof HTMLElement) one.hidden = !is && one.id !== chosen;
  }
  field("profile").value = is ? "all" : (chosen ?? "").replace("client-", "");
  keepAddress();
}

async function make() {
  const own = document.getElementById("own-chart");
  const isSample = field("sample").value !== "";
  if (own) own.hidden = isSample;
  if (!isSample && !file.files?.length && !field("chartText").value.trim()) {
    history.replaceState(null, "", location.pathname);
    announce("Choose a FHIR file, or paste one.");
    return false;
  }
  const answered = await makes(form.dataset.request ?? "", { method: "POST", body: new FormData(form) });
  if (!answered) return false;
  put(made, await answered.text());
  keepAddress();
  const problem = made.querySelector(".problem");
  if (problem) announce(problem.textContent ?? "");
  stale.hidden = answer.querySelector("#outcome") === null;
  return problem === null;
}

async function call() {
  answer.setAttribute("aria-busy", "true");
  // What the request was made from stays here; only what is sent goes along.
  const body = new FormData(form);
  for (const name of ["chart", "chartText"]) body.delete(name);
  const sent = field("body").value;
  try {
    const answered = await calls(form.dataset.call ?? "", { method: "POST", body });
    if (!answered) return;
    const focused = answer.contains(document.activeElement) ? document.activeElement?.id : "";
    put(answer, await answered.text());
    // It may have been edited while the answer was on its way.
    stale.hidden = field("body").value === sent;
    dress();
    // Tabs take the focus only now that they are shown.
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const outcome = document.getElementById("outcome");
    announce(outcome?.dataset.says ?? answer.querySelector(".problem")?.textContent ?? "");
  } finally {
    answer.removeAttribute("aria-busy");
  }
}

/** On a phone the answer is below the request. */
async function callAndLook() {
  await call();
  const side = document.getElementById("answer-side");
  if (side && side.getBoundingClientRect().top > innerHeight * 0.6) side.scrollIntoView();
}

async function makeAndCall() {
  if ((await make()) && isOwn()) await call();
}

const soon = settled(makeAndCall, 500);

form.addEventListener("change", (event) => {
  const one = /** @type {HTMLElement} */ (event.target);
  if (one.matches("[data-remake], #chart, #trigger, [name=leave]")) void makeAndCall();
});
form.addEventListener("input", (event) => {
  const one = /** @type {HTMLInputElement} */ (event.target);
  if (one.name === "body") {
    const edited = document.getElementById("edited");
    if (edited) edited.hidden = false;
    stale.hidden = answer.querySelector("#outcome") === null;
  } else if (one.name.startsWith("context.") || one.matches("#chartText, #fhirServer, #fhirToken")) {
    soon();
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const by = event.submitter;
  if (by instanceof HTMLButtonElement && by.value === "make") void make();
  else if (by?.matches("[data-fresh]")) {
    const fresh = document.getElementById("fresh");
    if (fresh instanceof HTMLInputElement) fresh.checked = true;
    void makeAndCall();
  } else void call();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const one = /** @type {HTMLElement} */ (event.target);
  // Enter in a field makes the request; only with Ctrl it is sent.
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    void callAndLook();
  } else if (one instanceof HTMLInputElement && one.type !== "checkbox" && one.type !== "file") {
    event.preventDefault();
    void make();
  }
});

answer.addEventListener("submit", async (event) => {
  const one = event.target;
  if (!(one instanceof HTMLFormElement) || !one.matches("[data-feedback]")) return;
  event.preventDefault();
  const body = new FormData(one, event.submitter);
  body.set("token", field("token").value);
  const told = document.getElementById("told");
  const answered = await ask(one.action, { method: "POST", body });
  if (!told) return;
  const before = [...told.children];
  put(told, await answered.text());
  told.append(...before);
  announce(told.querySelector("strong")?.textContent ?? "");
});

/** @param {string} id @param {() => Promise<boolean>} copies */
function button(id, copies) {
  const one = document.getElementById(id);
  if (!one) return;
  const words = one.textContent;
  one.hidden = false;
  one.addEventListener("click", async () => {
    if (!(await copies())) return;
    one.textContent = "Copied";
    window.setTimeout(() => (one.textContent = words), 1500);
  });
}
button("copy-curl", async () => {
  const body = new FormData(form);
  for (const name of ["chart", "chartText"]) body.delete(name);
  const answered = await ask(form.dataset.curl ?? "", { method: "POST", body });
  if (answered.ok) return copy(await answered.text());
  announce("There is no command: the address of the service cannot be used.");
  return false;
});
button("copy-link", async () => {
  const link = document.getElementById("share");
  if (link instanceof HTMLAnchorElement) return copy(link.href);
  announce("A chart of your own is never put into a link.");
  return false;
});

// A chart may be dropped anywhere.
const file = /** @type {HTMLInputElement} */ (document.getElementById("chart"));
dropsInto(form, file, () => {
  field("sample").value = "";
  void makeAndCall();
});

dress();
