// The History page: what is shown stands in the address; links and form work without this, too.

import { Stack } from "./history/stack.js";
import { SiteTime } from "./history/time.js";
import { figure } from "./history/values.js";

const REFRESH = 60_000;
const SHORTEST = 60;
const PAGE = document.querySelector("[data-history]");
const CHARTS = PAGE.querySelector("[data-charts]");
const FORM = PAGE.querySelector("[data-picker]");
const find = (name) => PAGE.querySelector(`[data-${name}]`);
const read = (name) => JSON.parse(document.getElementById(name).textContent);

const words = read("history-words");
const time = new SiteTime(PAGE.dataset.zone, document.documentElement.lang || "en");
const stack = new Stack(CHARTS, time, words);
let view = null; // what the address says: device, points, last or from and to
let shown = null; // the document that is drawn
let range = null; // from when to when, in seconds: at once, before the document has come
let waiting = null; // the request that is under way

function viewOf(query) {
  const given = new URLSearchParams(query);
  return {
    device: given.get("device"),
    points: given.getAll("point"),
    last: given.get("from") || given.get("to") ? null : given.get("last"),
    from: given.get("from"),
    to: given.get("to"),
  };
}

function queryOf({ device, points, last, from, to }) {
  const query = new URLSearchParams();
  if (device) query.append("device", device);
  for (const point of points) query.append("point", point);
  if (last) query.append("last", last);
  if (from) query.append("from", from);
  if (to) query.append("to", to);
  return query;
}

const iso = (seconds) => new Date(Math.round(seconds) * 1000).toISOString().replace(".000Z", "Z");
const seconds = (text) => Date.parse(text) / 1000;
const between = (from, to) => ({ ...view, last: null, from: iso(from), to: iso(to) });

// Show another view and give it an address of its own, which can be shared and gone back to.
function go(next) {
  history.pushState(null, "", `?${queryOf(next)}`);
  show(next);
}

