// The status page: shows the newest snapshot, and asks for it only while somebody looks.
import { t, has, told, speak, code, isCode, ask, events, make, say } from "/access.js";

const SIGNS = { green: "✓", amber: "!", red: "✕" };
const UNITS = { Cel: "°C", "ug/m3": "µg/m³", "%RH": "%", lx: "lx", "1": "" };
const RETRY_MS = 4000, SILENT_MS = 10000, LIGHT_MS = 5000;

const $ = id => document.getElementById(id);
let last = null, curves = {}, lightOnly = null, running = null;
/** Why what is shown is old, a key of the words; empty while it is new. */
let old = "";
/** Whether the light is new although the rest is old. */
let glanced = false;

// Texts

function span(seconds) {
  if (seconds < 90) return t("seconds", Math.round(seconds));
  if (seconds < 5400) return t("minutes", Math.round(seconds / 60));
  if (seconds < 172800) return t("hours", Math.round(seconds / 3600));
  return t("days", Math.floor(seconds / 86400));
}
function bytes(n) {
  if (n < 1024) return n + " B";
  const [value, unit] = n < 1048576 ? [n / 1024, "KiB"] : n < 1073741824 ? [n / 1048576, "MiB"] : [n / 1073741824, "GiB"];
  return (value < 10 ? value.toFixed(1) : Math.round(value)) + " " + unit;
}
const number = n => Number(n.toPrecision(5)).toString();
const word = (prefix, key) => has(prefix + key) ? t(prefix + key) : key;
const clock = time => time.slice(11, 19);
/** With its day unless that is the gateway's today. */
function moment(time) {
  const today = last.time.slice(0, 10);
  if (time.startsWith(today)) return clock(time);
  return (time.startsWith(today.slice(0, 5)) ? time.slice(5, 10) : time.slice(0, 10)) + " " + clock(time);
}
const unit = u => UNITS[u] ?? u;

// Elements

/** Keeps one child for each item, in order, and fills it anew. */
function list(parent, items, key, create, fill) {
  const known = new Map([...parent.children].map(e => [e.dataset.key, e]));
  const kept = new Set();
  items.forEach((item, i) => {
    const k = key(item);
    // Of two with one key the second is made anew.
    let e = known.get(k);
    known.delete(k);
    if (!e) {
      e = create(item);
      e.dataset.key = k;
    }
    if (parent.children[i] !== e) parent.insertBefore(e, parent.children[i] ?? null);
    kept.add(e);
    fill(e, item);
  });
  [...parent.children].forEach(e => { if (!kept.has(e)) e.remove(); });
}
const part = (e, name) => e.querySelector("." + name);
function tag(e, text, colour) {
  say(e, text);
  e.className = "tag " + (e.dataset.part ?? "") + " " + (colour ?? "");
}
function box(tagName, html) {
  // Markup of our own only; values are set as text afterwards.
  const e = document.createElement(tagName);
  const parsed = new DOMParser().parseFromString("<template>" + html + "</template>", "text/html");
  e.append(parsed.querySelector("template").content);
  return e;
}
function facts(parent, pairs) {
  list(parent, pairs.flatMap(([k, v]) => [["dt", k, t(k)], ["dd", k, v]]), x => x[0] + x[1], x => make(x[0]), (e, x) => say(e, x[2]));
}

// Sections

function light(said, causes) {
  // Nobody knows how the gateway is by now.
  const unknown = old && !glanced;
  const level = unknown ? "none" : said;
  $("light").dataset.level = level;
  say($("sign"), SIGNS[level] ?? "");
  say($("level"), t("level." + level));
  say($("level-hint"), unknown ? "" : t("hint." + level, causes.length));
  document.title = (unknown ? "" : SIGNS[level] + " ") + t("title");
  list($("reasons"), causes, r => r.code + (r.subject ?? ""), () => box("li", '<b></b><span class="cure"></span><span class="detail"></span>'), (e, r) => {
    say(part(e, "cure"), t("cure." + r.code));
    say(e.firstChild, (r.subject ? r.subject + t("colon") : "") + t("cause." + r.code));
    say(part(e, "detail"), told(r.detail ?? ""));
    part(e, "detail").hidden = !r.detail;
  });
}

