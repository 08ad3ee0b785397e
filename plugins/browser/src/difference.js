// The error of a compressed image, compressed minus original, in a map that is dark at zero.
import { table } from "./colours.js";
import { number, withUnit } from "./format.js";
import { MAX_BYTES } from "./loader.js";
import { chunksOf, ORIENTATION, regionOf, regionValues, tilesOver } from "./planes.js";
import { Kept } from "./tiles.js";

const COLOURS = table("dark-centred");
const SHARE = 0.999; // of the differences that the first colours tell apart
const MOST = 0.6 * MAX_BYTES; // of chunks in memory at once

export class Difference {
  constructor(app) {
    this.app = app;
    this.values = new Kept(8e6); // doubles
    this.pictures = new Kept();
  }

  /** The compressed image, a file that tells its figures, and the original: in all of vcore, errors
   * are positive where the compressed value is too high. */
  get pair() {
    const [viewed, other] = this.app.sources;
    const lossy = (source) => Boolean(source.about.figures.bytes) && !source.about.figures.lossless;
    return lossy(other) && !lossy(viewed) ? [other, viewed] : [viewed, other];
  }

  get channel() {
    return this.app.state.channels.findIndex((c) => c.on);
  }

  /** Unit of the values: formats of originals often have none. */
  get unit() {
    return this.app.sources.map((s) => s.about.unit).find(Boolean) ?? "";
  }

  get name() {
    const { channels } = this.app.sources[0].about;
    const names = this.pair.map((s) => s.about.displayed).join(" − ");
    return channels.length > 1 && this.channel >= 0 ? `${channels[this.channel].label}: ${names}` : names;
  }

  /** Both at full resolution: coarse levels differ by the way they were made, too. */
  get level() {
    return this.app.sources[0].stored[0];
  }

  /** Say why the difference of these tiles cannot be shown; "" if it can. */
  refusal(view, places) {
    const { sources } = this.app;
    if (this.channel < 0) return "Switch a channel on to see its difference.";
    if (sources.some((s) => s.stored[0] !== 0)) {
      return "A difference needs full resolution, and one of the files holds coarse levels only.";
    }
    const seen = new Map();
    for (const place of places) {
      for (const { key, source, level } of this.needs(null, view, null, place)) {
        const { chunks } = source.arrays[level];
        seen.set(key, chunks.reduce((a, b) => a * b, source.itemsize));
      }
    }
    const total = [...seen.values()].reduce((a, b) => a + b, 0);
    return total > MOST ? "Zoom in: differences are drawn at full resolution." : "";
  }

  needs(_, view, __, place) {
    const [first, second] = this.app.sources;
    const tile = { ...place, channel: this.channel };
    const region = regionOf(first, view, tile);
    const others = tilesOver(second, view, { ...tile, level: second.stored[0] }, region);
    return [...chunksOf(first, view, tile), ...others.flatMap((t) => chunksOf(second, view, t))];
  }

  /** Return differences of a tile of the first image: along a projection, the largest. */
  tile(view, place) {
    const [first] = this.app.sources;
    const tile = { ...place, channel: this.channel };
    const where = `${view.plane}|${view.projected ? "max" : place.depth}|${view.index}`;
    const pair = this.pair.map((s) => s.name);
    return this.values.get(`${pair}|${this.channel}|${place.column},${place.row}|${where}`, () => {
      const region = regionOf(first, view, tile);
      const depth = first.levels[place.level].shape[ORIENTATION[view.plane].along];
      const depths = view.projected ? Array.from({ length: depth }, (_, k) => k) : [place.depth];
      const found = new Float64Array(region.width * region.height).fill(NaN);
      const flat = { ...view, projected: false };
      for (const k of depths) {
        const [from, less] = this.pair.map((source) =>
          regionValues(
            source,
            this.app.loader,
            flat,
            { ...tile, level: source.stored[0], depth: k },
            region,
          ),
        );
        if (!from || !less) return null;
        for (let i = 0; i < found.length; i += 1) {
          const away = from[i] - less[i];
          if (!(Math.abs(away) <= Math.abs(found[i])) && away === away) found[i] = away;
        }
      }
      return { values: found, width: region.width, height: region.height };
    });
  }

