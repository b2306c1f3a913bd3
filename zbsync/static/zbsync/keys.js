/* What key a person meant, and the small windows that the keyboard opens. Used by review.js; knows no page. */

const EDITABLE = /^(INPUT|SELECT|TEXTAREA)$/;
const QUIET = /^(checkbox|radio|button|submit)$/;

/** The letter of a key press outside text; "" for anything else: an input method at work, a shortcut, a text field. */
export function meant(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return "";
  const at = event.target;
  if (at.isContentEditable || (EDITABLE.test(at.tagName) && !QUIET.test(at.type))) return event.key === "Escape" ? "Escape" : "";
  // An input method that is switched on reports "Process" even where nothing can be typed: the place of the key tells.
  if (event.key === "Process" || event.keyCode === 229) return /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : "";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

let timer;

/** Say what happened, for eyes and for screen readers; what went wrong stays until the next word. */
export function tell(text, { bad = false, url = "" } = {}) {
  const box = document.getElementById("zb-told");
  if (!box) return;
  clearTimeout(timer);
  box.textContent = text;
  if (url) {
    const link = box.appendChild(document.createElement("a"));
    link.href = url;
    link.textContent = box.dataset.look;
  }
  box.classList.toggle("zb-told--bad", bad);
  box.hidden = !text;
  if (!bad) timer = setTimeout(() => { box.hidden = true; }, 6000);
}

/** Open the window of this id; where the focus was it returns to. */
export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return null;
  const back = document.activeElement;
  dialog.addEventListener("close", () => { if (back?.isConnected) back.focus(); }, { once: true });
  dialog.showModal();
  return dialog;
}

/** Ask why, by number or by arrow; resolves to the form's fields, or null when the person thought better of it. */
export function askWhy() {
  const dialog = open("zb-why");
  if (!dialog) return Promise.resolve(null);
  const form = dialog.querySelector("form");
  form.reset();
  form.querySelector("input")?.focus();
  return new Promise((resolve) => {
    const pick = (event) => {
      if (event.target.type === "text" || !/^[1-9]$/.test(event.key)) return;
      const radio = form.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
      if (!radio) return;
      event.preventDefault();
      radio.checked = true;
      radio.focus();
    };
    let answer = null;
    const send = (event) => {
      event.preventDefault();
      const told = new FormData(form);
      if (!told.get("usual") && !told.get("note")?.trim()) return;
      answer = told;
      dialog.close();
    };
    const closed = () => {
      form.removeEventListener("keydown", pick);
      form.removeEventListener("submit", send);
      resolve(answer);
    };
    form.addEventListener("keydown", pick);
    form.addEventListener("submit", send);
    dialog.addEventListener("close", closed, { once: true });
  });
}
