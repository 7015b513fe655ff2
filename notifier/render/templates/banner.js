/* Shows a bar on top of this page while an incident is open.
 *
 *   <script async src="/banner.js" data-status="https://a.example/status.json https://b.example/status.json"></script>
 *
 * The addresses are tried in turn; without data-status it is the status.json beside this script. Sets no cookie, sends
 * no address of the page, and never writes HTML: every text goes in as text.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  const sources = ((script && script.dataset.status) || "").split(/\s+/).filter(Boolean)
    .map((url) => address(url, document.baseURI)).filter(Boolean);
  if (!sources.length && script) sources.push(address("status.json", script.src));

  const WAIT = 4e3, EVERY = 6e4, FRESH = 15e3, OLD = 36e5; // milliseconds
  const SHAPES = { none: "ℹ\uFE0E", minor: "▲", major: "◆", critical: "✖\uFE0E" };
  const STYLE = `
    :host { all: initial !important; display: block !important; }
    :host([hidden]) { display: none !important; }
    section { --back: #1d5fb4; display: flex; align-items: flex-start; gap: 8px; padding-block: 4px;
      padding-inline: 16px 8px; background: var(--back); color: #fff; overflow-wrap: anywhere;
      font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    .minor { --back: #855600; } .major { --back: #b23c00; } .critical { --back: #b3122a; }
    ul { flex: 1; min-width: 0; margin: 0; padding: 0; list-style: none; }
    li { display: flex; gap: 12px; padding: 8px 0; }
    li + li { border-top: 1px solid rgba(255, 255, 255, .5); }
    span { flex: none; width: 16px; text-align: center; }
    div { flex: 1; min-width: 0; }
    time { font-weight: 600; }
    p { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; margin: 0; }
    a { display: inline-block; padding: 3px 0; color: inherit; font-weight: 600; text-underline-offset: 3px; }
    button { flex: none; width: 44px; height: 44px; border: 0; border-radius: 4px; background: none; color: inherit;
      font: 26px/1 system-ui, sans-serif; cursor: pointer; }
    button:hover { background: rgba(0, 0, 0, .25); }
    :focus-visible { outline: 3px solid #fff; outline-offset: -3px; }
    @media (forced-colors: active) { section { border: 2px solid CanvasText; } }
    @media print { section { display: none; } }`;

  let known = recall("notifier-status"); // { at: when it came (ms), data: status.json }
  let hidden = recall("notifier-hidden"); // { incident: number of the update up to which it is hidden }
  let asked = 0, host, place, drawn;

  function recall(name) {
    try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; }
  }
  function keep(name, value) {
    try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* no storage: works without memory */ }
  }
  function valid(data) {
    return data && Number.isFinite(data.seq) && Array.isArray(data.incidents) && Array.isArray(data.languages);
  }
  function current() { // what is known, unless it is too old to be told as the present
    return valid(known.data) && Math.abs(Date.now() - known.at) < OLD ? known.data : null;
  }

  async function read(url) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), WAIT);
    try {
      const answer = await fetch(url, { signal: stop.signal, credentials: "omit", referrerPolicy: "no-referrer",
        mode: "cors", cache: "no-cache" });
      return answer.ok ? await answer.json() : null;
    } catch { return null; } finally { clearTimeout(timer); }
  }

  async function ask() {
    if (document.hidden || Date.now() - asked < FRESH) return;
    asked = Date.now();
    for (const url of sources) {
      const data = await read(url), before = current();
      if (!valid(data) || (before && data.seq < before.seq)) continue; // dead, or a copy that lags behind
      known = { at: Date.now(), data };
      keep("notifier-status", known);
      break;
    }
    show();
  }

  function language(data) {
    const wanted = [document.documentElement.lang, ...(navigator.languages || [navigator.language])].filter(Boolean);
    for (const tag of wanted.map((one) => one.toLowerCase())) {
      const found = data.languages.find((own) => own.toLowerCase() === tag)
        || data.languages.find((own) => own.toLowerCase().split("-")[0] === tag.split("-")[0]);
      if (found) return found;
    }
    return data.languages[0] || "";
  }
  function make(name, text, more) {
    return Object.assign(document.createElement(name), text === undefined ? {} : { textContent: text }, more);
  }
  function address(url, base) { // a whole address, http(s) only
    try {
      const whole = new URL(url, base || undefined);
      return /^https?:$/.test(whole.protocol) ? whole.href : "";
    } catch { return ""; }
  }
  function clock(at, lang) { // "21:34", with the date unless that is today's
    const when = new Date(at), today = when.toDateString() === new Date().toDateString();
    const how = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    try { return make("time", when.toLocaleString(lang, how), { dateTime: String(at) }); } catch { return ""; }
  }

  function row(incident, words, lang, data) {
    const item = make("li"), body = make("div"), update = incident.update || {};
    const mark = make("span", SHAPES[incident.impact] || SHAPES.major);
    mark.setAttribute("aria-hidden", "true");
    const impact = words[`impact.${incident.impact}`];
    const title = (incident.title || {})[lang] || words.state || "";
    body.append(make("strong", title));
    if (impact) body.append(` (${impact})`);
    const text = make("p");
    text.append(clock(update.at, lang), " ", (update.text || {})[lang] || "");
    body.append(text);
    const href = address(incident.link, (data.site && data.site.status_url) || sources[0]);
    if (href) {
      const more = make("a", words.more || "→", { href, referrerPolicy: "no-referrer" });
      more.setAttribute("aria-label", `${more.textContent}: ${title}`);
      body.append(more);
    }
    item.append(mark, body);
    return item;
  }

  function show() {
    try { draw(); } catch { /* data that makes no sense: the page is more important than the bar */ }
  }
  function draw() {
    const data = current();
    const seq = (incident) => (incident.update && incident.update.seq) || 0;
    const shown = data ? data.incidents.filter((one) => one && !(hidden[one.id] >= seq(one))) : [];
    const now = JSON.stringify(shown);
    if (now === drawn || (!shown.length && !host)) return;
    drawn = now;
    if (!host) mount();
    host.hidden = !shown.length;
    place.replaceChildren();
    if (!shown.length) return;
    const lang = language(data), words = (data.texts || {})[lang] || {};
    const bar = make("section", undefined, { className: String(shown[0].impact), lang,
      dir: "auto" });
    bar.setAttribute("aria-label", words.label || "Status");
    const list = make("ul"), close = make("button", "×", { type: "button", title: words.hide || "" });
    list.append(...shown.map((one) => row(one, words, lang, data)));
    close.setAttribute("aria-label", words.hide || "×");
    close.onclick = () => {
      hidden = Object.fromEntries(data.incidents.map((one) => [one.id, seq(one)]));
      keep("notifier-hidden", hidden);
      drawn = "";
      host.hidden = true;
      place.replaceChildren();
    };
    bar.append(list, close);
    requestAnimationFrame(() => place.replaceChildren(bar)); // screen readers tell what comes into a known region
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
    document.body.prepend(host);
  }

  function start() {
    show();
    if (known.at <= Date.now()) asked = known.at;
    ask();
    setInterval(ask, EVERY);
    document.addEventListener("visibilitychange", ask);
    addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
    addEventListener("storage", () => {
      known = recall("notifier-status");
      hidden = recall("notifier-hidden");
      show();
    });
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
