/* The editor of a draft: results and errors follow what is typed. The answer is made by the server, as without it. */

const WAIT_MS = 350;
const form = document.getElementById("draft");
let timer = 0;
let asked = 0;

/** Put the parts of the answer where they belong; what has the focus is never replaced. */
function place(page) {
  const answer = new DOMParser().parseFromString(page, "text/html");
  for (const part of answer.querySelectorAll("[data-part]")) {
    const here = document.getElementById(part.dataset.part);
    if (here && here.innerHTML.trim() !== part.innerHTML.trim()) here.innerHTML = part.innerHTML;
  }
  for (const error of document.querySelectorAll(".zb-rule__error")) {
    const field = document.querySelector(`[aria-describedby~="${error.id}"]`);
    if (field) field.toggleAttribute("aria-invalid", Boolean(error.textContent.trim()));
  }
}

async function ask() {
  const mine = ++asked;
  const said = new FormData(form);
  said.set("_try", "1");
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.results, { method: "POST", body: said, credentials: "same-origin", redirect: "error" });
    const page = answer.ok ? await answer.text() : "";
    if (mine !== asked || !page) return;
    place(page);
    const status = document.getElementById("tried");
    status.textContent = status.dataset.said;
  } catch {
    /* the button "Try without saving" says what is wrong */
  } finally {
    if (mine === asked) form.removeAttribute("aria-busy");
  }
}

function add() {
  const total = form.querySelector("[name=rules-TOTAL_FORMS]");
  const empty = document.getElementById("empty-rule").innerHTML.replaceAll("__prefix__", total.value);
  document.getElementById("rules").insertAdjacentHTML("beforeend", empty);
  total.value = String(Number(total.value) + 1);
  document.querySelector("#rules > fieldset:last-of-type select").focus();
}

if (form) {
  const later = () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); };
  form.addEventListener("input", (event) => { if (!event.isComposing) later(); });
  form.addEventListener("change", later);
  const button = document.getElementById("add-rule");
  button.hidden = false;
  button.addEventListener("click", add);
}
