// Everything around the picture: modes, sliders, channels, comparison, facts.
import { channelRow } from "./channels.js";
import { comparison, labelRows } from "./comparison.js";
import { copy, el, segmented } from "./dom.js";
import { bytes, number, withUnit } from "./format.js";
import { ORIENTATION } from "./planes.js";

/** Build the page in `root` and return its parts, each with `sync` where it follows the state. */
export function build(root, app) {
  const [source] = app.sources;
  const { about } = source;
  const flat = source.shape[0] === 1;
  const parts = {};
  parts.canvas = el("canvas", {
    tabIndex: 0,
    role: "img",
    "aria-label": `${about.displayed}. Arrow keys move, + and - zoom, 0 fits, Page Up and Page Down change the slice.`,
  });
  parts.volume = el("div", { className: "volume", hidden: true, tabIndex: 0, role: "img" });
  parts.volume.setAttribute("aria-label", "Volume. Arrow keys turn it, + and - zoom, 0 resets.");
  parts.overlay = el("canvas", { className: "overlay", hidden: true });
  parts.message = el("p", { className: "message", role: "status", hidden: true });
  parts.readout = el("p", { className: "readout", "aria-live": "polite" });
  parts.level = el("p", { className: "level" });

  parts.modes = segmented(
    "mode",
    "Way of showing",
    [["slice", "Slice"], ["max", "Maximum"], ["3d", "3D"]],
    app.state.mode,
    (mode) => app.set({ mode }),
  );
  if (flat) parts.modes.hidden = true;
  parts.planes = segmented(
    "plane",
    "Plane",
    [["xy", "XY"], ["xz", "XZ"], ["yz", "YZ"]].map(([key]) => {
      const { across, down } = ORIENTATION[key];
      return [key, `${source.names[across]}${source.names[down]}`.toUpperCase()];
    }),
    app.state.plane,
    (plane) => app.set({ plane, zoom: 0 }),
  );
  if (flat) parts.planes.hidden = true;
  parts.rendering = segmented(
    "rendering",
    "Rendering",
    [["max", "Brightest"], ["solid", "Translucent"]],
    app.state.rendering,
    (rendering) => app.set({ rendering }),
  );

  const share = el(
    "button",
    {
      type: "button",
      className: "button",
      onclick: async () => {
        app.remember();
        const done = await copy(location.href);
        share.textContent = done ? "Link copied" : "Copy the address";
        setTimeout(() => {
          share.textContent = "Copy link";
        }, 1600);
      },
    },
    "Copy link",
  );
  const header = el(
    "header",
    { className: "bar" },
    el("a", { href: root.dataset.index, className: "home", title: "All images" }, "‹ All images"),
    el("h1", {}, about.displayed),
    parts.modes,
    share,
  );

  parts.depth = depthSlider(app, source);
  parts.others = source.others.map((other, i) => indexSlider(app, other, i));
  const zoom = el(
    "div",
    { className: "zoom" },
    el("button", { type: "button", "aria-label": "Zoom out", onclick: () => app.zoomBy(0.75) }, "−"),
    el("button", { type: "button", "aria-label": "Fit", onclick: () => app.fit() }, "Fit"),
    el("button", { type: "button", "aria-label": "Zoom in", onclick: () => app.zoomBy(1.35) }, "+"),
  );
  const sliders = el(
    "div",
    { className: "sliders" },
    el("div", { className: "row" }, parts.planes, parts.rendering, zoom),
    parts.depth,
    ...parts.others,
  );
  const stage = el(
    "div",
    { className: "stage" },
    parts.canvas,
    parts.volume,
    parts.overlay,
    parts.message,
    parts.level,
  );
  parts.channels = about.channels.map((_, k) => channelRow(app, k));
  parts.labels = labelRows(app);
  parts.compare = comparison(app);
  const aside = el(
    "aside",
    { className: "panel" },
    el("h2", {}, about.channels.length > 1 ? "Channels" : "Contrast"),
    ...parts.channels,
    parts.labels,
    parts.compare,
    el("h2", {}, "About"),
    facts(source),
    links(app, root.dataset.linked === "yes"),
    keys(),
  );
  root.replaceChildren(header, el("div", { className: "look" }, stage, parts.readout, sliders), aside);
  return parts;
}

function slider(label, count, value, oninput, text) {
  const input = el("input", { type: "range", min: 0, max: count - 1, step: 1, value, "aria-label": label });
  const told = el("output", {});
  input.addEventListener("input", () => oninput(Number(input.value)));
  const row = el("div", { className: "slider" }, el("span", { className: "name" }, label), input, told);
  row.set = (at) => {
    input.value = at;
    told.textContent = text(at);
    input.setAttribute("aria-valuetext", told.textContent);
  };
  row.resize = (size, name) => {
    input.max = size - 1;
    input.setAttribute("aria-label", name);
    row.firstChild.textContent = name;
  };
  return row;
}

