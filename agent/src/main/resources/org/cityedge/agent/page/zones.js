// Draws zones, standing people and a measured rectangle of the ground on a masked still picture and shows their configuration. Nothing is sent to the gateway.
import { t, speak, code, ask, make, say } from "/access.js";

const EDGES = ["wide", "long"];
const AREAS = ["zones", "ignore", "privacy"];
const KINDS = [...AREAS, "people", "ground"]; // a person is a line from head to feet, the ground one rectangle
const NAMES = { zones: "zone", ignore: "ignore", privacy: "privacy", people: "person", ground: "ground" };
const APART = 0.1; // of the picture's height, between the feet of the nearest and the farthest
const HORIZON = 0.02; // as the agent has it: of the scale at the rectangle's middle
const STEPS = 128; // a zone is measured in so many steps each way
const SVG = "http://www.w3.org/2000/svg";
const NEAR_PX = 22; // a fingertip
const RETRY_MS = 2000;

const $ = id => document.getElementById(id);
const svg = $("draw");
let all = {}, camera = null, kind = "zones", open = [], chosen = null, held = null, taken = null, withheld = null, retry = 0;

const shapes = () => all[camera][kind];
const CORNERS = { people: 2, ground: 4 }; // what is whole with so many points
const least = () => CORNERS[kind] ?? 3;
const round = v => Math.round(Math.min(1, Math.max(0, v)) * 1000) / 1000;

function at(event) {
  const box = svg.getBoundingClientRect();
  return [round((event.clientX - box.x) / box.width), round((event.clientY - box.y) / box.height)];
}
function near(point, [x, y]) {
  const box = svg.getBoundingClientRect();
  return Math.hypot((point[0] - x) * box.width, (point[1] - y) * box.height) <= NEAR_PX;
}
/** The point that the pointer is on, of what is being drawn or of this kind's finished shapes. */
function grab(where) {
  for (const points of [open, ...shapes().map(s => s.polygon)]) {
    const i = points.findIndex(p => near(p, where));
    if (i >= 0) return { points, i };
  }
  return null;
}
/** Whether the line winds around the point at all, as the gateway counts. */
function inside(polygon, [x, y]) {
  let turns = 0;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) turns += ay > y ? 1 : -1;
  }
  return turns !== 0;
}

// The pointer: a mouse, a pen or a finger.

svg.addEventListener("pointerdown", event => {
  if (!event.isPrimary || event.button !== 0) return;
  event.preventDefault();
  svg.setPointerCapture(event.pointerId);
  const where = at(event);
  const hit = grab(where);
  held = { hit, where, moved: false };
});
svg.addEventListener("pointermove", event => {
  if (!held) return;
  const where = at(event);
  if (!held.moved && near(held.where, where) && Math.hypot(where[0] - held.where[0], where[1] - held.where[1]) < 0.01) return;
  held.moved = true;
  if (held.hit) {
    held.hit.points[held.hit.i] = where;
    show();
  }
});
svg.addEventListener("pointerup", event => {
  if (!held) return;
  const { hit, moved } = held;
  held = null;
  const where = at(event);
  if (moved) {
    show();
  } else if (hit && hit.points === open) {
    // The first point closes the shape.
    if (hit.i === 0) finish();
  } else if (open.length === 0 && (hit || shapes().some(s => inside(s.polygon, where)))) {
    chosen = shapes().find(s => hit ? s.polygon === hit.points : inside(s.polygon, where));
    show();
  } else {
    chosen = null;
    open.push(where);
    if (open.length === CORNERS[kind]) finish();
    show();
  }
});
svg.addEventListener("pointercancel", () => { held = null; });

/** A point that has the focus moves by the arrow keys. */
function keys(event, points, i) {
  const step = { ArrowLeft: [-0.01, 0], ArrowRight: [0.01, 0], ArrowUp: [0, -0.01], ArrowDown: [0, 0.01] }[event.key];
  if (!step) return;
  event.preventDefault();
  points[i] = [round(points[i][0] + step[0]), round(points[i][1] + step[1])];
  const index = [...svg.querySelectorAll("circle,ellipse")].indexOf(event.target);
  show();
  svg.querySelectorAll("circle,ellipse")[index]?.focus();
}

