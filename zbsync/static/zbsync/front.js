/* The front page, and that of an act, ask for their own numbers again, unless somebody is doing something with them. */

const front = document.getElementById("front");
const EVERY_MS = Number(front?.dataset.every) || 20000;

let again = 0;

/** Whether the person has text selected, types, or has a menu open: then nothing moves under their hands. */
function busy() {
  const at = document.activeElement;
  const typing = (at && (at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)))
    || [...front.querySelectorAll("input[type=text]")].some((one) => one.value);
  const selection = document.getSelection();
  return document.hidden || typing || (selection && !selection.isCollapsed) || document.querySelector(".zb-menu[open]");
}

/** What must be the same after the exchange: the focused link by its key, and which tables are unfolded. */
function keep() {
  const key = document.activeElement?.dataset?.key;
  const open = [...front.querySelectorAll("details[data-keep]")].map((one) => one.open);
  return () => {
    front.querySelectorAll("details[data-keep]").forEach((one, index) => { one.open = open[index] ?? false; });
    if (key) [...front.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus({ preventScroll: true });
  };
}

function tellStale() {
  const fresh = document.getElementById("front-fresh");
  if (!fresh || fresh.classList.contains("zb-stale")) return;
  fresh.classList.add("zb-stale");
  fresh.firstChild.textContent = `${fresh.dataset.stale} `;
}

async function refresh() {
  if (busy()) return;
  try {
    const answer = await fetch(front.dataset.part, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = await answer.text();
    if (busy()) return;
    const restore = keep();
    front.innerHTML = page;
    restore();
    if (front.querySelector("[data-ended]")) clearInterval(again);
  } catch {
    tellStale();
  }
}

if (front) {
  again = setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("zb:refresh", refresh);
}
