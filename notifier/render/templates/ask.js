// Shared by banner, worker and outage page: what the status hosts say. C.hosts are their status.json, in order.
const STORE = "notifier", KEY = "/notifier-status.json";
const valid = (data) => data && Number.isFinite(data.seq) && Array.isArray(data.incidents);
const cached = async (known) => {
  try {
    await (await caches.open(STORE)).put(KEY, new Response(JSON.stringify(known)));
  } catch { /* no storage: works without memory */ }
};
const read = async (url) => {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), C.wait);
  try {
    const answer = await fetch(url, { signal: stop.signal, credentials: "omit", referrerPolicy: "no-referrer",
      mode: "cors", cache: "no-cache" });
    const data = answer.ok && await answer.json();
    return valid(data) ? data : null;
  } catch { return null; } finally { clearTimeout(timer); }
};
// The newest state: the next host is asked when one has failed, or has not answered for a while.
const ask = (known) => new Promise((done) => {
  let next = 0, open = 0, over = false;
  const go = async () => {
    const url = C.hosts[next++], from = next > 1 ? url : ""; // another one than the first, which may be down
    if (over || !url) return;
    const timer = setTimeout(go, C.next);
    open++;
    const data = await read(url);
    clearTimeout(timer);
    open--;
    if (over) return;
    if (data && !(known.data && data.seq < known.data.seq)) {
      over = true;
      known = { at: Date.now(), data, from };
      await keep(known);
      done({ ...known, ok: true });
    } else if (next < C.hosts.length) go();
    else if (!open) done({ ...known, ok: false });
  };
  if (C.hosts.length) go();
  else done({ ...known, ok: false });
});