function finish() {
  if (open.length < least()) return;
  const used = new Set(KINDS.flatMap(k => all[camera][k].map(s => s.id)));
  let n = 1;
  while (used.has(NAMES[kind] + "-" + n)) n++;
  chosen = { id: NAMES[kind] + "-" + n, polygon: open };
  if (kind === "ground") shapes().length = 0;
  shapes().push(chosen);
  open = [];
  show();
}

// What is seen

function element(name, attributes) {
  const e = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([k, v]) => e.setAttribute(k, v));
  return e;
}
function points(list, live) {
  const box = svg.getBoundingClientRect();
  // Not laid out yet, or any more.
  if (box.width === 0 || box.height === 0) return;
  list.forEach((p, i) => {
    // Round on the screen, whatever the picture's shape.
    const e = element("ellipse", { cx: p[0], cy: p[1], rx: 7 / box.width, ry: 7 / box.height, tabindex: 0, role: "button", "aria-label": t("point", i + 1, p.join(", ")) });
    e.classList.toggle("first", live && i === 0);
    e.addEventListener("keydown", event => keys(event, list, i));
    svg.append(e);
  });
}
function show() {
  svg.replaceChildren();
  for (const k of KINDS) {
    for (const shape of all[camera][k]) {
      const e = element("polygon", { points: shape.polygon.map(p => p.join(",")).join(" "), class: k });
      e.classList.toggle("chosen", shape === chosen);
      svg.append(e);
      if (k === "ground") svg.append(element("polyline", { points: shape.polygon.slice(0, 2).map(p => p.join(",")).join(" "), class: "ground edge" }));
    }
  }
  shapes().forEach(s => points(s.polygon, false));
  if (open.length > 0) {
    svg.append(element("polyline", { points: open.map(p => p.join(",")).join(" "), class: kind }));
    points(open, true);
  }
  $("done").disabled = open.length < least();
  $("undo").disabled = open.length === 0;
  $("remove").disabled = open.length > 0 || !chosen || !shapes().includes(chosen);
  document.querySelectorAll("#kinds button").forEach(b => b.setAttribute("aria-pressed", String(b.dataset.kind === kind)));
  const marked = kind === "ground" && all[camera].ground.length === 0 ? all[camera].marks : null;
  say($("meaning"), t("meaning." + kind) + (marked ? t("marked", marked.points.length) : ""));
  // Below the picture: nothing may move it while a corner is dragged.
  $("crossed").hidden = kind !== "ground" || !crossed();
  $("size").hidden = kind !== "ground";
  say($("yaml"), yaml());
  say($("taken"), taken ? t("takenAt", taken.slice(11, 19)) : t("noPicture", withheld ?? ""));
  document.title = t("zones");
}

/**
 * On level ground a person's height in the picture grows in proportion to how low the feet are; the line of least squares
 * through all that are drawn gives it at both edges. Null while it takes a nearer or a farther one to tell.
 */
function personHeight() {
  const people = all[camera].people.map(({ polygon: [[, a], [, b]] }) => ({ feet: Math.max(a, b), tall: Math.abs(a - b) }));
  const feet = people.map(p => p.feet);
  if (people.length < 2 || Math.max(...feet) - Math.min(...feet) < APART) return null;
  const mean = values => values.reduce((sum, v) => sum + v, 0) / values.length;
  const x = mean(feet), y = mean(people.map(p => p.tall));
  const slope = mean(people.map(p => (p.feet - x) * (p.tall - y))) / mean(feet.map(f => (f - x) ** 2));
  const edge = v => Math.max(0.01, round(v));
  return { top: edge(y - slope * x), bottom: edge(y + slope * (1 - x)) };
}

