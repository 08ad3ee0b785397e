// Pictures of tiles: values through the channels' windows and colours, added up; object numbers.
import { labelColour } from "./colours.js";
import { chunksOf, tileValues } from "./planes.js";

const MAX_PIXELS = 24e6;

/** Pictures or values by key; those used longest ago are dropped. */
export class Kept {
  constructor(most = MAX_PIXELS) {
    this.most = most;
    this.all = new Map();
    this.pixels = 0;
  }

  /** Return what is kept for a key, else what `make` returns; null is not kept. */
  get(key, make) {
    let found = this.all.get(key);
    if (found) {
      this.all.delete(key);
      this.all.set(key, found);
      return found;
    }
    found = make();
    if (!found) return null;
    this.all.set(key, found);
    this.pixels += found.width * found.height;
    for (const [old, { width, height }] of this.all) {
      if (this.pixels <= this.most || old === key) break;
      this.all.delete(old);
      this.pixels -= width * height;
    }
    return found;
  }
}

const activeOf = (channels) => channels.map((c, i) => (c.on ? i : -1)).filter((i) => i >= 0);

export class Tiles {
  constructor(loader) {
    this.loader = loader;
    this.pictures = new Kept();
  }

  /** Return the chunks that a tile needs. */
  needs(source, view, channels, place) {
    return activeOf(channels).flatMap((channel) => chunksOf(source, view, { ...place, channel }));
  }

  /** Return a canvas, or null while chunks are missing; missing voxels are transparent. */
  get(source, view, channels, place) {
    const active = activeOf(channels);
    const shown = active.map((i) => `${i}:${channels[i].version}`).join(",");
    const { level, column, row, depth } = place;
    const where = `${level}|${column},${row}|${view.projected ? "max" : depth}|${view.index}`;
    return this.pictures.get(`${source.name}|${view.plane}|${where}|${shown}`, () => {
      const parts = [];
      for (const channel of active) {
        const part = tileValues(source, this.loader, view, { ...place, channel });
        if (!part) return null;
        parts.push({ ...part, settings: channels[channel] });
      }
      return parts.length ? paint(parts, source.about.labels && source.about.label_colours) : null;
    });
  }
}

function paint(parts, colours) {
  const { width, height } = parts[0];
  const image = new ImageData(width, height);
  const pixels = image.data; // clamps sums above 255
  for (const { values, settings } of parts) {
    const { low, high, table, over } = settings;
    const scale = 255 / (high - low);
    for (let i = 0, p = 0; i < values.length; i += 1, p += 4) {
      const value = values[i];
      if (value !== value) continue;
      pixels[p + 3] = 255;
      if (colours) {
        const [r, g, b, a] = labelColour(value, colours);
        pixels[p] = r;
        pixels[p + 1] = g;
        pixels[p + 2] = b;
        if (over) pixels[p + 3] = value === 0 ? 0 : a;
        continue;
      }
      const t = Math.round((value - low) * scale);
      const k = 3 * (t < 0 ? 0 : t > 255 ? 255 : t);
      pixels[p] += table[k];
      pixels[p + 1] += table[k + 1];
      pixels[p + 2] += table[k + 2];
    }
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
  for (let p = 3; p < pixels.length && !canvas.missing; p += 4) canvas.missing = !pixels[p];
  return canvas;
}
