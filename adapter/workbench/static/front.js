// The first page: a file that is dropped anywhere is evaluated.
import { dropsInto } from "./common.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("drop"));
const chart = /** @type {HTMLInputElement} */ (document.getElementById("chart"));
dropsInto(form, chart, () => form.requestSubmit());
chart.addEventListener("change", () => chart.files?.length && form.requestSubmit());
