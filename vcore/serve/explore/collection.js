// The page of a collection: a slider for each parameter, a picture to turn, and play along any axis.
import { bytes, choice, copying, definitions, el, MAPS, number, open, segmented, table, withUnit } from "./collection_dom.js";
import { Grid } from "./collection_grid.js";
import { Images, keyOf } from "./collection_images.js";
import { BEHIND, fromHash, SPEEDS, toHash } from "./collection_state.js";

const viewer = document.getElementById("viewer");
let told;
let grid;
let images;
let state;
let parts; // elements that change
let shownAt = 0; // time of the last picture, in milliseconds
let timer = 0;
let pointed = null; // pixel that is pointed at
let linked = 0;

const current = () => keyOf(state.index, state.channel);
const limits = () => state.limits.get(state.channel.name);

// drawing

function draw() {
  const key = current();
  const picture = images.get(key);
  const there = grid.has(state.index);
  parts.stage.classList.toggle("hole", !there);
  if (!there) {
    parts.canvas.hidden = true;
    stop();
    say("There is no image at these values.");
  } else if (picture) {
    paint(picture);
    parts.canvas.hidden = false;
    viewer.dataset.shown = key;
    say("");
    shownAt = performance.now();
  }
  viewer.dataset.complete = String(!there || Boolean(picture));
  read();
  if (picture && state.playing !== null) schedule();
}

function paint(picture) {
  const context = parts.canvas.getContext("2d", { willReadFrequently: true });
  const { width, height } = parts.canvas;
  if (state.channel.colour) {
    context.clearRect(0, 0, width, height);
    context.drawImage(picture, 0, 0);
    return;
  }
  const { range, step } = state.channel;
  const [low, high] = limits();
  const colours = table(state.map);
  const pixels = context.createImageData(width, height);
  const data = new Uint32Array(pixels.data.buffer);
  // colours of all codes at once: there are fewer of them than pixels in large images
  const little = new Uint32Array(256);
  for (let k = 0; k < 256; k += 1) {
    little[k] = (255 << 24) | (colours[3 * k + 2] << 16) | (colours[3 * k + 1] << 8) | colours[3 * k];
  }
  const scale = 255 / (high - low);
  for (let k = 0; k < picture.length; k += 1) {
    if (picture[k] === 0) continue;
    const value = range[0] + (picture[k] - 1) * step;
    data[k] = little[Math.min(Math.max(Math.round((value - low) * scale), 0), 255)];
  }
  context.putImageData(pixels, 0, 0);
}

function say(text, problem = false) {
  parts.message.textContent = text;
  parts.message.hidden = !text;
  parts.message.classList.toggle("error", problem);
}

/** Tell the value that is pointed at, or how to move. */
function read() {
  const size = [told.size[1], told.size[0]];
  const picture = images.get(current());
  if (!pointed || !picture || !grid.has(state.index)) {
    parts.readout.replaceChildren(el("span", {}, parts.hint));
    return;
  }
  const [x, y] = pointed;
  const found = [el("span", {}, `x ${x}, y ${y} of ${size[0]} x ${size[1]}`)];
  if (state.channel.colour) {
    const pixel = parts.canvas.getContext("2d", { willReadFrequently: true }).getImageData(x, y, 1, 1).data;
    const [red, green, blue, alpha] = pixel;
    const opaque = alpha === 255 ? "" : `, opacity ${Math.round(alpha / 2.55)} %`;
    found.unshift(el("strong", {}, `red ${red}, green ${green}, blue ${blue}${opaque}`));
  } else {
    const code = picture[y * size[0] + x];
    const value = state.channel.range[0] + (code - 1) * state.channel.step;
    found.unshift(el("strong", {}, code === 0 ? "missing" : withUnit(value, state.channel.unit, 5)));
  }
  parts.readout.replaceChildren(...found);
}

// moving

