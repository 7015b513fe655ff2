(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const C = JSON.parse($("data").textContent);
  //= ask.js
  //= say.js
  const keep = cached, { reason, back, typed } = C;
  const lang = choose(navigator.languages || [navigator.language], Object.keys(C.words)), W = C.words[lang];
  const put = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };
  const button = (text, onclick) => make("button", text, { onclick });
  const page = address(C.status_url), way = page && make("a", W.status_page);
  let known = C.known, drawn, timer, delay, returning;
  Object.assign(document.documentElement, { lang, dir: W.dir });

  const leave = () => (back ? location.assign(back) : location.reload());
  const off = async () => {
    await caches.delete(STORE);
    const own = await navigator.serviceWorker.getRegistration();
    if (own) await own.unregister();
    if (!typed) leave();
  };

  // What is known

  const draw = () => {
    const { incidents, texts } = known.data || { incidents: [] }, words = (texts || {})[lang] || {};
    const list = incidents.filter(near), now = JSON.stringify([list, known.from]), worst = list.length ? String(list[0].impact) : "";
    const age = known.data ? (words.known || "{age}").replace("{age}", () => ago(known.at, lang)) : "";
    put("mark", SHAPES[worst] || "!");
    put("note", navigator.onLine === false ? W.offline : !known.ok ? `${age} ${W.unreachable}`
      : list.length ? "" : W.no_notice);
    document.body.className = worst;
    if (now !== drawn) $("news").replaceChildren(...list.map((one) => card(one, words, lang, C.status_url, known.from)));
    if (way) way.href = address("./", known.from) || page;
    drawn = now;
  };
  const show = () => {
    try { draw(); } catch { put("note", W.no_notice); }
  };
  const follow = async () => {
    if (document.hidden || returning) return;
    known = await ask(known);
    show();
    if (known.data && (known.data.sw || {}).enabled === false) off();
  };

  // The way back: with the forum's own answer to a HEAD of this page, ever less often, all visitors spread over a while

  const tries = () => {
    try {
      const [count, at] = JSON.parse(sessionStorage.getItem(STORE));
      return Date.now() - at < 3e5 ? count : 0;
    } catch { return 0; }
  };
  const alive = async () => {
    const stop = new AbortController(), limit = setTimeout(() => stop.abort(), C.hang);
    try {
      const answer = await fetch(back || location.href, { method: "HEAD", redirect: "manual", cache: "no-store",
        signal: stop.signal });
      return answer.status < 500 || answer.status === 501 || answer.headers.get("X-Notifier") === "pass";
    } catch { return false; } finally { clearTimeout(limit); }
  };
  const later = () => {
    timer = setTimeout(probe, C.first / 2 + Math.random() * delay);
    delay = Math.min(delay * 2, C.last);
  };
  const probe = async () => {
    clearTimeout(timer);
    if (document.hidden || returning) return;
    if (!await alive()) return later();
    put("why", W.back);
    if (typed) return;
    returning = true;
    try { sessionStorage.setItem(STORE, JSON.stringify([tries() + 1, Date.now()])); } catch { /* blocked */ }
    const spread = known.data && (known.data.sw || {}).reload_spread_s;
    setTimeout(leave, Math.random() * (spread >= 0 ? spread * 1e3 : C.spread));
  };
  const wake = () => {
    follow();
    probe();
  };

  document.title = W.title;
  put("title", W.title);
  put("why", W[reason] || W.waiting);
  if (typed && typed.length) {
    const text = make("textarea", undefined, { readOnly: true, value: typed.join("\n\n"), ariaLabel: W.text });
    $("do").before(make("p", W.text), text, button(W.copy, async (event) => {
      await navigator.clipboard.writeText(text.value);
      event.target.textContent += " ✓";
    }));
  }
  $("do").append(button(typed ? W.home : W.retry, leave));
  if (reason === "hang") $("do").append(button(W.wait, async () => {
    returning = true;
    await cached({ ...known, pass: location.href });
    leave();
  }));
  if (way) $("foot").append(way);
  $("foot").append(button(W.off, () => {
    try { localStorage.setItem("notifier-worker", '"off"'); } catch { /* blocked */ }
    off();
  }));
  show();
  setInterval(follow, C.poll);
  if (!known.ok) follow();
  delay = Math.min(C.first * 2 ** tries(), C.last);
  later();
  addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("offline", show);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    returning = false;
    wake();
  });
})();