function alerts(open) {
  $("alerts-card").hidden = open.length === 0;
  say($("alert-count"), String(open.length));
  list($("alerts"), open, a => a.alertId, () => box("li", '<div class="top"><strong></strong><span class="tag" data-part="severity"></span></div><div class="under"><span class="quiet"></span><span class="tag handling" data-part="handling"></span></div>'), (e, a) => {
    say(e.querySelector("strong"), a.headline);
    tag(e.querySelector("[data-part=severity]"), t("severity." + a.severity), a.severity === "Minor" ? "amber" : "red");
    const more = [t("kind." + a.kind), t("raised", moment(a.onset))];
    if (a.status !== "Actual") more.push(word("status.", a.status));
    if (a.escalation) more.push(t("escalation", a.escalation));
    if (a.flapping) more.push(t("flapping"));
    if (a.caseNumber) more.push(t("case", a.caseNumber));
    say(part(e, "quiet"), more.join(" · "));
    const said = a.handling ? t("handling." + a.handling) + (a.handlingBy ? " · " + t("by", a.handlingBy) : "") : t("handling.none");
    tag(part(e, "handling"), said, a.handling ? "green" : "amber");
  });
}

const STAGES = ["tcp", "tls", "connack", "puback"];
function cloud(c) {
  const reached = STAGES.indexOf(c.reached);
  list($("stages"), STAGES, s => s, () => make("li"), (e, s) => {
    const i = STAGES.indexOf(s);
    const next = STAGES.findIndex((x, j) => j > reached && (x !== "tls" || c.secure));
    const unused = s === "tls" && !c.secure;
    const state = unused ? "open" : i <= reached ? "done" : i !== next ? "open" : c.connected ? "now" : "failed";
    e.className = { done: "ok", failed: "fault", now: "now", open: "" }[state];
    e.dataset.sign = unused ? "–" : { done: "✓", failed: "✕", now: "…", open: i + 1 }[state];
    say(e, t("stage." + s));
    e.setAttribute("aria-label", t("stage." + s) + ": " + (unused ? t("stage.none") : t("state." + state)));
  });
  const pairs = [["broker", c.broker ?? "–"], [c.connected ? "connectedFor" : "disconnectedFor", span(c.sinceS)], ["published", c.published + " / " + c.acknowledged], ["reconnects", String(c.reconnects)]];
  if (c.certificateDays !== undefined) pairs.push(["certificate", t("days", c.certificateDays)]);
  if (c.held) pairs.push(["held", t("yes")]);
  if (c.fault) pairs.push(["lastFault", c.fault]);
  facts($("cloud"), pairs);
}

function path(points) {
  const seen = points.filter(p => p !== null);
  const low = Math.min(...seen), high = Math.max(...seen), range = high - low || 1;
  let d = "", pen = false;
  points.forEach((p, i) => {
    if (p !== null) d += (pen ? "L" : "M") + (i / 59 * 136).toFixed(1) + " " + (29 - (p - low) / range * 26).toFixed(1);
    // A lone minute is a dot.
    if (p !== null && !pen && (points[i + 1] ?? null) === null) d += "h.1";
    pen = p !== null;
  });
  return { d, low, high, many: seen.length };
}
function value(c) {
  if (c.flag !== undefined) return [word(has(c.quantity + "." + c.flag) ? c.quantity + "." : "flag.", String(c.flag)), ""];
  if (c.number !== undefined) return [number(c.number), unit(c.unit)];
  return ["–", ""];
}
const QUALITY = { good: "green", sim: "", init: "", none: "" };
function sensors(channels) {
  say($("sensor-count"), channels.length ? String(new Set(channels.map(c => c.sensor)).size) : t("noSensors"));
  list($("sensors"), channels, c => c.sensor + "/" + c.quantity, () => box("li", '<div class="top"><span class="name"></span><span class="value"><span></span> <small></small></span></div><div class="under"><span><span class="tag" data-part="quality"></span> <span class="quiet age"></span></span><svg class="curve" viewBox="0 0 136 32" role="img" aria-label=""><path></path></svg></div><span class="detail"></span>'), (e, c) => {
    say(part(e, "name"), (c.name === c.sensor ? c.sensor : c.name) + " · " + word("quantity.", c.quantity));
    const [text, u] = value(c);
    say(part(e, "value").firstChild, text);
    say(e.querySelector("small"), u);
    tag(e.querySelector("[data-part=quality]"), t("quality." + c.quality), QUALITY[c.quality] ?? "amber");
    say(part(e, "age"), c.ageS === undefined ? t("never") : t("ago", span(c.ageS)));
    say(part(e, "detail"), told(c.fault ?? ""));
    part(e, "detail").hidden = !c.fault;
    const drawn = path(curves[c.sensor + "/" + c.quantity] ?? []);
    const svg = part(e, "curve");
    svg.classList.toggle("none", drawn.many === 0);
    svg.setAttribute("aria-label", drawn.many ? t("curve", number(drawn.low), number(drawn.high)) : "");
    if (svg.firstChild.getAttribute("d") !== drawn.d) svg.firstChild.setAttribute("d", drawn.d);
  });
}