/** Show the image of an index: at once if it is here, else when it has come. */
function go(index) {
  state.index = index;
  clearTimeout(timer);
  for (const [axis, row] of parts.rows) row.set(index[axis]);
  const named = grid.axes.map((axis) => {
    const { name, values, unit } = grid.parameters[axis];
    return `${name} ${withUnit(values[index[axis]], unit)}`;
  });
  parts.canvas.setAttribute("aria-label", [told.displayed, ...named].join(", "));
  const wanted = grid.has(index) ? [[index, state.channel]] : [];
  for (const near of grid.ahead(index, state.playing)) wanted.push([near, state.channel]);
  images.want(wanted);
  draw();
  link();
}

function step(axis, by, around = false) {
  const next = axis === undefined ? null : grid.step(state.index, axis, by, around);
  if (next) go(next);
  return next;
}

function play(axis) {
  state.playing = state.playing === axis ? null : axis;
  for (const [other, row] of parts.rows) row.playing(other === state.playing);
  shownAt = performance.now();
  if (state.playing !== null) state.last = axis;
  go(state.index);
}

function stop() {
  if (state.playing !== null) play(state.playing);
}

function schedule() {
  clearTimeout(timer);
  const wait = shownAt + 1000 / state.speed - performance.now();
  timer = setTimeout(() => {
    if (state.playing !== null && !step(state.playing, 1, true)) stop();
  }, Math.max(wait, 0));
}

function link() {
  clearTimeout(linked);
  linked = setTimeout(() => history.replaceState(null, "", `#${toHash(state, grid)}`), 250);
}

function onready(key) {
  if (key === current()) draw();
}

function onfail(key, text) {
  if (key !== current()) return;
  stop();
  say(text, true);
}

// controls

function slider(axis) {
  const parameter = grid.parameters[axis];
  const { name, unit, values } = parameter;
  const output = el("output", {});
  const input = el("input", {
    type: "range",
    min: 0,
    max: values.length - 1,
    step: 1,
    "aria-label": name,
    oninput: () => go(state.index.with(axis, Number(input.value))),
  });
  const button = el("button", { type: "button", className: "play", onclick: () => play(axis) });
  const row = el("div", { className: "slider" }, el("span", { className: "name" }, name), input, output, button);
  row.set = (at) => {
    const text = withUnit(values[at], unit);
    input.value = at;
    input.setAttribute("aria-valuetext", text);
    output.textContent = text;
  };
  row.playing = (on) => {
    button.textContent = on ? "❚❚" : "▶";
    button.setAttribute("aria-label", on ? `Stop at this ${name}` : `Play along ${name}`);
  };
  row.playing(false);
  return row;
}

/** Controls of a channel of values: colour map and limits. */
function colouring() {
  const bound = (end) => {
    const input = el("input", {
      type: "number",
      step: "any",
      "aria-label": end ? "Upper limit of the colours" : "Lower limit of the colours",
      onchange: () => {
        const next = limits().with(end, input.valueAsNumber);
        if (next[0] < next[1]) state.limits.set(state.channel.name, next);
        choose(state.channel);
      },
    });
    return input;
  };
  const [low, high] = [bound(0), bound(1)];
  high.className = "high";
  const whole = el("button", {
    type: "button",
    onclick: () => {
      state.limits.set(state.channel.name, whole.range);
      choose(state.channel);
    },
  }, "All");
  const maps = choice("Colours", MAPS.map((m) => [m, m]), state.map, (map) => {
    state.map = map;
    choose(state.channel);
  });
  const box = el("div", { className: "colouring" }, maps, el("div", { className: "limits" }, low, whole, high));
  box.update = () => {
    [low.value, high.value] = limits().map((v) => number(v, 6));
    whole.range = wide(state.channel.range);
    maps.set(state.map);
  };
  return box;
}

/** Return limits that differ, for values that are all the same. */
const wide = ([low, high]) => (low < high ? [low, high] : [low, low + (Math.abs(low) || 1)]);

/** Show a channel, or the same one with other colours. */
function choose(channel) {
  state.channel = channel;
  parts.channels?.set(channel.name);
  parts.colouring.hidden = channel.colour;
  parts.behind.hidden = channel.name !== "rgba";
  parts.behind.set(state.behind);
  parts.stage.dataset.behind = channel.name === "rgba" ? state.behind : "dark";
  parts.scale.hidden = channel.colour;
  if (!channel.colour) {
    parts.colouring.update();
    scale();
  }
  details();
  go(state.index);
}

