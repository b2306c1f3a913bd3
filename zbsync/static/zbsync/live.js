/* Asks the ERP without leaving the page. Without this file the same link opens the page with the answer in it. */

async function ask(link, box) {
  box.setAttribute("aria-busy", "true");
  link.textContent = link.dataset.wait;
  try {
    const answer = await fetch(link.dataset.live, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    box.outerHTML = await answer.text();
    document.querySelector("[data-live-box] a[data-live]")?.focus({ preventScroll: true });
  } catch {
    location.href = link.href;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-live]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const box = link.closest("[data-live-box]");
  if (box.getAttribute("aria-busy") !== "true") ask(link, box);
});
