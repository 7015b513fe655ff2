/* The outage notifier's offline worker. To remove it, put what `notifier site uninstall-worker` prints here. */
// Shows what is known when the forum cannot be reached. Keeps no page of the forum, and sends nothing twice.
"use strict";
const C = __CONFIG__;
const PAGE = `__PAGE__`;
const HEADERS = __HEADERS__;
//= ask.js
const keep = cached;
const pause = (ms) => new Promise((done) => setTimeout(done, ms, null));
const recall = async () => {
  try {
    const known = await (await caches.match(KEY, { cacheName: STORE })).json();
    if (valid(known.data)) return known;
  } catch { /* nothing kept yet */ }
  return { at: 0 };
};
// What is known after asking; no longer than one host may take.
const news = async () => {
  const known = await recall();
  return await Promise.race([ask(known), pause(C.wait)]) || { ...known, ok: false };
};
const open = (known) => known.data && (known.ok || Date.now() - known.at < C.old)
  && known.data.incidents.some((one) => one && one.phase !== "scheduled");
const bad = (answer) => (/^50[234]$|^52[0-4]$/).test(answer.status) && answer.headers.get("X-Notifier") !== "pass";
const leave = async () => {
  await caches.delete(STORE);
  await registration.unregister();
};
// The outage page, or nothing when the worker was switched off from afar.
const page = async (reason, known, request, typed) => {
  if (known.data && (known.data.sw || {}).enabled === false) {
    await leave();
    return null;
  }
  const same = request.referrer.startsWith(location.origin + "/");
  const back = typed ? (same ? request.referrer : registration.scope) : "";
  const data = JSON.stringify({ ...C, known, reason, back, typed }).replace(/</g, "\\u003c");
  return new Response(PAGE.replace("__DATA__", () => data), { status: 503,
    headers: { ...HEADERS, "X-Notifier-Outage": reason } });
};

addEventListener("install", (event) => {
  skipWaiting();
  // Where the browser knows static routes, nothing but pages comes here.
  if (event.addRoutes) {
    const or = [...["cors", "no-cors", "same-origin"].map((requestMode) => ({ requestMode })),
      ...["iframe", "frame", "embed", "object"].map((requestDestination) => ({ requestDestination }))];
    event.waitUntil(event.addRoutes([{ condition: { or }, source: "network" }]).catch(() => {}));
  }
});
addEventListener("activate", (event) => event.waitUntil((async () => {
  // Preload breaks the outage page in Firefox, and doubles requests where there are no routes.
  if (registration.navigationPreload && self.InstallEvent && "addRoutes" in InstallEvent.prototype) {
    await registration.navigationPreload.enable();
  }
  await clients.claim();
})()));
const get = async (event) => {
  const request = event.request;
  const load = (async () => await event.preloadResponse || fetch(request))();
  const first = load.then((answer) => ({ answer }), () => ({}));
  let end = await Promise.race([first, pause(C.hang)]), known;
  if (!end) {
    const { pass, ...before } = await recall();
    if (pass === request.url) { // the visitor would rather wait
      await cached(before);
      return load;
    }
    known = await Promise.race([first, news()]);
    if (open(known)) return await page("hang", known, request) || load;
    end = await Promise.race([first, pause(Math.max(0, C.give_up - C.hang))]);
    if (!end) return await page("hang", await news(), request) || load;
  }
  if (!end.answer) return await page("down", await news(), request) || Response.error();
  if (!bad(end.answer)) return end.answer;
  known = await news();
  return open(known) && await page("status", known, request) || end.answer;
};
// A form is sent once. If that fails, the visitor gets back what was typed.
const post = async (event) => {
  const copy = event.request.clone();
  let answer;
  try {
    answer = await fetch(event.request);
    if (!bad(answer)) return answer;
  } catch { /* told below */ }
  const known = await news();
  if (answer && !open(known)) return answer;
  const typed = [...new URLSearchParams(await copy.text())].filter(([name, text]) =>
    !/pass|pw|token|csrf|sid|session|otp|code|key|secret|auth|hash|captcha|card|iban/i.test(name)
    && (/\s/.test(text.trim()) || (text && /title|subject|message|text|body|content|comment/i.test(name))))
    .map(([, text]) => text);
  return await page("post", known, event.request, typed) || answer || Response.error();
};
addEventListener("fetch", (event) => {
  const { mode, destination, method, headers } = event.request;
  if (mode !== "navigate" || destination !== "document") return;
  if (method === "GET") event.respondWith(get(event).catch(() => fetch(event.request)));
  else if (method === "POST" && /^application\/x-www-form-urlencoded/i.test(headers.get("Content-Type") || "")) {
    event.respondWith(post(event));
  }
});
