// The intake form works without this. With it: what is wrong is where one is taken to, what is folded
// opens where a link leads into it, and a form that is under way is not sent a second time.

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("intake"));

const wrong = document.getElementById("faults") ?? document.getElementById("problem");
wrong?.focus();

/** @param {string} id */
function unfold(id) {
  const target = document.getElementById(id);
  for (let one = target?.closest("details"); one; one = one.parentElement?.closest("details")) {
    one.open = true;
  }
  target?.focus();
}

for (const link of document.querySelectorAll("#faults a")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    unfold((link.getAttribute("href") ?? "").slice(1));
  });
}

form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// Who comes back to the page may send it: it is the same referral, by its key.
window.addEventListener("pageshow", () => delete form?.dataset.sent);