/** The rectangle of the ground, its corners in the order of its edges, and how long they are in metres; null until all is known. */
function ground() {
  const [shape] = all[camera].ground;
  const wide = Number($("wide").value), long = Number($("long").value);
  return shape && !crossed() && wide > 0 && long > 0 ? { corners: shape.polygon, wide, long } : null;
}

/** Whether the corners go around no rectangle: seen from before the horizon, one turns the same way at each. */
function crossed() {
  const [shape] = all[camera].ground;
  if (!shape) return false;
  const turns = shape.polygon.map(([x, y], i, p) => {
    const [ax, ay] = p[(i + 1) % 4], [bx, by] = p[(i + 2) % 4];
    return Math.sign((ax - x) * (by - ay) - (ay - y) * (bx - ax));
  });
  return Math.abs(turns.reduce((sum, turn) => sum + turn, 0)) < 4;
}

/**
 * Square metres of a zone without its ignored parts; null where it reaches the horizon. The unit square's map to a quadrilateral
 * (Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, section 2.2.3), the other way round; what a small square of
 * the picture covers is that map's Jacobian, det / w³.
 */
function squareMetres(polygon, ignore, { corners: [[x0, y0], [x1, y1], [x2, y2], [x3, y3]], wide, long }) {
  const dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2;
  const sx = x0 - x1 + x2 - x3, sy = y0 - y1 + y2 - y3, det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det, h = (dx1 * sy - sx * dy1) / det;
  const [a, b, c, d, e, f] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  const w = (x, y) => (d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d);
  const middle = w((x0 + x1 + x2 + x3) / 4, (y0 + y1 + y2 + y3) / 4);
  // The map back is the adjugate, and an adjugate's determinant is the determinant's square.
  const size = (a * (e - f * h) - b * (d - f * g) + c * (d * h - e * g)) ** 2 * wide * long;
  const [left, right] = bounds(polygon, 0), [top, bottom] = bounds(polygon, 1);
  let sum = 0;
  for (let row = 0; row < STEPS; row++) {
    for (let column = 0; column < STEPS; column++) {
      const x = left + (column + 0.5) / STEPS * (right - left), y = top + (row + 0.5) / STEPS * (bottom - top);
      if (!inside(polygon, [x, y]) || ignore.some(part => inside(part.polygon, [x, y]))) continue;
      const here = w(x, y);
      if (!(here / middle >= HORIZON)) return null;
      sum += size / Math.abs(here) ** 3;
    }
  }
  return sum * (right - left) * (bottom - top) / STEPS ** 2;
}
function bounds(polygon, axis) {
  const values = polygon.map(p => p[axis]);
  return [Math.min(...values), Math.max(...values)];
}

/** As the camera's entry of the configuration has it. */
function yaml() {
  const lines = ["# " + camera];
  const floor = ground();
  for (const k of AREAS) {
    if (all[camera][k].length === 0) continue;
    lines.push(k + ":");
    for (const s of all[camera][k]) lines.push("  - {id: " + s.id + ", polygon: " + pairs(s.polygon) + "}" + (k === "zones" && floor ? area(s.polygon, floor) : ""));
  }
  const height = personHeight() ?? all[camera].personHeight;
  if (height) lines.push("personHeight: {top: " + height.top + ", bottom: " + height.bottom + "}");
  const marks = floor ? { points: floor.corners, metres: rectangle(floor.wide, floor.long) } : all[camera].ground.length === 0 ? all[camera].marks : null;
  if (marks) lines.push("ground: {points: " + pairs(marks.points) + ", metres: " + pairs(marks.metres) + "}");
  return lines.length > 1 ? lines.join("\n") + "\n" : "";
}

function pairs(list) {
  return "[" + list.map(p => "[" + p.join(", ") + "]").join(", ") + "]";
}
function rectangle(wide, long) {
  return [[0, 0], [wide, 0], [wide, long], [0, long]];
}

