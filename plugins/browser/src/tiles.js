// Pictures of tiles: values through the channels' windows and colours, added up.
import { labelColour } from "./colours.js";
import { tileValues } from "./planes.js";

const MAX_PIXELS = 24e6;

export class Tiles {
  constructor(loader) {
    this.loader = loader;
    this.pictures = new Map();
    this.pixels = 0;
  }

  /** Return a canvas, or null while chunks are missing; missing voxels are transparent. */
  get(source, view, channels, place) {
    const active = channels.map((c, i) => (c.on ? i : -1)).filter((i) => i >= 0);
    const shown = active.map((i) => `${i}:${channels[i].version}`).join(",");
    const { level, column, row, depth } = place;
    const where = `${level}|${column},${row}|${view.projected ? "max" : depth}|${view.index}`;
    const key = `${source.name}|${view.plane}|${where}|${shown}`;
    const known = this.pictures.get(key);
    if (known) {
      this.pictures.delete(key);
      this.pictures.set(key, known);
      return known;
    }
    const parts = [];
    for (const channel of active) {
      const part = tileValues(source, this.loader, view, { ...place, channel });
      if (!part) return null;
      parts.push({ ...part, settings: channels[channel] });
    }
    if (!parts.length) return null;
    const picture = paint(parts, source.about.labels);
    this.pictures.set(key, picture);
    this.pixels += picture.width * picture.height;
    for (const [old, canvas] of this.pictures) {
      if (this.pixels <= MAX_PIXELS || old === key) break;
      this.pictures.delete(old);
      this.pixels -= canvas.width * canvas.height;
    }
    return picture;
  }
}

function paint(parts, labels) {
  const { width, height } = parts[0];
  const image = new ImageData(width, height);
  const pixels = image.data; // clamps sums above 255
  for (const { values, settings } of parts) {
    const { low, high, table } = settings;
    const scale = 255 / (high - low);
    for (let i = 0, p = 0; i < values.length; i += 1, p += 4) {
      const value = values[i];
      if (value !== value) continue;
      pixels[p + 3] = 255;
      if (labels) {
        const colour = labelColour(value);
        pixels[p] = colour[0];
        pixels[p + 1] = colour[1];
        pixels[p + 2] = colour[2];
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
