// The page of a scene: a picture to turn, rendered by the server.
import { bytes, choice, copying, definitions, el, number, open, table } from "./collection_dom.js";
import { fromText, moved, nearer, toText, turned } from "./scene_orbit.js";
import { Views } from "./scene_views.js";

const viewer = document.getElementById("viewer");
const SETTLED = 160; // milliseconds after the last move until larger views are asked for
const OWN = "";
const [COLOUR, DEPTH] = ["colour", "depth"];
let told;
let views;
let orbit;
let parts; // elements that change
let shown = COLOUR; // or DEPTH
let moving = false; // a finger or a button is down
let settling = 0;
let linked = 0;
let size = [0, 0]; // of the stage in pixels of the screen

const radius = () => Math.hypot(...told.bounds[1].map((high, i) => high - told.bounds[0][i])) / 2;

/** Return the view as text for the server and the address. */
const asked = () => toText(orbit) + (shown === DEPTH ? "&shown=depth" : "");

/** Show another view; larger pictures of it follow once it stays. */
function go(next, own = OWN) {
  orbit = next;
  parts.cameras?.set(own);
  parts.up.set(orbit.up);
  parts.angle.value = number(orbit.angle, 4);
  viewer.dataset.complete = "false";
  const names = ["theta", "phi", "distance"].map((name) => `${name} ${number(orbit[name], 4)}`);
  parts.canvas.setAttribute("aria-label", [told.displayed, ...names].join(", "));
  ask(true);
  clearTimeout(settling);
  if (!moving) settling = setTimeout(() => ask(false), SETTLED);
  clearTimeout(linked);
  linked = setTimeout(shared, 250);
}

function ask(more) {
  if (size[0] && size[1]) views.want(asked(), ...size, more);
}

function shared() {
  history.replaceState(null, "", `#${asked()}`);
  return location.href;
}

function show(picture, query, whole) {
  const { canvas } = parts;
  const { width, height, bitmap, codes, ends } = picture;
  canvas.width = width;
  canvas.height = height;
  parts.scale.hidden = !codes;
  if (codes) {
    paint(codes);
    scale(ends);
  } else {
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
  }
  parts.sharpness.textContent = `${width} x ${height}${whole ? "" : " …"}`;
  viewer.dataset.shown = query;
  viewer.dataset.complete = String(whole && query === asked());
  say("");
}

/** Paint depths by their codes, near ones bright; nothing where nothing is seen. */
function paint(codes) {
  const { canvas } = parts;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  const colours = table("viridis");
  for (let k = 0; k < codes.length; k += 1) {
    if (codes[k] === 0) continue;
    const at = 3 * (255 - Math.round((255 * (codes[k] - 1)) / 65534));
    for (let c = 0; c < 3; c += 1) pixels.data[4 * k + c] = colours[at + c];
    pixels.data[4 * k + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
}

/** The bar of colours with the smallest and the largest depth of the picture. */
function scale([near, far]) {
  const context = parts.bar.getContext("2d");
  const colours = table("viridis");
  for (let k = 0; k < 256; k += 1) {
    context.fillStyle = `rgb(${colours.slice(3 * k, 3 * k + 3).join()})`;
    context.fillRect(255 - k, 0, 1, 1);
  }
  const [low, high] = [near, far].map((depth) => el("span", {}, number(depth, 4)));
  parts.scale.replaceChildren(el("strong", {}, "depth in scene units"), low, parts.bar, high);
}

function say(text, problem = false) {
  parts.message.textContent = text;
  parts.message.hidden = !text;
  parts.message.classList.toggle("error", problem);
}

// the pointer and the keys

function pointing() {
  const { stage } = parts;
  const held = new Map(); // place of each finger
  const side = () => Math.min(stage.clientWidth, stage.clientHeight);
  const spread = () => {
    const [a, b] = [...held.values()];
    return Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
  };
  const drag = (event) => {
    const last = held.get(event.pointerId);
    if (!last) return;
    const [across, down] = [(event.clientX - last.x) / side(), (event.clientY - last.y) / side()];
    const before = held.size === 2 ? spread() : 0;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (held.size === 2) {
      // each of two fingers carries half of the scene
      go(nearer(moved(orbit, across / 2, down / 2), before / spread(), radius()));
    } else {
      go((event.shiftKey || last.moves ? moved : turned)(orbit, across, down));
      held.get(event.pointerId).moves = last.moves;
    }
  };
  const release = (event) => {
    if (!held.delete(event.pointerId)) return;
    moving = held.size > 0;
    if (moving) return;
    stage.classList.remove("held");
    window.removeEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, release);
    ask(false);
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 1 || held.size === 2) return;
    held.set(event.pointerId, { x: event.clientX, y: event.clientY, moves: event.button === 1 });
    moving = true;
    clearTimeout(settling);
    stage.classList.add("held");
    window.addEventListener("pointermove", drag); // also outside of the picture
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release);
  });
  const wheel = (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    go(nearer(orbit, Math.exp(0.0015 * Math.max(-400, Math.min(event.deltaY * lines, 400))), radius()));
  };
  stage.addEventListener("wheel", wheel, { passive: false });
}

