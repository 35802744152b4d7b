// The page of a CDS service: its CORS test, the test in this browser, vendor sheets.
import { announce, ask, copyButtons, put } from "./common.js";
import { tabs } from "./tabs.js";

copyButtons(document);
const vendors = document.getElementById("vendors");
if (vendors) tabs(vendors);

const form = document.getElementById("cors");
const result = document.getElementById("cors-result");
if (form instanceof HTMLFormElement && result) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    announce("Testing.");
    result.setAttribute("aria-busy", "true");
    const answer = await ask(form.action, { method: "POST", body: new FormData(form) });
    put(result, await answer.text());
    result.setAttribute("aria-busy", "false");
    copyButtons(result);
    announce(result.querySelector("h3, .problem")?.textContent ?? "");
  });
}

const here = document.getElementById("here");
const said = document.getElementById("here-said");
if (here && said) {
  here.hidden = false;
  here.addEventListener("click", async () => {
    const started = performance.now();
    let words;
    try {
      const answer = await fetch(here.dataset.url ?? "", { cache: "no-store" });
      const found = await answer.json();
      const took = Math.round(performance.now() - started);
      words =
        `✓ This browser, on a page of ${location.origin}, read ${found.services.length} services ` +
        `in ${took} ms (status ${answer.status}). This page is of the service’s own origin, so no leave is needed.`;
    } catch (fault) {
      words = `✗ This browser could not read discovery: ${fault}`;
    }
    said.textContent = words;
    said.hidden = false;
    announce(words);
  });
}