/** The bar of colours with its limits, and what is coloured. */
function scale() {
  const [low, high] = limits();
  const context = parts.bar.getContext("2d");
  const colours = table(state.map);
  for (let k = 0; k < 256; k += 1) {
    context.fillStyle = `rgb(${colours.slice(3 * k, 3 * k + 3).join()})`;
    context.fillRect(k, 0, 1, 1);
  }
  const { name, unit } = state.channel;
  parts.scale.replaceChildren(
    el("strong", {}, unit ? `${name} [${unit}]` : name),
    el("span", {}, number(low, 4)),
    parts.bar,
    el("span", {}, number(high, 4)),
  );
}

function details() {
  const { method, psnr, max_error: bound, dtype, unit, name } = state.channel;
  const holes = grid.shape.reduce((a, b) => a * b, 1) - told.images;
  const rows = [
    ["Images", `${told.images} of ${told.size[1]} x ${told.size[0]}${holes ? `, ${holes} missing` : ""}`],
    ["File", `${bytes(told.bytes)}, ${number(told.ratio, 3)} : 1${told.truncated ? ", incomplete" : ""}`],
    ["Channel", `${name}, ${dtype}`],
    ["Method", method],
  ];
  if (bound === 0) rows.push(["Loss", "none"]);
  else if (bound !== null) rows.push(["Largest error", withUnit(bound, unit, 3)]);
  else if (psnr !== null) rows.push(["PSNR", `${number(psnr, 3)} dB`]);
  for (const p of told.parameters) {
    if (p.values.length === 1) rows.push([p.name, withUnit(p.values[0], p.unit)]);
  }
  parts.details.replaceChildren(...definitions(rows));
}

// the pointer and the keys

/** Return the pixel at a place of the window; null beside the picture. */
function pixelAt(event) {
  const box = parts.canvas.getBoundingClientRect();
  const [height, width] = told.size;
  const scale = Math.min(box.width / width, box.height / height);
  const x = Math.floor((event.clientX - box.left - (box.width - scale * width) / 2) / scale);
  const y = Math.floor((event.clientY - box.top - (box.height - scale * height) / 2) / scale);
  return x >= 0 && x < width && y >= 0 && y < height ? [x, y] : null;
}

function pointing() {
  const { stage } = parts;
  let from = null;
  const turn = (event) => {
    if (event.pointerId !== from.id) return;
    const box = stage.getBoundingClientRect();
    const side = Math.min(box.width, box.height);
    const index = grid.dragged(from.index, (event.clientX - from.x) / side, (event.clientY - from.y) / side);
    // play goes on while the picture is turned
    for (const axis of grid.axes) if (![grid.across, grid.down].includes(axis)) index[axis] = state.index[axis];
    if (index.join() !== state.index.join()) go(index);
  };
  const release = (event) => {
    if (event.pointerId !== from.id) return;
    from = null;
    stage.classList.remove("held");
    window.removeEventListener("pointermove", turn);
    for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, release);
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.button || from !== null) return;
    from = { id: event.pointerId, x: event.clientX, y: event.clientY, index: state.index };
    stage.classList.add("held");
    window.addEventListener("pointermove", turn); // also outside of the picture
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release);
  });
  stage.addEventListener("pointermove", (event) => {
    pointed = pixelAt(event);
    read();
  });
  stage.addEventListener("pointerleave", () => {
    pointed = null;
    read();
  });
}

function keys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const on = event.target;
  const ranged = on.matches?.("input[type=range]");
  if (!ranged && on.matches?.("input, select, button, textarea, a, summary")) return;
  const last = state.last ?? grid.axes.find((a) => a !== grid.across && a !== grid.down) ?? grid.axes[0];
  const turned = grid.angles.length > 0;
  const moves = {
    ArrowRight: [grid.across, 1],
    ArrowLeft: [grid.across, -1],
    ArrowUp: [grid.down, turned ? -1 : 1],
    ArrowDown: [grid.down, turned ? 1 : -1],
    ".": [last, 1],
    ",": [last, -1],
  };
  if (event.key === " ") {
    if (last !== undefined) play(state.playing ?? last);
  } else if (event.key in moves && !(ranged && event.key.startsWith("Arrow"))) {
    step(...moves[event.key]);
  } else {
    return;
  }
  event.preventDefault();
}