function area(polygon, floor) {
  const is = squareMetres(polygon, all[camera].ignore, floor);
  return " # " + (is ? (is < 10 ? is.toFixed(1) : Math.round(is)) + " m²" : t("horizon"));
}

// The picture

async function picture(which) {
  clearTimeout(retry);
  const img = $("still");
  const answer = await ask("/api/v1/still/" + which).catch(() => null);
  if (which !== camera || refused(answer)) return;
  if (answer?.ok) $("problem").hidden = true; else problem("unreachable");
  if (answer?.ok && answer.headers.get("Content-Type") === "image/jpeg") {
    if (img.src) URL.revokeObjectURL(img.src);
    taken = answer.headers.get("X-Taken-At");
    img.src = URL.createObjectURL(await answer.blob());
    await img.decode();
    show();
    return;
  }
  withheld = answer?.ok ? (await answer.json()).withheld : "";
  show();
  clearTimeout(retry);
  retry = setTimeout(() => picture(which), RETRY_MS);
}
function look(which) {
  camera = which;
  open = [];
  chosen = null;
  taken = null;
  $("still").removeAttribute("src");
  for (const edge of EDGES) $(edge).value = all[camera].size[edge];
  show();
  picture(which);
}

function problem(key) {
  $("problem").dataset.t = key;
  say($("problem"), t(key));
  $("problem").hidden = false;
}
/** Why nothing is to be had with this code, or without one; it is not tried again, for each try with a wrong one counts. */
function refused(answer) {
  const key = { 401: "codeFirst", 403: "noCode", 429: "tooMany" }[answer?.status];
  if (!key) return false;
  code.forget();
  problem(key);
  return true;
}
/** What the configuration has is gone on with: a rectangle as one, other marks of the ground as they are, until a rectangle replaces them. */
function prepare(one) {
  const marks = one.ground;
  one.people = [];
  one.ground = [];
  one.size = { wide: "", long: "" };
  if (!marks) return;
  const [, , [wide, long]] = marks.metres;
  if (JSON.stringify(marks.metres) === JSON.stringify(rectangle(wide, long))) {
    one.ground.push({ id: "ground-1", polygon: marks.points });
    one.size = { wide, long };
  } else {
    one.marks = marks;
  }
}
async function begin() {
  if (!code.get()) return problem("codeFirst");
  const answer = await ask("/api/v1/zones").catch(() => null);
  if (refused(answer)) return;
  if (!answer?.ok) {
    problem("unreachable");
    setTimeout(begin, RETRY_MS);
    return;
  }
  $("problem").hidden = true;
  all = await answer.json();
  Object.values(all).forEach(prepare);
  const ids = Object.keys(all);
  if (ids.length === 0) return problem("picturesOff");
  ids.forEach(id => $("camera").append(make("option", "", id)));
  const wanted = decodeURIComponent(location.hash.slice(1));
  $("camera").value = ids.includes(wanted) ? wanted : ids[0];
  $("work").hidden = false;
  look($("camera").value);
}

$("camera").addEventListener("change", () => look($("camera").value));
$("again").addEventListener("click", () => picture(camera));
$("kinds").addEventListener("click", event => {
  if (!event.target.dataset.kind) return;
  kind = event.target.dataset.kind;
  open = [];
  chosen = null;
  show();
});
$("size").addEventListener("input", event => {
  all[camera].size[event.target.id] = event.target.value;
  show();
});
$("done").addEventListener("click", finish);
$("undo").addEventListener("click", () => { open.pop(); show(); });
$("remove").addEventListener("click", () => {
  shapes().splice(shapes().indexOf(chosen), 1);
  chosen = null;
  show();
});
$("copy").addEventListener("click", async () => {
  // Plain HTTP has no clipboard of its own; a selection is copied everywhere.
  const range = document.createRange();
  range.selectNodeContents($("yaml"));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  say($("copied"), t(document.execCommand("copy") ? "copied" : "copyFailed"));
});
new ResizeObserver(() => { if (camera) show(); }).observe(svg);
speak(() => { if (camera) show(); });
begin();
