/* Triage by keyboard, on the list and on the decision screen. Without it everything is there to be clicked.

   A decision is the same form, with the same digest, that a click would send; only the page that follows is already
   here. What was refused is told with the way back to it. */

import { askWhy, meant, open, tell } from "./keys.js";
import "./presence.js";

const DECIDED = "zbsync.decided";
const desk = () => document.querySelector("[data-desk]");
const may = (verb) => (desk()?.dataset.may ?? "").split(" ").includes(verb);
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
let sending = Promise.resolve();
let deciding = Promise.resolve();

/** Send one verb to a decision screen; resolves to {done, told, next}. Requests go one after another. */
function ask(url, verb, digest, more = new FormData()) {
  const body = new FormData();
  for (const [name, value] of more) body.append(name, value);
  body.set("verb", verb);
  body.set("digest", digest);
  body.set("csrfmiddlewaretoken", token());
  const asked = sending.then(async () => {
    const answer = await fetch(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, redirect: "error" });
    return answer.json();
  });
  sending = asked.catch(() => {});
  return asked.catch(() => ({ done: false, told: [desk()?.dataset.lost ?? ""] }));
}

function remember(url) {
  const done = JSON.parse(sessionStorage.getItem(DECIDED) ?? "[]");
  sessionStorage.setItem(DECIDED, JSON.stringify([...done, url].slice(-300)));
}

/** Take back the last decision that was made here, also one whose answer is still on its way. */
async function undo() {
  await deciding;
  const done = JSON.parse(sessionStorage.getItem(DECIDED) ?? "[]");
  const url = done.pop();
  if (!url) return tell(desk().dataset.nothing);
  sessionStorage.setItem(DECIDED, JSON.stringify(done));
  const answer = await ask(url, "undo", "");
  tell(answer.told.join(" "), { bad: !answer.done, url });
  document.dispatchEvent(new CustomEvent("zb:undone", { detail: { url, done: answer.done } }));
}

async function decide(url, verb, digest, onward) {
  const more = verb === "reject" ? await askWhy() : new FormData();
  if (more === null) return false;
  onward();
  deciding = ask(url, verb, digest, more).then((answer) => {
    tell(answer.told.join(" "), { bad: !answer.done, url: answer.done ? "" : url });
    if (answer.done) remember(url);
    document.dispatchEvent(new CustomEvent("zb:decided", { detail: { url, verb, done: answer.done } }));
    return answer.done;
  });
  return deciding;
}

/* ---------------------------------------------------------------- the list */
const rows = () => [...document.querySelectorAll("#result_list tbody tr")];
const linkOf = (row) => row?.querySelector("th a, td a");
const nameOf = (row) => row?.querySelector(".zb-name");
let here = -1;
let soon;

function go(index) {
  const all = rows();
  if (!all.length) return;
  here = Math.max(0, Math.min(index, all.length - 1));
  all.forEach((row, at) => row.classList.toggle("zb-here", at === here));
  linkOf(all[here]).focus({ preventScroll: true });
  all[here].scrollIntoView({ block: "nearest" });
  clearTimeout(soon);
  soon = setTimeout(() => preload(linkOf(all[here])?.href), 150);
}

function onList(key) {
  const row = rows()[here];
  if (key === "j" || key === "ArrowDown" && here >= 0) return go(here + 1);
  if (key === "k" || key === "ArrowUp" && here >= 0) return go(here - 1);
  if (key === "/") return document.getElementById("searchbar")?.focus();
  if (key === "u") return undo();
  if (!row) return false;
  const url = linkOf(row).href;
  if (key === "Enter") return show(url);
  if (key === "x") return row.querySelector("input.action-select")?.click();
  if (key === "e" || key === "b") return location.assign(`${url}#${key === "e" ? "edit" : "candidates"}`);
  const verb = { a: "approve", r: "reject" }[key];
  if (!verb || !may(verb) || row.dataset.done) return false;
  decide(url, verb, nameOf(row).dataset.digest, () => { row.dataset.done = verb; row.classList.add("zb-done"); go(here + 1); });
  return true;
}

document.addEventListener("zb:decided", ({ detail }) => {
  const row = rows().find((one) => linkOf(one)?.href === detail.url);
  if (row && !detail.done) { delete row.dataset.done; row.classList.remove("zb-done"); }
});
document.addEventListener("zb:undone", ({ detail }) => {
  const row = rows().find((one) => linkOf(one)?.href === detail.url);
  if (row && detail.done) row.classList.replace("zb-done", "zb-undone");
});

