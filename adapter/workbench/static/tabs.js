// Tabs, by the pattern of the ARIA Authoring Practices: arrows move, only the chosen one is in the
// tab order. <div role=tablist> holds buttons with role=tab and aria-controls.

/**
 * @param {HTMLElement} list
 * @param {(id: string) => void} [chosen] told of the panel's id
 */
export function tabs(list, chosen) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  const choose = (/** @type {HTMLElement} */ one, /** @type {boolean} */ focus) => {
    for (const tab of all) {
      const is = tab === one;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !is;
    }
    if (focus) one.focus();
    chosen?.(one.getAttribute("aria-controls") ?? "");
  };
  list.addEventListener("click", (event) => {
    const one = /** @type {HTMLElement} */ (event.target).closest("[role=tab]");
    if (one instanceof HTMLElement) choose(one, false);
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(all[(to + all.length) % all.length], true);
  });
  choose(all.find((one) => one.getAttribute("aria-selected") === "true") ?? all[0], false);
}
