// Notices that something changed without loading anything: asks for a mark, and no more than that.

import { ask } from "./common.js";

const MILLISECONDS = 1500;

/**
 * Ask again and again whether something changed, as long as the page is seen.
 * @param {string} url answers 304 as long as nothing changed
 * @param {string} mark of what is shown
 * @param {() => Promise<void>} then called when it changed; the next question waits for it
 */
export function watch(url, mark, then) {
  let known = `"${mark}"`;
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await ask(url, { headers: { "If-None-Match": known }, cache: "no-store" });
        // Signed out, or out of sight: nothing will be told any more.
        if ([401, 403, 404].includes(answer.status)) return;
        const found = answer.headers.get("ETag");
        if (answer.status < 300 && found && found !== known) {
          await then();
          known = found;
        }
      } catch {
        // The service is away for a moment; the next question finds it.
      }
    }
    window.setTimeout(look, MILLISECONDS);
  };
  window.setTimeout(look, MILLISECONDS);
}
