// Shared by banner and outage page: words, times and addresses. Text goes in as text, never as HTML.
const SHAPES = { none: "ℹ\uFE0E", minor: "▲", major: "◆", critical: "✖\uFE0E" };
const make = (name, text, more) =>
  Object.assign(document.createElement(name), text === undefined ? {} : { textContent: text }, more);
const address = (url, base) => {
  try {
    const whole = url && new URL(url, base || undefined);
    return whole && /^https?:$/.test(whole.protocol) ? whole.href : "";
  } catch { return ""; }
};
const choose = (wanted, own) => {
  for (const tag of wanted.filter(Boolean).map((one) => one.toLowerCase())) {
    const found = own.find((one) => one.toLowerCase() === tag)
      || own.find((one) => one.toLowerCase().split("-")[0] === tag.split("-")[0]);
    if (found) return found;
  }
  return own[0] || "";
};
const span = (from, to, lang) => {
  const how = { dateStyle: "medium", timeStyle: "short" };
  try { return new Intl.DateTimeFormat(lang, how).formatRange(new Date(from), new Date(to)); } catch { return ""; }
};
const clock = (at, lang) => {
  const when = new Date(at), today = when.toDateString() === new Date().toDateString();
  const how = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  try { return make("time", when.toLocaleString(lang, how), { dateTime: String(at) }); } catch { return ""; }
};
const ago = (at, lang) => {
  const minutes = Math.round((at - Date.now()) / 6e4), hours = Math.round(minutes / 60);
  const [n, unit] = minutes > -90 ? [minutes, "minute"] : hours > -36 ? [hours, "hour"] : [Math.round(hours / 24), "day"];
  try { return new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(n, unit); } catch { return ""; }
};
// A maintenance a week ahead is no news yet.
const near = (one) => one && (one.phase !== "scheduled" || Date.parse((one.window || {}).start) - Date.now() < 864e5);
// One incident: its title, the newest words, how bad and when, the way to more; of a maintenance when it is planned.
// That way leads to the host that answered, if it is not the first: ``from``.
const card = (one, words, lang, home = "", from) => {
  const update = one.update || {}, title = (one.title || {})[lang] || words.state || "";
  const plan = one.window, impact = plan ? words.planned : words[`impact.${one.impact}`];
  const item = make("article", undefined, { className: String(one.impact) }), line = make("p");
  if (impact) line.append(make("b", impact), " · ");
  line.append(plan ? make("time", span(plan.start, plan.end, lang)) : clock(update.at, lang));
  const way = one.link && `${one.link}`.replace(home.replace(/\/?$/, "/"), "");
  const href = address(way, from || home), more = words.more || "→";
  if (href) {
    line.append(" · ", make("a", more, { href, referrerPolicy: "no-referrer", ariaLabel: `${more}: ${title}` }));
  }
  item.append(make("h2", title), make("p", (update.text || {})[lang] || "", { className: "text" }), line);
  return item;
};
