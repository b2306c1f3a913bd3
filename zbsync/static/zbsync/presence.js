/* Who else has this decision screen open: told to the server now and then, and shown beside the name. */

const EVERY_MS = 15000;
const desk = () => document.querySelector("[data-presence]");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

function said(leaving) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token());
  if (leaving) body.set("leaving", "1");
  return body;
}

async function show() {
  const screen = desk();
  if (!screen || document.hidden) return;
  try {
    const answer = await fetch(screen.dataset.presence, { method: "POST", body: said(false), redirect: "error" });
    if (!answer.ok) return;
    const { others } = await answer.json();
    const box = document.getElementById("zb-others");
    if (!box || desk() !== screen) return;
    box.hidden = !others;
    box.textContent = others;
  } catch { /* it is a courtesy: the next one will tell */ }
}

setInterval(show, EVERY_MS);
document.addEventListener("zb:arrived", show);
addEventListener("pagehide", () => { if (desk()) navigator.sendBeacon(desk().dataset.presence, said(true)); });
show();
