// One row per channel: on or off, colour, contrast with a histogram.
import { COLOUR, MAPS } from "./colours.js";
import { el } from "./dom.js";
import { number } from "./format.js";

const STEPS = 1000;
const BINS = 96;

export function channelRow(app, k) {
  const settings = app.state.channels[k];
  const { about } = app.sources[0];
  const { label } = about.channels[k];
  const integer = !app.sources[0].isFloat;
  const histogram = el("canvas", { className: "histogram", width: 2 * BINS, height: 44 });
  const on = el("input", {
    type: "checkbox",
    checked: settings.on,
    onchange: () => app.setChannel(k, { on: on.checked }),
  });
  const colour = el("input", {
    type: "color",
    "aria-label": `Colour of ${label}`,
    oninput: () => app.setChannel(k, { colour: colour.value.slice(1) }),
  });
  const map = el(
    "select",
    {
      "aria-label": `Colour map of ${label}`,
      onchange: () => app.setChannel(k, { colour: map.value || colour.value.slice(1) }),
    },
    el("option", { value: "" }, "one colour"),
    ...MAPS.map((name) => el("option", { value: name }, name)),
  );
  const thumb = (end, text) =>
    el("input", {
      type: "range",
      min: 0,
      max: STEPS,
      "aria-label": `${text} of ${label}`,
      className: end,
      oninput: (event) => move(end, Number(event.target.value)),
    });
  const field = (end, text) =>
    el("input", {
      type: "number",
      className: end,
      step: integer ? 1 : "any",
      "aria-label": `${text} of ${label}, as a number`,
      onchange: (event) => limit(end, Number(event.target.value)),
    });
  const low = thumb("low", "Lower limit");
  const high = thumb("high", "Upper limit");
  const lowField = field("low", "Lower limit");
  const highField = field("high", "Upper limit");
  const auto = el("button", { type: "button", onclick: () => app.autoContrast(k) }, "Auto");
  const all = el("button", { type: "button", title: "The range of the data", onclick: () => app.fullRange(k) }, "Full");

  const span = () => {
    const { least, most } = settings.range;
    const from = Math.min(least, settings.low);
    // a few bright voxels would leave the thumbs no room
    const reach = settings.limits ? settings.low + 4 * (settings.limits.high - settings.limits.low) : most;
    const to = Math.max(Math.min(most, reach), settings.high);
    return { from, width: to - from || 1 };
  };
  function move(end, step) {
    const { from, width } = settings.moving ?? span();
    limit(end, from + (step / STEPS) * width);
  }
  function limit(end, told) {
    if (!Number.isFinite(told)) return row.sync();
    const gap = integer ? 1 : 1e-6 * span().width;
    const value = integer ? Math.round(told) : told;
    if (end === "low") app.setChannel(k, { low: Math.min(value, settings.high - gap) });
    else app.setChannel(k, { high: Math.max(value, settings.low + gap) });
    return undefined;
  }
  // the scale stays while a thumb is held
  for (const input of [low, high]) {
    input.addEventListener("pointerdown", () => {
      settings.moving = span();
    });
    input.addEventListener("change", () => {
      settings.moving = null;
      row.sync();
    });
  }

  const labels = about.labels;
  const row = el(
    "section",
    { className: "channel" },
    el(
      "div",
      { className: "channel-head" },
      el("label", { className: "check", title: label }, on, el("span", {}, label)),
      labels ? null : colour,
      labels ? null : map,
    ),
    labels
      ? el("p", { className: "quiet" }, "Object numbers, each in a colour of its own.")
      : el(
          "div",
          { className: "contrast" },
          histogram,
          el("div", { className: "range" }, low, high),
          el("div", { className: "limits" }, lowField, auto, all, highField),
        ),
  );
  row.sync = () => {
    on.checked = settings.on;
    row.classList.toggle("off", !settings.on);
    const { from, width } = settings.moving ?? span();
    low.value = STEPS * ((settings.low - from) / width);
    high.value = STEPS * ((settings.high - from) / width);
    for (const [input, value] of [[low, settings.low], [high, settings.high]]) {
      input.setAttribute("aria-valuetext", `${number(value)} ${about.unit}`.trim());
    }
    lowField.value = number(settings.low);
    highField.value = number(settings.high);
    const plain = COLOUR.test(settings.colour);
    if (plain) colour.value = `#${settings.colour.toLowerCase()}`;
    colour.hidden = !plain;
    map.value = plain ? "" : settings.colour;
    drawHistogram(histogram, settings, from, width);
  };
  return row;
}

function drawHistogram(canvas, settings, from, width) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  const counts = new Float64Array(BINS);
  for (const value of settings.sample) {
    const bin = Math.floor(((value - from) / width) * BINS);
    if (bin >= 0 && bin < BINS) counts[bin] += 1;
    else if (value === from + width) counts[BINS - 1] += 1;
  }
  const most = Math.log1p(Math.max(...counts));
  for (let k = 0; k < BINS; k += 1) {
    const value = from + ((k + 0.5) / BINS) * width;
    const t = Math.min(Math.max((value - settings.low) / (settings.high - settings.low), 0), 1);
    const at = 3 * Math.round(255 * t);
    const [r, g, b] = [0, 1, 2].map((c) => 40 + (215 * settings.table[at + c]) / 255);
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    const height = most ? (Math.log1p(counts[k]) / most) * (canvas.height - 2) : 0;
    context.fillRect(2 * k, canvas.height - height, 2, height);
  }
}