function cameras(all) {
  $("cameras-card").hidden = all.length === 0;
  say($("camera-count"), String(all.length));
  list($("cameras"), all, c => c.id, newCamera, (e, c) => {
    say(part(e, "name"), c.name === c.id ? c.id : c.name);
    tag(e.querySelector("[data-part=state]"), t("camera." + c.state), c.state === "ok" ? "green" : c.state === "starting" ? "" : "amber");
    const more = c.state === "starting" ? [] : [t("fps", number(c.framesPerSecond))];
    if (c.frameAgeS !== undefined) more.push(t("frame", span(c.frameAgeS)));
    if (c.analysisMs > 0) more.push(t("analysis", Math.round(c.analysisMs)));
    say(part(e, "more"), [...c.crowds.map(crowd), ...more].join(" · "));
    say(part(e, "detail"), told(c.detail ?? ""));
    part(e, "detail").hidden = !c.detail;
    const button = e.querySelector("button");
    button.hidden = !c.picture;
    say(button, t(e.dataset.shown ? "hide" : "look"));
    button.setAttribute("aria-expanded", e.dataset.shown ? "true" : "false");
    say(e.querySelector("a"), t("zones"));
    if (e.dataset.shown) picture(e, c);
  });
}
function crowd({ zone, persons, perSquareMetre }) {
  const many = String(Math.round(persons));
  const told = zone === "frame" ? t("persons", many) : t("personsIn", zone, many);
  return perSquareMetre === undefined ? told : t("density", told, number(perSquareMetre));
}
function newCamera(c) {
  const e = box("li", '<div class="top"><strong class="name"></strong><span class="tag" data-part="state"></span></div><div class="under"><span class="quiet more"></span><button type="button"></button></div><span class="detail"></span><div class="still" hidden><img alt=""><p class="quiet"></p><a></a></div>');
  e.querySelector("a").href = "/zones#" + c.id;
  e.querySelector("button").addEventListener("click", () => {
    if (e.dataset.shown) delete e.dataset.shown; else e.dataset.shown = "1";
    part(e, "still").hidden = !e.dataset.shown;
    cameras(last.cameras);
  });
  return e;
}
async function picture(e, c) {
  if (e.dataset.asked && Date.now() - Number(e.dataset.asked) < 3000) return;
  e.dataset.asked = String(Date.now());
  const answer = await ask("/api/v1/still/" + c.id, AbortSignal.timeout(SILENT_MS)).catch(() => null);
  if (!answer?.ok) return;
  const img = e.querySelector("img"), under = part(e, "still").querySelector("p");
  if (answer.headers.get("Content-Type") === "image/jpeg") {
    const before = img.src;
    img.src = URL.createObjectURL(await answer.blob());
    if (before) URL.revokeObjectURL(before);
    img.alt = t("masked", "");
    const age = (Date.parse(last.time) - Date.parse(answer.headers.get("X-Taken-At"))) / 1000;
    say(under, t("masked", span(Math.max(0, age))));
  } else {
    img.removeAttribute("src");
    say(under, t("noPicture", (await answer.json()).withheld));
  }
}

function queue(lanes, books) {
  list($("queue"), lanes, l => l.lane, () => box("tr", ""), (e, l) => {
    const cells = [t("lane." + l.lane), String(l.events), bytes(l.bytes), l.oldestAgeS === undefined ? "–" : span(l.oldestAgeS), String(l.dropped)];
    list(e, cells.map((text, i) => [i, text]), x => String(x[0]), () => make("td"), (d, x) => say(d, x[1]));
  });
  say($("books"), t("books", books.appended, books.acknowledged, books.rejected, books.dropped, books.unexplained));
}

function faults(changes) {
  $("no-faults").hidden = changes.length > 0;
  list($("faults"), changes, c => c.time + c.subject + c.code, () => box("li", '<time></time><span class="what"></span><span class="detail"></span>'), (e, c) => {
    say(e.firstChild, moment(c.time));
    e.firstChild.dateTime = c.time;
    say(part(e, "what"), word("subject.", c.subject).replace(/^subject\./, "") + t("colon") + (c.code === "ok" ? t("change.ok") : t("cause." + c.code)));
    say(part(e, "detail"), told(c.detail));
    part(e, "detail").hidden = !c.detail;
  });
}

function system(s) {
  const g = s.gateway, m = s.machine;
  const pairs = [
    ["gateway", g.id + " · " + g.district],
    ["clock", s.time.slice(0, 19).replace("T", " ") + " · " + word("clock.", s.clock.source) + (s.clock.errorMs === undefined ? "" : " ±" + s.clock.errorMs + " ms")],
    ["version", g.version + " · Java " + g.java],
    ["config", g.configSeq === 0 ? t("factory") : t("order", g.configSeq)],
    ["uptime", span(g.uptimeS) + " · " + t("boot", g.boot)],
    ["memory", m.residentBytes === undefined ? bytes(m.heapBytes) : bytes(m.residentBytes)],
  ];
  if (m.diskFreeBytes !== undefined) pairs.push(["disk", bytes(m.diskFreeBytes)]);
  if (m.temperatureC !== undefined) pairs.push(["temperature", Math.round(m.temperatureC) + " °C"]);
  pairs.push(["network", s.network.map(n => n.name + " " + (n.addresses.join(", ") || "–")).join("; ") || "–"]);
  if (s.position) pairs.push(["position", t("position." + s.position.state) + (s.position.lat === undefined ? "" : " " + s.position.lat.toFixed(5) + ", " + s.position.lon.toFixed(5))]);
  facts($("system"), pairs);
}