// the page

function hint() {
  const name = (axis) => grid.parameters[axis].name;
  const dragged = [grid.across, grid.down].filter((axis) => axis !== undefined).map(name);
  if (!dragged.length) return "";
  const keyed = !matchMedia("(pointer: coarse)").matches;
  return `Drag${keyed ? ", or use arrow keys," : ""} to change ${dragged.join(" and ")}.${keyed ? " Space plays." : ""}`;
}

function build() {
  const [height, width] = told.size;
  parts = { rows: new Map(grid.axes.map((axis) => [axis, slider(axis)])), hint: hint() };
  parts.canvas = el("canvas", { width, height, tabIndex: 0, role: "img", "aria-label": told.displayed });
  parts.message = el("p", { className: "message", role: "status", hidden: true });
  parts.bar = el("canvas", { width: 256, height: 1 });
  parts.scale = el("div", { className: "scale" });
  parts.stage = el("div", { className: "stage" }, parts.canvas, parts.message);
  parts.readout = el("div", { className: "readout" });
  parts.colouring = colouring();
  const ground = segmented("behind", "Behind the picture", BEHIND.map((b) => [b, b]), state.behind, (chosen) => {
    state.behind = chosen;
    choose(state.channel);
  });
  parts.behind = el("div", { className: "choice" }, el("span", {}, "Behind"), ground);
  parts.behind.set = ground.set;
  parts.details = el("dl");
  const panel = el("aside", { className: "panel", "aria-label": "Channels and figures" });
  if (told.channels.length > 1) {
    const options = told.channels.map((c) => [c.name, c.name]);
    const pick = (name) => choose(told.channels.find((c) => c.name === name));
    parts.channels = segmented("channel", "Channel", options, state.channel.name, pick);
    panel.append(el("h2", {}, "Channel"), parts.channels);
  }
  panel.append(parts.colouring, parts.behind);
  if (grid.axes.length) {
    const speeds = SPEEDS.map((s) => [s, `${s} image${s > 1 ? "s" : ""} a second`]);
    parts.speed = choice("Speed", speeds, state.speed, (speed) => {
      state.speed = Number(speed);
      link();
    });
    panel.append(el("h2", {}, "Play"), parts.speed);
  }
  const python = `zarr.open("${told.zarr}", mode="r")`;
  panel.append(el("h2", {}, "File"), parts.details, copying("Copy address for Python", python));
  if (told.download) panel.append(el("a", { className: "button", href: told.download, download: "" }, "Download"));
  const look = el(
    "main",
    { className: "look" },
    parts.stage,
    el("div", { className: "strip" }, parts.readout, parts.scale),
    el("div", { className: "sliders" }, ...parts.rows.values()),
  );
  const bar = el(
    "header",
    { className: "bar" },
    el("a", { className: "home", href: viewer.dataset.index }, "← All"),
    el("h1", {}, told.displayed),
    copying("Copy link", shared),
  );
  viewer.replaceChildren(bar, look, panel);
  pointing();
  document.addEventListener("keydown", keys);
}

/** Return the address with all that is looked at. */
function shared() {
  history.replaceState(null, "", `#${toHash(state, grid)}`);
  return location.href;
}

/** Take over the state of the address. */
function follow() {
  fromHash(location.hash, state, told, grid);
  parts.speed?.set(state.speed);
  for (const [axis, row] of parts.rows) row.playing(axis === state.playing);
  choose(state.channel);
}

open(viewer, (found) => {
  told = found;
  grid = new Grid(told);
  images = new Images(told, onready, onfail);
  const light = told.background !== null && told.background.reduce((a, b) => a + b) > 382;
  state = {
    index: grid.start(),
    channel: told.channels[0],
    limits: new Map(told.channels.map((c) => [c.name, wide(c.range)])),
    map: MAPS[0],
    behind: light ? "light" : "dark",
    speed: 10,
    playing: null,
    last: undefined,
  };
  build();
  follow();
  window.addEventListener("hashchange", follow);
});
