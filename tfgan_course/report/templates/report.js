"use strict";

// The data from page.py: {runs: [{name, x, figures, frames, events}], panels: [{title, good, main, series}]}.
const data = JSON.parse(document.getElementById("data").textContent);
const KINDS = ["training", "validation"];
const MARKS = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
  "M-3.5-3.5h7v7h-7z",
  "M0-4.5L4.5 3.5h-9z",
  "M0-5L5 0L0 5L-5 0z",
  "M0 4.5L4.5-3.5h-9z",
];
const MARGIN = { left: 50, right: 10, top: 10, bottom: 24 };
const HEIGHT = 210;
const shownRuns = new Set(data.runs.keys());
const controls = document.querySelector("#curves form").elements;
const markOf = (run) => MARKS[run % MARKS.length];

function element(name, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "text", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function written(value) {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e");
  return value.toLocaleString("en", Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 });
}

// ---------------------------------------------------------------------------------------------------------- axes

function roundTicks(low, high, count, whole) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough);
  if (whole) step = Math.max(1, Math.round(step));
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step) {
    ticks.push(Number(tick.toPrecision(10)));
  }
  return ticks;
}

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const times of high - low > 2 ? [1] : [1, 2, 5]) {
      const tick = Math.log10(times * 10 ** power);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

function range(values) {
  const low = Math.min(...values), high = Math.max(...values);
  if (low < high) return [low, high];
  const around = Math.abs(low) / 10 || 1;
  return [low - around, high + around];
}

// Returns the run of three or more without which the range of values is less than a tenth: it would make the others flat.
// Returns null if there is none.
function outlier(lines, scale) {
  const runs = [...new Set(lines.map((line) => line.run))];
  if (runs.length < 3) return null;
  const span = (kept) => {
    const [low, high] = range(kept.flatMap((line) => line.points.map(([, y]) => scale(y))));
    return high - low;
  };
  const spans = runs.map((run) => span(lines.filter((line) => line.run !== run)));
  const smallest = Math.min(...spans);
  return smallest < span(lines) / 10 ? runs[spans.indexOf(smallest)] : null;
}

// -------------------------------------------------------------------------------------------------------- charts

class Chart {
  constructor(panel, folder) {
    this.panel = panel;
    this.svg = element("svg", { tabindex: 0, role: "img", "aria-roledescription": "chart" });
    this.readout = element("div", { class: "readout", hidden: "" });
    const caption = element("figcaption", {}, panel.title);
    if (panel.good) {
      const better = ["lower", "higher"].includes(panel.good) ? `${panel.good} is better` : panel.good;
      caption.append(element("small", {}, better));
    }
    this.outside = element("small", { class: "outside" });
    caption.append(this.outside);
    folder.append(element("figure", { class: "panel" }, caption, this.svg, this.readout));
    this.svg.addEventListener("pointermove", (event) => this.pointAt(event));
    this.svg.addEventListener("pointerdown", (event) => this.pointAt(event));
    this.svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.read(null));
    this.svg.addEventListener("blur", () => this.read(null));
    this.svg.addEventListener("keydown", (event) => this.press(event));
  }

  // The lines to draw: [{run, kind, points: [[x, y], ...]}].
  lines() {
    const lines = [];
    for (const run of shownRuns) {
      for (const kind of KINDS) {
        const values = data.runs[run].figures[this.panel.series[kind]];
        if (!values || !controls[kind].checked) continue;
        const along = data.runs[run].x[controls.x.value];
        const points = values.map((y, index) => [along[index], y]).filter(([x, y]) => x !== null && y !== null);
        if (points.length) lines.push({ run, kind, points });
      }
    }
    return lines;
  }

  draw() {
    const width = Math.max(this.svg.clientWidth, 200);
    const lines = (this.drawn = this.lines());
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.svg.parentNode.classList.toggle("empty", !lines.length);
    this.read(null);
    const names = [...new Set(lines.map((line) => data.runs[line.run].name))];
    this.svg.setAttribute("aria-label", `${this.panel.title} of ${names.join(", ") || "no run"}`);
    if (!lines.length) {
      const message = shownRuns.size ? "nothing recorded" : "no run is selected";
      this.svg.append(element("text", { x: width / 2, y: HEIGHT / 2, "text-anchor": "middle" }, message));
      return;
    }
    this.stops = [...new Set(lines.flatMap((line) => line.points.map(([x]) => x)))].sort((a, b) => a - b);
    const log = controls.log.checked && lines.every((line) => line.points.every(([, y]) => y > 0));
    const scale = log ? Math.log10 : (y) => y;
    const [left, right] = range(this.stops);
    const out = outlier(lines, scale);
    let [low, high] = range(
      lines.filter((line) => line.run !== out).flatMap((line) => line.points.map(([, y]) => scale(y))),
    );
    this.outside.textContent = out === null ? "" : `${data.runs[out].name} is outside this scale: choose logarithmic, or hide others`;
    [low, high] = [low - (high - low) / 25, high + (high - low) / 25];
    const bottom = HEIGHT - MARGIN.bottom;
    this.toX = (x) => MARGIN.left + ((x - left) / (right - left)) * (width - MARGIN.left - MARGIN.right);
    const part = (y) => Math.min(1, Math.max(0, (scale(y) - low) / (high - low)));
    const toY = (y) => bottom - part(y) * (bottom - MARGIN.top);

    for (const tick of log ? logTicks(low, high) : roundTicks(low, high, 5, false)) {
      const y = toY(log ? 10 ** tick : tick);
      this.svg.append(
        element("line", { class: "axis", x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }),
        element("text", { class: "y", x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" }, written(log ? 10 ** tick : tick)),
      );
    }
    for (const tick of roundTicks(left, right, Math.min(6, width / 80), controls.x.value !== "minutes")) {
      const x = this.toX(tick);
      const anchor = x > width - 25 ? "end" : "middle";
      this.svg.append(
        element("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
        element("text", { x, y: HEIGHT - 6, "text-anchor": anchor }, written(tick)),
      );
    }
    for (const run of shownRuns) this.drawEvents(run, bottom);
    for (const line of lines) {
      const places = line.points.map(([x, y]) => `${this.toX(x).toFixed(1)} ${toY(y).toFixed(1)}`);
      const group = element("g", { class: `run-${line.run}`, "data-line": line.run });
      group.append(element("path", { class: `curve ${line.kind}`, d: `M${places.join("L")}` }));
      const every = Math.ceil(places.length / 30);
      places.forEach((place, index) => {
        if (index % every === 0) {
          const at = { class: `point ${line.kind}`, d: markOf(line.run), transform: `translate(${place}) scale(.8)` };
          group.append(element("path", at));
        }
      });
      this.svg.append(group);
    }
    this.cursor = element("line", { class: "cursor", y1: MARGIN.top, y2: bottom, visibility: "hidden" });
    this.svg.append(this.cursor);
  }

  drawEvents(run, bottom) {
    const group = element("g", { class: `run-${run}`, "data-line": run });
    for (const event of data.runs[run].events) {
      const at = placeOf(run, event);
      if (at === null || at < this.stops[0] || at > this.stops.at(-1)) continue;
      const x = this.toX(at);
      group.append(
        element("g", { class: "event-of-run" },
          element("title", {}, `${data.runs[run].name}, epoch ${event.epoch}: ${event.sentence}`),
          element("line", { class: "event", x1: x, x2: x, y1: MARGIN.top, y2: bottom }),
          element("path", { class: "event-mark", d: `M${x - 4} 2h8l-4 7z` }),
        ),
      );
    }
    this.svg.append(group);
  }

  pointAt(event) {
    if (!this.drawn?.length) return;
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.svg.viewBox.baseVal.width;
    const distance = (stop) => Math.abs(this.toX(stop) - x);
    this.read(this.stops.reduce((best, stop, index) => (distance(stop) < distance(this.stops[best]) ? index : best), 0));
  }

  press(event) {
    if (!this.drawn?.length) return;
    const last = this.stops.length - 1;
    const now = this.at ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    const to = { ArrowRight: Math.min(now + 1, last), ArrowLeft: Math.max(now - 1, 0), Home: 0, End: last, Escape: null };
    if (!(event.key in to)) return;
    event.preventDefault();
    this.read(to[event.key]);
    document.getElementById("spoken").textContent = this.readout.innerText;
  }

  // Shows the values at the stop of this index; hides them for null.
  read(index) {
    this.at = index;
    this.readout.hidden = index === null;
    this.cursor?.setAttribute("visibility", index === null ? "hidden" : "visible");
    if (index === null) return;
    const stop = this.stops[index];
    const x = this.toX(stop);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    const unit = controls.x.value === "minutes" ? "min" : "";
    const lines = [element("strong", {}, unit ? `${written(stop)} ${unit}` : `${controls.x.value} ${written(stop)}`)];
    for (const { run, kind, points } of this.drawn) {
      if (stop < points[0][0] || stop > points.at(-1)[0]) continue;
      const [, y] = points.reduce((best, point) => (Math.abs(point[0] - stop) < Math.abs(best[0] - stop) ? point : best));
      const mark = element("svg", { class: "mark", viewBox: "-8 -8 16 16" }, element("path", { d: markOf(run) }));
      const name = kind === "validation" ? `${data.runs[run].name}, validation` : data.runs[run].name;
      lines.push(element("div", { class: `run-${run}` }, mark, `${name} `, element("b", {}, written(y))));
    }
    for (const run of shownRuns) {
      for (const event of data.runs[run].events) {
        if (placeOf(run, event) === stop) lines.push(element("div", {}, `${data.runs[run].name}: ${event.sentence}`));
      }
    }
    this.readout.replaceChildren(...lines);
    const width = this.svg.viewBox.baseVal.width;
    this.readout.style.left = x < width / 2 ? "auto" : `${MARGIN.left + 12}px`;
    this.readout.style.right = x < width / 2 ? "16px" : "auto";
    this.readout.style.top = "2.4rem";
  }
}

// Returns an event's place on the time axis: its epoch, or else the next epoch that is drawn, or the last one.
function placeOf(run, event) {
  const { x } = data.runs[run];
  const index = x.epoch.findIndex((epoch) => epoch >= event.epoch);
  return x[controls.x.value].at(index) ?? null;
}

const folders = { true: document.getElementById("panels"), false: document.getElementById("more-panels") };
const more = document.getElementById("more");
const charts = data.panels.map((panel) => new Chart(panel, folders[panel.main]));
more.hidden = data.panels.every((panel) => panel.main);
if (!data.panels.length) folders.true.append(element("p", {}, "No epoch has ended yet."));

function draw() {
  for (const chart of charts) if (chart.panel.main || more.open) chart.draw();
}

// --------------------------------------------------------------------------------------------- legend, controls

for (const path of document.querySelectorAll("[data-mark]")) path.setAttribute("d", markOf(Number(path.dataset.mark)));

function show(runs) {
  shownRuns.clear();
  for (const run of [...runs].sort((a, b) => a - b)) shownRuns.add(run);
  for (const button of document.querySelectorAll("[data-run]")) {
    button.setAttribute("aria-pressed", shownRuns.has(Number(button.dataset.run)));
  }
  for (const part of document.querySelectorAll("[data-of-run]")) part.hidden = !shownRuns.has(Number(part.dataset.ofRun));
  draw();
}

function highlight(run) {
  for (const line of document.querySelectorAll("[data-line]")) {
    line.style.opacity = run === null || line.dataset.line === run ? 1 : 0.15;
  }
}

for (const button of document.querySelectorAll("[data-run]")) {
  const run = Number(button.dataset.run);
  button.addEventListener("click", () => {
    highlight(null);
    show(shownRuns.has(run) ? [...shownRuns].filter((other) => other !== run) : [...shownRuns, run]);
  });
  button.addEventListener("pointerenter", () => shownRuns.has(run) && highlight(button.dataset.run));
  button.addEventListener("pointerleave", () => highlight(null));
}
for (const button of document.querySelectorAll("[data-runs]")) {
  button.addEventListener("click", () => show(button.dataset.runs === "all" ? data.runs.keys() : []));
}
for (const control of controls) control.addEventListener("change", draw);
more.addEventListener("toggle", draw);
let width = 0;
new ResizeObserver(([entry]) => {
  if (entry.contentRect.width !== width) {
    width = entry.contentRect.width;
    draw();
  }
}).observe(folders.true);
draw();

// ------------------------------------------------------------------------------------------------- samples' film

const slider = document.getElementById("frame");
if (slider) {
  const steps = [...new Set(data.runs.flatMap((run) => run.frames.map((frame) => frame.step)))].sort((a, b) => a - b);
  const play = document.getElementById("play");
  let timer = null;

  // Each run shows its latest samples up to that step.
  const turnTo = (index) => {
    slider.value = index;
    const step = steps[index];
    const text = `${step.toLocaleString("en")} of ${steps.at(-1).toLocaleString("en")}`;
    document.getElementById("frame-step").textContent = text;
    slider.setAttribute("aria-valuetext", `step ${text}`);
    for (const image of document.querySelectorAll("[data-frames]")) {
      const { frames } = data.runs[image.dataset.frames];
      const frame = frames.findLast((other) => other.step <= step) ?? frames[0];
      if (image.src !== frame.uri) image.src = frame.uri;
      image.parentNode.querySelector(".step").textContent = `step ${frame.step.toLocaleString("en")}`;
    }
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  };
  slider.max = steps.length - 1;
  slider.addEventListener("input", () => {
    stop();
    turnTo(Number(slider.value));
  });
  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    play.textContent = "Pause";
    let index = Number(slider.value) === steps.length - 1 ? -1 : Number(slider.value);
    timer = setInterval(() => (index === steps.length - 1 ? stop() : turnTo(++index)), 300);
  });
  slider.form.addEventListener("submit", (event) => event.preventDefault());
  slider.form.hidden = steps.length < 2;
  turnTo(steps.length - 1);
}
