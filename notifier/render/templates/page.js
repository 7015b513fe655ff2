// Shows what is new while the page stays open: it fetches itself again every 30 seconds while it can be seen.
"use strict";
const main = () => document.querySelector("main");
const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target && target.querySelector("details");
  if (details) details.open = true;
};
const renew = (page) => {
  const old = main(), fresh = page.querySelector("main");
  if (!fresh || !(Number(fresh.dataset.seq) > Number(old.dataset.seq))) return;
  for (const { parentElement } of old.querySelectorAll("details[open]")) {
    const same = page.getElementById(parentElement.id)?.querySelector("details");
    if (same) same.open = true;
  }
  const at = old.contains(document.activeElement) && document.activeElement.outerHTML;
  old.replaceWith(document.adoptNode(fresh));
  [...fresh.querySelectorAll("a, summary")].find((one) => one.outerHTML === at)?.focus({ preventScroll: true });
  document.querySelector("link[rel=icon]").href = page.querySelector("link[rel=icon]").href;
  document.title = document.getElementById("page-said").textContent = page.title;
};
const look = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname, { cache: "no-cache", signal: AbortSignal.timeout(10000) });
    if (answer.ok) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* no connection: the page stands as it is, with its time */ }
};
addEventListener("hashchange", unfold);
document.addEventListener("DOMContentLoaded", unfold);
document.addEventListener("visibilitychange", look);
setInterval(look, 30000);