function onlyItsLight() {
  light(lightOnly.level, lightOnly.causes.map(c => ({ code: c })));
}

function show() {
  if (last) {
    say($("name"), last.gateway.name);
    say($("id"), last.gateway.name === last.gateway.id ? "" : last.gateway.id);
    if (glanced) onlyItsLight(); else light(last.light.level, last.light.reasons);
    alerts(last.alerts);
    cloud(last.cloud);
    sensors(last.sensors);
    cameras(last.cameras);
    queue(last.queue, last.books);
    faults(last.faults);
    system(last);
    say($("updated"), t("updated", clock(last.time)));
  } else if (lightOnly) {
    say($("id"), lightOnly.gateway);
    onlyItsLight();
    say($("updated"), t("updated", clock(lightOnly.time)));
  }
}

// What is asked for

function refused(key) {
  code.forget();
  last = null;
  $("rest").hidden = true;
  say($("refused"), key ? t(key) : "");
}
function stale(why, light = false) {
  old = why;
  glanced = light;
  $("stale").hidden = !why;
  if (why) {
    $("stale").dataset.t = why;
    say($("stale"), t(why));
  }
  show();
}

/** The whole, for as long as the stream lasts; how it ended says whether to try again. */
async function whole(abort) {
  let alive = Date.now();
  const watch = setInterval(() => { if (Date.now() - alive > SILENT_MS) abort.abort(); }, 1000);
  try {
    const answer = await ask("/api/v1/live", abort.signal);
    if (answer.status === 401) return refused("wrong");
    if (answer.status === 429) return refused("tooMany");
    if (answer.status === 403) return refused("");
    if (answer.status === 503) {
      // There is always room for the light.
      await askLight(abort);
      throw new Error("busy");
    }
    if (!answer.ok) throw new Error("status " + answer.status);
    await events(answer, (name, data) => {
      alive = Date.now();
      if (name === "curves") curves = data; else last = data;
      $("rest").hidden = false;
      $("ask").hidden = true;
      $("closed").hidden = true;
      stale("");
    });
  } finally {
    clearInterval(watch);
  }
}

async function askLight(abort) {
  const late = setTimeout(() => abort.abort(), SILENT_MS);
  try {
    const answer = await ask("/api/v1/light", abort.signal);
    if (!answer.ok) throw new Error("status " + answer.status);
    lightOnly = await answer.json();
    abort.signal.throwIfAborted();
  } finally {
    clearTimeout(late);
  }
}

async function onlyLight(abort) {
  await askLight(abort);
  $("ask").hidden = lightOnly.code !== "needed";
  $("closed").hidden = lightOnly.code === "needed";
  $("closed").dataset.t = lightOnly.code === "unusable" ? "unusable" : "closed";
  say($("closed"), t($("closed").dataset.t));
  stale("");
}

/** One round after the other, until the page is hidden or the code changes. */
async function run() {
  running?.abort();
  const mine = running = new AbortController();
  const pause = ms => new Promise(done => { setTimeout(done, ms); mine.signal.addEventListener("abort", done); });
  while (!mine.signal.aborted) {
    const round = new AbortController();
    const cut = () => round.abort();
    mine.signal.addEventListener("abort", cut);
    try {
      if (code.get()) {
        await whole(round);
      } else {
        await onlyLight(round);
        await pause(LIGHT_MS);
      }
    } catch (fault) {
      const busy = fault.message === "busy";
      if (!mine.signal.aborted) stale(busy ? "busy" : "stale", busy);
      await pause(RETRY_MS);
    }
    mine.signal.removeEventListener("abort", cut);
  }
}

$("ask").addEventListener("submit", event => {
  event.preventDefault();
  const text = $("code").value.trim();
  say($("refused"), isCode(text) ? "" : t("wrongKeyboard"));
  if (!isCode(text)) return;
  code.set(text);
  $("code").value = "";
  run();
});
document.addEventListener("visibilitychange", () => {
  running?.abort();
  // Hours may go by: what is shown, in the tab's title too, is old until the gateway has answered.
  stale("stale");
  if (!document.hidden) run();
});
speak(show);
run();