function keys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.matches?.("input, select, button, textarea, a, summary")) return;
  const step = 1 / 36; // of half a turn: 5 degrees
  const change = event.shiftKey ? moved : turned;
  const moves = {
    ArrowRight: () => change(orbit, step, 0),
    ArrowLeft: () => change(orbit, -step, 0),
    ArrowUp: () => change(orbit, 0, -step),
    ArrowDown: () => change(orbit, 0, step),
    "+": () => nearer(orbit, 0.8, radius()),
    "-": () => nearer(orbit, 1.25, radius()),
    0: () => told.first,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  go(moves[event.key]());
}

// the page

function details() {
  const lengths = told.bounds[1].map((high, i) => number(high - told.bounds[0][i], 4));
  const rows = [
    ["File", `${bytes(told.bytes)}, ${number(told.ratio, 3)} : 1${told.truncated ? ", incomplete" : ""}`],
    ["Method", told.method],
    ["Extent", lengths.join(" x ")],
  ];
  if (told.count) rows.push(["Cameras", String(told.count)]);
  if (told.psnr !== null) rows.push(["PSNR", `${number(told.psnr, 3)} dB`]);
  return el("dl", {}, ...definitions(rows));
}

function build() {
  const keyed = !matchMedia("(pointer: coarse)").matches;
  const hint = keyed
    ? "Drag or arrow keys turn, with Shift move; the wheel, + and - zoom; 0 is the first view."
    : "One finger turns, two move and zoom.";
  parts = {};
  parts.canvas = el("canvas", { width: 1, height: 1, tabIndex: 0, role: "img", "aria-label": told.displayed });
  parts.message = el("p", { className: "message", role: "status" }, "Rendering the first view.");
  parts.stage = el("div", { className: "stage" }, parts.canvas, parts.message);
  parts.bar = el("canvas", { width: 256, height: 1, "aria-hidden": "true" });
  parts.scale = el("div", { className: "scale", hidden: true });
  parts.sharpness = el("div", { className: "sharpness" });
  parts.up = choice("Up", told.ups.map((up) => [up, up.startsWith("-") ? `−${up[1]}` : `+${up}`]), "z", (up) => {
    go({ ...orbit, up, roll: 0 });
  });
  parts.angle = el("input", {
    type: "number",
    min: 1,
    max: 160,
    step: "any",
    "aria-label": "Angle of view in degrees",
    onchange: () => go(fromText(`angle=${parts.angle.value}`, orbit, told)),
  });
  const panel = el("aside", { className: "panel", "aria-label": "Camera and figures" }, el("h2", {}, "Camera"));
  if (told.cameras.length) {
    const names = told.cameras.map((camera, k) => [String(k), camera.name]);
    parts.cameras = choice("View", [[OWN, "free"], ...names], OWN, (k) => {
      if (k !== OWN) go(told.cameras[Number(k)].orbit, k);
    });
    panel.append(parts.cameras);
  }
  const angle = el("label", { className: "choice" }, el("span", {}, "Angle of view [°]"), parts.angle);
  parts.what = choice("Show", [COLOUR, DEPTH].map((name) => [name, name]), COLOUR, (name) => {
    shown = name;
    go(orbit, parts.cameras?.get() ?? OWN);
  });
  const first = el("button", { type: "button", onclick: () => go(told.first) }, "First view");
  const python = `zarr.open("${told.zarr}", mode="r")`;
  panel.append(parts.up, angle, parts.what, first, el("h2", {}, "File"), details(), copying("Copy address for Python", python));
  if (told.download) panel.append(el("a", { className: "button", href: told.download, download: "" }, "Download"));
  const readout = el("div", { className: "readout" }, el("span", {}, hint));
  const strip = el("div", { className: "strip" }, readout, parts.scale, parts.sharpness);
  const bar = el(
    "header",
    { className: "bar" },
    el("a", { className: "home", href: viewer.dataset.index }, "← All"),
    el("h1", {}, told.displayed),
    copying("Copy link", shared),
  );
  viewer.classList.add("scene");
  viewer.replaceChildren(bar, el("main", { className: "look" }, parts.stage, strip), panel);
  pointing();
  document.addEventListener("keydown", keys);
}

/** Follow the size of the window; the picture has its proportions. */
function resized() {
  const { clientWidth, clientHeight } = parts.stage;
  const density = Math.min(window.devicePixelRatio || 1, 2);
  const next = [clientWidth, clientHeight].map((n) => Math.round(n * density));
  if (next.join() === size.join()) return;
  size = next;
  go(orbit);
}

/** Show what the address says. */
function follow() {
  shown = new URLSearchParams(location.hash.slice(1)).get("shown") === DEPTH ? DEPTH : COLOUR;
  parts.what.set(shown);
  go(fromText(location.hash, orbit, told));
}

open(viewer, (found) => {
  told = found;
  orbit = told.first;
  views = new Views(told, show, (text) => say(text, true));
  build();
  follow();
  new ResizeObserver(resized).observe(parts.stage);
  window.addEventListener("hashchange", follow);
});