  get(_, view, __, place) {
    const tile = this.tile(view, place);
    if (!tile) return null;
    const limit = this.app.state.limit || 1;
    const pair = this.pair.map((s) => s.name);
    const where = `${view.plane}|${view.projected ? "max" : place.depth}|${view.index}`;
    const pool = Math.max(Math.ceil(this.voxelsPerPixel - 0.1), 1);
    const key = `${pair}|${this.channel}|${place.column},${place.row}|${where}|${limit}|${pool}`;
    return this.pictures.get(key, () => paint(pooled(tile, pool), limit));
  }

  /** Measure what is drawn, and choose colours that tell it apart where none are chosen. */
  measure(view, places) {
    const tiles = places.map((place) => this.tile(view, place));
    if (tiles.includes(null)) return false;
    let largest = 0;
    let squares = 0;
    let count = 0;
    const sizes = [];
    const every = Math.max(1, Math.round(tiles.reduce((n, t) => n + t.values.length, 0) / 200000));
    for (const { values } of tiles) {
      for (let i = 0; i < values.length; i += 1) {
        const size = Math.abs(values[i]);
        if (size !== size) continue;
        if (size > largest) largest = size;
        squares += size * size;
        count += 1;
        if (i % every === 0) sizes.push(size);
      }
    }
    this.told = { largest, rms: count ? Math.sqrt(squares / count) : 0, count };
    const { state } = this.app;
    if (state.limit || !largest) return false;
    const sorted = Float64Array.from(sizes).sort();
    const found = sorted[Math.floor(SHARE * (sorted.length - 1))] || largest;
    state.limit = Number(found.toPrecision(2));
    return true;
  }

  /** Draw the colours with their values, from the right edge at `right`. */
  drawScale(context, right, top) {
    const { limit } = this.app.state;
    const { unit } = this;
    const { largest, rms, count } = this.told ?? { count: 0 };
    if (!count) return;
    const width = Math.min(220, right - 24);
    const left = right - width;
    const text = largest
      ? `RMS ${withUnit(rms, unit, 3)}, largest ${number(largest, 3)}`
      : "no difference here";
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "alphabetic";
    context.fillStyle = "#000b";
    context.beginPath();
    context.roundRect(left - 8, top, width + 16, largest ? 58 : 26, 6);
    context.fill();
    context.fillStyle = "#fff";
    context.textAlign = "left";
    context.fillText(text, left, top + (largest ? 50 : 17), width);
    if (!largest) return;
    for (let i = 0; i < width; i += 1) {
      const k = 3 * Math.round((255 * i) / (width - 1));
      context.fillStyle = `rgb(${COLOURS[k]} ${COLOURS[k + 1]} ${COLOURS[k + 2]})`;
      context.fillRect(left + i, top + 8, 1, 10);
    }
    context.fillStyle = "#fff";
    for (const [align, at, value] of [["left", left, -limit], ["center", left + width / 2, 0], ["right", right, limit]]) {
      context.textAlign = align;
      context.fillText(`${value > 0 ? "+" : ""}${number(value, 3)}`.replace("-", "−"), at, top + 32);
    }
    context.textAlign = "left";
  }
}

/** Return the largest differences of squares of voxels, which a zoomed out picture would skip. */
function pooled(tile, side) {
  const { values, width, height } = tile;
  const voxels = [width, height];
  if (side === 1) return { ...tile, voxels };
  const across = Math.ceil(width / side);
  const down = Math.ceil(height / side);
  const found = new Float64Array(across * down).fill(NaN);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = values[y * width + x];
      const at = Math.floor(y / side) * across + Math.floor(x / side);
      if (!(Math.abs(value) <= Math.abs(found[at])) && value === value) found[at] = value;
    }
  }
  // the last squares may be cut by the edge
  return { values: found, width: across, height: down, voxels: [across * side, down * side] };
}

function paint({ values, width, height, voxels }, limit) {
  const image = new ImageData(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.missing = false;
  canvas.voxels = voxels;
  const pixels = image.data;
  for (let i = 0, p = 0; i < values.length; i += 1, p += 4) {
    const value = values[i];
    if (value !== value) {
      canvas.missing = true;
      continue;
    }
    const t = Math.round(127.5 + (127.5 * value) / limit);
    const k = 3 * Math.min(Math.max(t, 0), 255);
    pixels[p] = COLOURS[k];
    pixels[p + 1] = COLOURS[k + 1];
    pixels[p + 2] = COLOURS[k + 2];
    pixels[p + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
