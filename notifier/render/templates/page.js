// Shows what is new while the page stays open: it fetches itself again every 30 seconds while it can be seen, unless
// the reader pauses it. It says how old it is, and warns when it could not be renewed. On the first visit to an address
// without a language it leads to the reader's own.
"use strict";
const EVERY = 30000, OLD = 90000;
const main = () => document.querySelector("main");
const store = { get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a visitor who wants nothing kept */ } } };
const live = document.getElementById("page-live"), warning = live.querySelector(".warning");
const [said, button] = live.querySelector(".fresh").children;
const lang = document.documentElement.lang;
let fresh = Date.now(), failed = false, paused = store.get("notifier-paused") === "1";

const language = () => {
  const here = [...document.querySelectorAll("link[hreflang]")].map((one) => [one.hreflang.toLowerCase(), one.href]);
  const near = (wanted) => here.find(([tag]) => tag === wanted) || here.find(([tag]) => tag === wanted.split("-")[0]);
  const kept = store.get("notifier-lang");
  const found = kept ? near(kept) : navigator.languages.map((one) => near(one.toLowerCase())).find(Boolean);
  if (!kept) store.set("notifier-lang", found ? found[0] : lang.toLowerCase());
  if (found && found[0] !== lang.toLowerCase()) location.replace(found[1] + location.hash);
};
const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target && target.querySelector("details");
  if (details) details.open = true;
};
const clock = (at) => new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit", timeZone: live.dataset.zone,
  timeZoneName: "short" }).format(at);
const length = (ms) => {
  const minutes = Math.floor(ms / 60000), unit = minutes < 120 ? "minute" : minutes < 2880 ? "hour" : "day";
  const count = Math.max(1, Math.floor(minutes / { minute: 1, hour: 60, day: 1440 }[unit]));
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(count);
};
const write = (place, words) => { if (place.textContent !== words) place.textContent = words; };
const tell = () => {
  const age = Date.now() - fresh, words = live.dataset, old = age > OLD && (failed || paused);
  const cause = !navigator.onLine ? words.offline : failed ? words.unreachable : "";
  const all = [cause.replace("{time}", clock(fresh)), words.stale.replace("{duration}", length(age))];
  write(warning, old ? all.join(" ").trim() : "");
  live.classList.toggle("old", old);
  write(said, (paused ? words.paused : words.checked).replace("{time}", clock(fresh)));
  write(button, paused ? words.resume : words.pause);
  live.hidden = false;
};
const path = (element) => element.closest("[id]")?.id + " " + element.textContent;
const renew = (page) => {
  const old = main(), next = page.querySelector("main");
  if (!next) return;
  const newer = "seq" in old.dataset ? Number(next.dataset.seq) > Number(old.dataset.seq) : next.textContent !== old.textContent;
  if (!newer) return;
  const open = [...old.querySelectorAll("details[open] > summary")].map(path);
  for (const one of next.querySelectorAll("summary")) if (open.includes(path(one))) one.parentElement.open = true;
  const at = old.contains(document.activeElement) && path(document.activeElement);
  old.replaceWith(document.adoptNode(next));
  [...next.querySelectorAll("a, summary")].find((one) => path(one) === at)?.focus({ preventScroll: true });
  document.querySelector("link[rel=icon]").href = page.querySelector("link[rel=icon]").href;
  document.title = document.getElementById("page-said").textContent = page.title;
};
const look = async () => {
  if (document.hidden || paused) return tell();
  try {
    const answer = await fetch(location.pathname, { cache: "no-cache", signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(answer.status);
    renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    fresh = Date.now();
    failed = false;
  } catch { failed = true; }
  tell();
};
button.addEventListener("click", () => {
  paused = !paused;
  store.set("notifier-paused", paused ? "1" : "0");
  look();
});
document.querySelector("header nav")?.addEventListener("click", (event) => {
  const link = event.target.closest("a[hreflang]");
  if (link) store.set("notifier-lang", link.hreflang.toLowerCase());
});
if ("neutral" in main().dataset) language();
unfold();
tell();
addEventListener("hashchange", unfold);
addEventListener("pageshow", (event) => { if (event.persisted) look(); });
addEventListener("offline", tell);
document.addEventListener("visibilitychange", look);
setInterval(look, EVERY);