async function show(next) {
  view = next;
  if (view.from && view.to) {
    range = [seconds(view.from), seconds(view.to)];
    stack.stretch(...range);
    point();
  }
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  CHARTS.setAttribute("aria-busy", "true");
  const query = queryOf(view);
  query.append("width", Math.min(Math.max(Math.round(stack.width / 50) * 50, 300), 2000));
  try {
    const answer = await fetch(`/api/chart?${query}`, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    draw(await answer.json());
    find("problem").hidden = true;
  } catch (problem) {
    if (problem.name === "AbortError") return;
    find("problem").hidden = false;
  }
  if (signal === waiting?.signal) CHARTS.removeAttribute("aria-busy");
}

function draw(document) {
  shown = document;
  range = [document.from, document.to];
  const known = document.series.some(({ values }) => values.some((value) => value !== null));
  find("empty").hidden = known;
  stack.draw(document);
  point();
  describe();
  key();
}

// Links, boxes and texts say what is drawn.
function point() {
  const [from, to] = range;
  const length = to - from;
  const links = {
    earlier: between(from - length / 2, to - length / 2),
    later: between(from + length / 2, to + length / 2),
    closer: between(from + length / 4, to - length / 4),
    wider: between(from - length / 2, to + length / 2),
  };
  for (const link of PAGE.querySelectorAll("[data-go]")) {
    const last = link.dataset.last;
    const target = last ? { ...view, last, from: null, to: null } : links[link.dataset.go];
    link.setAttribute("href", `?${queryOf(target)}`);
    if (!last) continue;
    if (view.last === last || (!view.last && !view.from && !view.to && shown.last === last)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const link of PAGE.querySelectorAll("[data-device]")) {
    link.setAttribute("href", `?${queryOf({ ...view, device: link.dataset.device, points: [] })}`);
  }
  const exact = between(from, to);
  exact.device = shown.device;
  exact.points = shown.series.map(({ name }) => name);
  find("csv").setAttribute("href", `/history.csv?${queryOf(exact)}`);
  find("range").textContent = `${time.full(from)} – ${time.full(to)}`;
  find("following").hidden = Boolean(view.from || view.to);
}

function describe() {
  const rows = shown.series.map((series) => {
    const values = series.values.filter((value) => value !== null);
    const least = (series.min ?? series.values).filter((value) => value !== null);
    const greatest = (series.max ?? series.values).filter((value) => value !== null);
    return { series, values, least, greatest };
  });
  const body = find("summary");
  body.replaceChildren(...rows.map(({ series, values, least, greatest }) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = series.label;
    row.append(head);
    const text = (value) => figure(series, value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const figures = !values.length ? ["–", "–", "–", "–"]
      : series.options.length ? ["–", "–", "–", text(values.at(-1))]
      : [text(Math.min(...least)), text(mean), text(Math.max(...greatest)), text(values.at(-1))];
    for (const figure of figures) {
      const cell = document.createElement("td");
      cell.textContent = figure;
      row.append(cell);
    }
    return row;
  }));
  find("alarms").replaceChildren(...shown.alarms.map(({ time: at, title }) => {
    const item = document.createElement("li");
    item.textContent = `${time.full(at)}: ${title}`;
    return item;
  }));
  find("alarms-none").hidden = shown.alarms.length > 0;
  document.title = `${words.title} · ${time.full(shown.from)}`;
}

// Which shades are in the drawing.
function key() {
  find("too-long").hidden = shown.shading !== null;
  for (const item of PAGE.querySelectorAll("[data-shade]")) {
    item.hidden = !shown.shading?.[item.dataset.shade]?.length;
  }
}

stack.onZoom = (from, to) => zoom(from, to);
stack.onPlace = (at) => (find("moment").textContent = at === null ? words.newest : time.full(at));

function zoom(from, to) {
  const missing = SHORTEST - (to - from);
  if (missing > 0) [from, to] = [from - missing / 2, to + missing / 2];
  go(between(from, to));
}

const pan = (share) => {
  const by = (range[1] - range[0]) * share;
  zoom(range[0] + by, range[1] + by);
};
const scale = (factor) => {
  const middle = (range[0] + range[1]) / 2;
  const half = ((range[1] - range[0]) / 2) * factor;
  zoom(middle - half, middle + half);
};
const follow = () => go({ ...view, last: nearest(range[1] - range[0]), from: null, to: null });

// The preset that is most like a length.
function nearest(length) {
  const lasts = [...PAGE.querySelectorAll("[data-last]")].map((link) => link.dataset.last);
  const far = (last) => Math.abs(Math.log((parseInt(last, 10) * (last.endsWith("h") ? 3600 : 86400)) / length));
  return lasts.toSorted((a, b) => far(a) - far(b))[0];
}

PAGE.addEventListener("click", (event) => {
  const link = event.target.closest("[data-go]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(viewOf(new URL(link.href).search));
});
find("retry").addEventListener("click", () => show(view));

const KEYS = {
  ArrowLeft: (event) => (event.shiftKey ? pan(-0.5) : stack.step(event.ctrlKey ? -10 : -1)),
  ArrowRight: (event) => (event.shiftKey ? pan(0.5) : stack.step(event.ctrlKey ? 10 : 1)),
  PageUp: () => pan(-1),
  PageDown: () => pan(1),
  Home: () => stack.step(-Infinity),
  End: () => stack.step(Infinity),
  "+": () => scale(0.5),
  "-": () => scale(2),
  "0": () => follow(),
  Escape: () => stack.leave(),
};
CHARTS.addEventListener("keydown", (event) => {
  if (event.target !== CHARTS || !shown || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key](event);
  find("spoken").textContent = stack.sentence();
});

// Move what is drawn by a share of the view, until hand or wheel has come to rest.
function slide(share) {
  const by = share * (range[1] - range[0]);
  stack.stretch(range[0] + by, range[1] + by);
}

let turned = 0;
let resting = 0;
CHARTS.addEventListener("wheel", (event) => {
  const by = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  if (!by || Math.abs(by) < Math.abs(event.deltaY) * (event.shiftKey ? 0 : 1) || !shown) return;
  event.preventDefault();
  turned += by;
  const share = turned / (3 * stack.width);
  slide(share);
  clearTimeout(resting);
  resting = setTimeout(() => {
    turned = 0;
    pan(share);
  }, 180);
}, { passive: false });

// A finger that moves sideways moves through time; up and down it scrolls the page.
let finger = null;
CHARTS.addEventListener("pointerdown", (event) => {
  if (event.pointerType === "touch" && event.isPrimary && shown) finger = { x: event.clientX, share: 0 };
});
CHARTS.addEventListener("pointermove", (event) => {
  if (!finger || event.pointerType !== "touch" || !event.isPrimary) return;
  finger.share = (finger.x - event.clientX) / stack.width;
  slide(finger.share);
});
for (const end of ["pointerup", "pointercancel"]) {
  CHARTS.addEventListener(end, () => {
    const share = finger?.share ?? 0;
    finger = null;
    if (Math.abs(share) > 0.03) pan(share);
    else if (shown) slide(0);
  });
}

FORM.addEventListener("change", (event) => {
  if (event.target.name === "device") return FORM.requestSubmit();
  if (event.target.name !== "point") return;
  const points = [...FORM.querySelectorAll('input[name="point"]:checked')].map((box) => box.value);
  const room = points.length < Number(FORM.dataset.most);
  for (const box of FORM.querySelectorAll('input[name="point"]')) box.disabled = !room && !box.checked;
  if (points.length) go({ ...view, device: shown.device, points });
});
find("search").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase().split(/\s+/);
  for (const group of FORM.querySelectorAll("fieldset")) {
    let any = false;
    for (const row of group.querySelectorAll("[data-words]")) {
      row.hidden = !wanted.every((word) => row.dataset.words.includes(word));
      any ||= !row.hidden;
    }
    group.hidden = !any;
  }
});
find("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});

addEventListener("popstate", () => {
  show(viewOf(location.search));
  mark();
});
// The boxes say what the address says, also after going back.
function mark() {
  if (!view.points.length) return;
  for (const box of FORM.querySelectorAll('input[name="point"]')) box.checked = view.points.includes(box.value);
}

setInterval(() => {
  if (shown?.last && !document.hidden && stack.place === null) show(view);
}, REFRESH);
document.addEventListener("visibilitychange", () => {
  if (shown?.last && !document.hidden) show(view);
});

view = viewOf(location.search);
PAGE.classList.add("is-live");
if (matchMedia("(max-width: 64rem)").matches) find("choose").open = false;
draw(read("history-chart"));
