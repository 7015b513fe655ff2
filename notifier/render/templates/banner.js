/* The outage notifier's banner */
// <script async src="/banner.js" data-status="https://a.example/status.json https://b.example/status.json"
//   data-worker="/notifier-sw.js"></script>
// The addresses are tried in turn; without data-status it is the status.json beside this script. Without data-worker
// there is no worker. Sets no cookie, sends no address of the page, and never writes HTML: text goes in as text.
(() => {
  "use strict";
  const script = document.currentScript, given = (script && script.dataset) || {};
  const C = { wait: 4e3, next: 1e3, poll: 6e4, fresh: 15e3, ...__CONFIG__ };
  //= ask.js
  //= say.js
  if (given.status) C.hosts = given.status.split(/\s+/).map((url) => address(url, document.baseURI)).filter(Boolean);
  if (!C.hosts) C.hosts = [script && address("status.json", script.src)].filter(Boolean);
  if (given.worker) Object.assign(C, { worker: given.worker, scope: given.scope });

  const OLD = 864e5; // ms; what is older is not told, not even as the last known state
  const STYLE = `
    :host { all: initial !important; position: fixed !important; inset: auto 0 0 !important;
      z-index: 2147483000 !important; pointer-events: none !important; }
    :host([hidden]) { display: none !important; }
    section { --back: #1d5fb4; position: absolute; inset: auto 0 0; box-sizing: border-box; display: flex;
      align-items: flex-start; gap: 8px; max-width: 880px; max-height: 45vh; overflow: auto; margin: 0 auto; padding-block: 10px;
      padding-inline: 18px 8px; border-radius: 14px 14px 0 0; background: var(--back); color: #fff;
      box-shadow: 0 0 0 1px rgba(255, 255, 255, .25), 0 4px 28px rgba(0, 0, 0, .4); overflow-wrap: anywhere;
      font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; pointer-events: auto; }
    .minor { --back: #855600; } .major { --back: #b23c00; } .critical { --back: #b3122a; }
    div { flex: 1; min-width: 0; }
    article { padding: 4px 0 8px; }
    article + article { border-top: 1px solid rgba(255, 255, 255, .4); }
    h2 { margin: 0; font-size: 18px; line-height: 1.35; }
    p { margin: 2px 0 0; }
    .text { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
    b, time { unicode-bidi: isolate; }
    h2, .text { unicode-bidi: plaintext; }
    a { display: inline-block; padding: 3px 0; color: inherit; font-weight: 600; text-underline-offset: 3px; }
    button { position: sticky; top: 0; flex: none; width: 44px; height: 44px; border: 0; border-radius: 50%;
      background: none; color: inherit; font: 26px/1 system-ui, sans-serif; cursor: pointer; }
    button:hover { background: rgba(0, 0, 0, .25); }
    :focus-visible { outline: 3px solid #fff; outline-offset: -3px; border-radius: 4px; }
    @media (forced-colors: active) { section { border: 2px solid CanvasText; } }
    @media print { section { display: none; } }`;

  let known = remember("notifier-status"); // { at: when it came (ms), data: status.json }
  let hidden = remember("notifier-hidden"); // { incident: number of the update up to which it is hidden }
  let asked = 0, host, place, drawn, lost, policy;

  function remember(name) {
    try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; }
  }
  function note(name, value) {
    try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* no storage: works without memory */ }
  }
  async function keep(news) {
    note("notifier-status", news);
    if (C.worker && navigator.serviceWorker && !off(news.data)) await cached(news);
  }
  function off(data) { // switched off from afar, or by this visitor
    return (data.sw || {}).enabled === false || remember("notifier-worker") === "off";
  }
  function current() {
    return valid(known.data) && Math.abs(Date.now() - known.at) < OLD ? known.data : null;
  }

  async function look() {
    if (document.hidden || Date.now() - asked < C.fresh) return;
    asked = Date.now();
    const { ok, ...news } = await ask(current() ? known : { at: 0 });
    if (ok) known = news;
    lost = !ok;
    show();
    if (ok) guard(known.data).catch(() => { /* no worker then: a policy or the browser is against it */ });
  }

  // One worker a scope: another one's is left alone.
  async function guard(data) {
    const workers = navigator.serviceWorker;
    if (!workers || !C.worker) return;
    const url = address(C.worker, document.baseURI), scope = address(C.scope || ".", C.scope ? location.href : url);
    const there = await workers.getRegistration(scope);
    const one = there && (there.active || there.waiting || there.installing);
    if (one && one.scriptURL !== url) return;
    if (off(data)) {
      if (one) await there.unregister();
      await caches.delete(STORE);
    } else if (!one) {
      if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done));
      policy ||= window.trustedTypes && trustedTypes.createPolicy("notifier", { createScriptURL: (same) => same });
      await workers.register(policy ? policy.createScriptURL(url) : url, { scope, updateViaCache: "none" });
    }
  }

  function show() {
    try { draw(); } catch { /* data that makes no sense: the page is more important than the bar */ }
  }
  function draw() {
    const data = current();
    const seq = (incident) => (incident.update && incident.update.seq) || 0;
    const shown = data ? data.incidents.filter((one) => near(one) && !(hidden[one.id] >= seq(one))) : [];
    const now = JSON.stringify([shown, lost && known.at]);
    if (now === drawn || (!shown.length && !host)) return;
    drawn = now;
    if (!host) mount();
    host.hidden = !shown.length;
    place.replaceChildren();
    room();
    if (!shown.length) return;
    const tags = [document.documentElement.lang, ...(navigator.languages || [navigator.language])];
    const lang = choose(tags, data.languages), words = (data.texts || {})[lang] || {};
    const bar = make("section", undefined, { className: String(shown[0].impact), lang, dir: words.dir || "auto" });
    bar.setAttribute("aria-label", words.label || "Status");
    const list = make("div"), close = make("button", "×", { type: "button", title: words.hide || "" });
    const home = (data.site || {}).status_url || C.hosts[0];
    list.append(...shown.map((one) => card(one, words, lang, home, known.from)));
    if (lost) list.append(make("p", (words.known || "{age}").replace("{age}", () => ago(known.at, lang))));
    close.setAttribute("aria-label", words.hide || "×");
    close.onclick = () => {
      hidden = Object.fromEntries(data.incidents.map((one) => [one.id, seq(one)]));
      note("notifier-hidden", hidden);
      drawn = "";
      host.hidden = true;
      place.replaceChildren();
      room();
    };
    bar.append(list, close);
    requestAnimationFrame(() => { // screen readers tell what comes into a known region
      place.replaceChildren(bar);
      room();
    });
  }

  // The bar lies over the page and moves nothing; the end of the page and what has the focus can be scrolled free of it.
  function room() {
    const bar = place.firstChild, height = bar ? `${bar.offsetHeight}px` : "";
    Object.assign(document.documentElement.style, { scrollPaddingBottom: height, marginBottom: height });
  }
  function mount() {
    host = document.createElement("notifier-banner");
    const root = host.attachShadow({ mode: "open" });
    try {
      const sheet = new CSSStyleSheet(); // allowed by a strict style-src, unlike a style element
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch { root.append(make("style", STYLE)); }
    place = make("div");
    place.setAttribute("role", "status");
    root.append(place);
    document.documentElement.append(host);
    addEventListener("resize", room);
  }

  function again() {
    known = { ...known, ...remember("notifier-status") };
    hidden = { ...hidden, ...remember("notifier-hidden") };
    show();
  }
  function start() {
    show();
    if (known.at <= Date.now()) asked = known.at;
    if (Date.now() - asked < C.fresh && current()) guard(current()).catch(() => {});
    look();
    setInterval(look, C.poll);
    document.addEventListener("visibilitychange", look);
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      again(); // a page that was put aside heard nothing of what others stored
      look();
    });
    addEventListener("storage", again);
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
