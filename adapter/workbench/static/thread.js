// One referral: what others do with it appears by itself, and what one is filling in stays.

import { announce, ask, put } from "./common.js";
import { watch } from "./live.js";

const page = /** @type {HTMLElement} */ (document.getElementById("referral"));

/** @param {Element} part */
const isTouched = (part) =>
  [...part.querySelectorAll("input:not([type=hidden]), select, textarea")].some((one) => {
    if (one instanceof HTMLInputElement) {
      return ["checkbox", "radio"].includes(one.type) ? one.checked !== one.defaultChecked : one.value !== one.defaultValue;
    }
    if (one instanceof HTMLTextAreaElement) return one.value !== one.defaultValue;
    return [.../** @type {HTMLSelectElement} */ (one).options].some((option) => option.selected !== option.defaultSelected) && one === document.activeElement;
  });

async function changed() {
  const answer = await ask(page.dataset.page ?? "");
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  if (!answer.ok) return;
  let kept = false;
  for (const fresh of made.content.querySelectorAll("[data-part]")) {
    const name = fresh.getAttribute("data-part");
    const old = page.querySelector(`[data-part="${name}"]`);
    if (!old || old.innerHTML === fresh.innerHTML) continue;
    if (name === "steps" && isTouched(old)) {
      kept = true;
      if (!old.querySelector(".notice")) {
        const notice = document.createElement("p");
        notice.className = "notice";
        notice.textContent = "This referral has changed while you were at it. See below what happened before you go on.";
        old.prepend(notice);
      }
      continue;
    }
    old.className = fresh.className;
    put(old, fresh.innerHTML);
  }
  const now = page.querySelector(".standing")?.textContent?.replace(/\s+/g, " ").trim() ?? "";
  announce(kept ? "The referral has changed while you were at it." : `The referral has changed: ${now}`);
}

watch(page.dataset.changes ?? "", page.dataset.mark ?? "", changed);