function depthSlider(app, source) {
  const along = () => ORIENTATION[app.state.plane].along;
  const place = (at) => {
    const axis = along();
    const { origin, spacing, direction, unit, shape } = source;
    const where = origin[axis] + direction[axis] * spacing[axis] * at;
    const told = `${at} / ${shape[axis] - 1}`;
    return unit ? `${told} · ${withUnit(where, unit, 4)}` : told;
  };
  const row = slider("z", source.shape[0], 0, (at) => app.moveTo(at), place);
  row.sync = () => {
    const axis = along();
    row.resize(source.shape[axis], source.names[axis]);
    row.set(app.state.position[axis]);
    row.hidden = app.state.mode !== "slice" || source.shape[axis] === 1;
  };
  return row;
}

function indexSlider(app, { axis }, i) {
  const place = (at) => {
    const when = axis.positions[at] ?? axis.start + axis.step * at;
    const told = `${at} / ${axis.size - 1}`;
    return axis.unit || axis.positions.length ? `${told} · ${withUnit(when, axis.unit)}` : told;
  };
  const row = slider(axis.name, axis.size, 0, (at) => app.setIndex(i, at), place);
  const play = el("button", { type: "button", className: "play", "aria-label": `Play ${axis.name}` }, "▶");
  play.addEventListener("click", () => app.play(i));
  row.append(play);
  row.sync = () => {
    row.set(app.state.index[i]);
    row.hidden = axis.size === 1;
    const playing = app.playing === i;
    play.textContent = playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${axis.name}`);
  };
  return row;
}

function facts(source) {
  const { about, shape, space } = source;
  const { figures } = about;
  const dims = [2, 1, 0].filter((i) => space[i] >= 0);
  const rows = [
    ["Voxels", dims.map((i) => `${source.names[i]} ${shape[i]}`).join(" · ")],
    ["Spacing", withText(dims.map((i) => number(source.spacing[i])).join(" × "), source.unit)],
    ["Extent", withText(dims.map((i) => number(source.spacing[i] * shape[i], 4)).join(" × "), source.unit)],
    ["Values", withText(about.dtype, about.unit && `in ${about.unit}`)],
  ];
  if (about.quality) rows.push(["Quality", about.quality]);
  if (figures.bytes) {
    const ratio = figures.ratio ? `, ${number(figures.ratio, 3)} : 1` : "";
    rows.push(["Compressed", `${bytes(figures.bytes)}${ratio} by ${figures.method}`]);
    const bound = figures.max_error;
    if (figures.lossless) rows.push(["Error", "none: lossless"]);
    else if (bound) rows.push(["Error", `at most ${withUnit(bound, about.unit)} in every voxel`]);
    if (!figures.lossless) rows.push(...decibels(figures));
    if (figures.truncated) rows.push(["Incomplete", "only coarse levels are in this file"]);
  }
  return el("dl", {}, ...rows.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
}

/** The PSNR over the range of the foreground first: peaks that few voxels reach flatter the other. */
function decibels({ psnr, robust_psnr: robust }) {
  if (!psnr) return [];
  const peak = `${number(psnr, 3)} dB`;
  return [["PSNR", robust ? `robust ${number(robust, 3)} dB, peak ${peak}` : peak]];
}

function withText(text, more) {
  return more ? `${text} ${more}` : text;
}

function links(app, linked) {
  const { about } = app.sources[0];
  const row = el("div", { className: "row" });
  if (about.download) {
    row.append(el("a", { className: "button", href: about.download, download: "" }, "Download"));
  }
  if (linked) {
    const away = el("a", { className: "button", rel: "noreferrer", target: "_blank" }, "neuroglancer");
    const follow = () => {
      away.href = app.neuroglancer();
    };
    for (const kind of ["pointerdown", "focus", "click"]) away.addEventListener(kind, follow);
    follow();
    row.append(away);
  }
  const button = el(
    "button",
    {
      type: "button",
      className: "button",
      onclick: async () => {
        button.textContent = (await copy(about.data)) ? "Copied" : about.data;
        setTimeout(() => {
          button.textContent = "Copy address";
        }, 1600);
      },
    },
    "Copy address",
  );
  row.append(button);
  return row;
}

function keys() {
  const rows = [
    ["arrows", "move, with Shift further; turn in 3D"],
    ["+  −  0", "zoom in, out, fit"],
    ["Page Up, Page Down", "next slice; Shift and wheel"],
    [",  .", "previous, next frame"],
    ["[  ]", "move the divider"],
  ];
  return el(
    "details",
    {},
    el("summary", {}, "Keys, once the picture has the focus"),
    el("dl", {}, ...rows.flatMap(([key, text]) => [el("dt", {}, key), el("dd", {}, text)])),
  );
}
