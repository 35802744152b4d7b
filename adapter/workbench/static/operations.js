// Conformance: only the rules that hold all the words, in sections that are open then.
import { announce, settled } from "./common.js";

const words = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-filters]"));
const place = document.getElementById(words?.dataset.filters ?? "");
if (words && place) {
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let many = 0;
    for (const section of /** @type {NodeListOf<HTMLDetailsElement>} */ (place.querySelectorAll("details"))) {
      let left = 0;
      for (const row of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll("tbody tr"))) {
        const text = row.textContent?.toLowerCase() ?? "";
        row.hidden = !wanted.every((word) => text.includes(word));
        if (!row.hidden) left += 1;
      }
      section.hidden = left === 0;
      section.open = wanted.length > 0 && left > 0;
      many += left;
    }
    if (wanted.length) announce(`${many} rules`);
  };
  words.addEventListener("input", settled(filter, 120));
}