/* ---------------------------------------------------------------- the decision screen */
const kept = new Map();
let moving = false;

/** Have a page ready before it is asked for. */
function preload(url) {
  if (!url || kept.has(url)) return kept.get(url);
  const page = fetch(url, { credentials: "same-origin" }).then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""));
  kept.set(url, page.catch(() => ""));
  if (kept.size > 8) kept.delete(kept.keys().next().value);
  return kept.get(url);
}

/** Put another screen in the place of this one; when it cannot be had that way, simply go there. */
async function show(url) {
  if (!url) return;
  moving = true;
  const text = await preload(url);
  kept.delete(url);
  const page = text ? new DOMParser().parseFromString(text, "text/html") : null;
  const fresh = page?.querySelector("main");
  if (!fresh?.querySelector("[data-desk=decision]")) return location.assign(url);
  history.pushState({}, "", url);
  document.title = page.title;
  document.querySelector("main").replaceWith(document.adoptNode(fresh));
  moving = false;
  arrive();
}

function arrive() {
  const title = document.querySelector("main h1");
  if (title) { title.tabIndex = -1; title.focus({ preventScroll: true }); }
  window.scrollTo(0, 0);
  preload(document.querySelector("a[rel=next]")?.href);
  document.dispatchEvent(new Event("zb:arrived"));
}

function unfold(selector, focus) {
  const box = document.querySelector(selector);
  for (let one = box; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  const target = box?.querySelector(focus);
  if (!target) return false;
  target.scrollIntoView({ block: "center" });
  return target.focus();
}

function edit() {
  const ailing = document.querySelector(".zb-line:has(.zb-findings) .zb-edit");
  return unfold(ailing ? ".zb-line:has(.zb-findings) .zb-edit" : ".zb-edit", "select, textarea, input[type=text]");
}

function bind() {
  const pick = document.querySelector("#candidates button[value=bind]");
  if (!pick) return unfold("#candidates .zb-more", "input[type=text]");
  pick.scrollIntoView({ block: "center" });
  return pick.focus();
}

function onScreen(key) {
  if (moving) return true;
  const next = document.querySelector("a[rel=next]")?.href;
  const list = desk().dataset.list;
  if (key === "j") return show(next);
  if (key === "k") return show(document.querySelector("a[rel=prev]")?.href);
  if (key === "u") return undo();
  if (key === "e") return edit();
  if (key === "b") return bind();
  if (key === "Escape") return location.assign(list);
  const verb = { a: "approve", r: "reject" }[key];
  if (!verb) return false;
  if (!may(verb)) return tell(desk().dataset.cannot, { bad: true });
  const url = location.href.split("#")[0];
  decide(url, verb, desk().dataset.digest, () => show(next)).then((done) => { if (done && !next) location.assign(list); });
  return true;
}

/* ---------------------------------------------------------------- both */
document.addEventListener("keydown", (event) => {
  const key = meant(event);
  if (!key || !desk() || document.querySelector("dialog[open]")) return;
  if (key === "Escape" && event.target.matches?.("input, select, textarea")) return event.target.blur();
  if (key === "Escape" && document.querySelector(".zb-pop[open], .zb-menu[open]")) {
    document.querySelectorAll(".zb-pop[open], .zb-menu[open]").forEach((one) => { one.open = false; });
    return;
  }
  const onRow = desk().dataset.desk === "list" && linkOf(rows()[here]) === document.activeElement;
  if (key === " " || key === "Tab" || (key === "Enter" && !onRow)) return;
  if (key === "?") { event.preventDefault(); open("zb-help"); return; }
  const done = desk().dataset.desk === "list" ? onList(key) : onScreen(key);
  if (done !== false) event.preventDefault();
});

document.addEventListener("click", ({ target }) => {
  const window_ = target.closest?.("[data-open]")?.dataset.open;
  if (window_) open(window_);
});
const unhide = () => document.querySelectorAll("[data-open]").forEach((one) => { one.hidden = false; });
document.addEventListener("zb:arrived", unhide);
unhide();

addEventListener("popstate", () => location.reload());
if (desk()?.dataset.desk === "decision") {
  preload(document.querySelector("a[rel=next]")?.href);
  if (location.hash === "#edit") edit();
  if (location.hash === "#candidates") bind();
}
