// Voxels for rendering in 3D: one byte per voxel and channel, of a level that a phone renders.

import { labelColour } from "./colours.js";

const MAX_VOXELS = 1.25 * 128 ** 3;
export const MAX_CHANNELS = 4;
const MAX_READ = 512 ** 3; // voxels read of a file that has no coarse level

/** Return the finest stored level of at most about 128³ voxels, else the coarsest, and its stride. */
export function levelFor(source) {
  const count = (level) => source.levels[level].shape.reduce((a, b) => a * b, 1);
  const level = source.stored.find((k) => count(k) <= MAX_VOXELS) ?? source.stored.at(-1);
  const voxels = count(level);
  if (voxels > MAX_READ) {
    throw new Error(
      "This file has no level small enough to be rendered here. Open it in napari or ParaView.",
    );
  }
  let stride = 1;
  const { shape } = source.levels[level];
  while (shape.reduce((a, n) => a * Math.ceil(n / stride), 1) > MAX_VOXELS) stride += 1;
  return { level, stride };
}

/** Return the values of channels, NaN where missing, with their shape (z, y, x), spacing and the
 * centre of the first voxel, in `unit` lengths per voxel of level 0. */
export async function gather(source, loader, channels, index, unit, progress) {
  const { level, stride } = levelFor(source);
  const { shape, chunks, factors, offsets } = source.levels[level];
  const sides = shape.map((n) => Math.ceil(n / stride));
  const counts = shape.map((n, i) => Math.ceil(n / chunks[i]));
  const jobs = [];
  // 32-bit floats hold every value of smaller types
  const Values = /^(float16|float32|u?int8|u?int16|bool)$/.test(source.about.dtype)
    ? Float32Array
    : Float64Array;
  const values = channels.map(() => new Values(sides[0] * sides[1] * sides[2]).fill(NaN));
  channels.forEach((channel, k) => {
    for (let z = 0; z < counts[0]; z += 1) {
      for (let y = 0; y < counts[1]; y += 1) {
        for (let x = 0; x < counts[2]; x += 1) jobs.push({ channel, k, spatial: [z, y, x] });
      }
    }
  });
  let done = 0;
  const work = async () => {
    while (jobs.length) {
      const { channel, k, spatial } = jobs.shift();
      const chunk = await loader.fetch(source.chunkAt(level, channel, index, spatial));
      place(source, chunk, { level, channel, index, spatial, stride, sides }, values[k]);
      done += 1;
      progress(done / (done + jobs.length));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  const spacing = unit.map((s, i) => s * factors[i] * stride);
  const start = unit.map((s, i) => s * (offsets[i] + (factors[i] - 1) / 2));
  return { values, sides, spacing, start };
}

function place(source, chunk, { level, channel, index, spatial, stride, sides }, target) {
  const { shape, chunks } = source.levels[level];
  const { offset, strides } = source.inside(level, channel, index, chunk.stride);
  const range = spatial.map((s, i) => {
    const start = s * chunks[i];
    const end = Math.min(start + chunks[i], shape[i]);
    return { start, from: Math.ceil(start / stride), to: Math.ceil(end / stride) };
  });
  const [rz, ry, rx] = range;
  for (let z = rz.from; z < rz.to; z += 1) {
    for (let y = ry.from; y < ry.to; y += 1) {
      const base =
        offset + (z * stride - rz.start) * strides[0] + (y * stride - ry.start) * strides[1];
      const row = (z * sides[1] + y) * sides[2];
      for (let x = rx.from; x < rx.to; x += 1) {
        const value = chunk.data[base + (x * stride - rx.start) * strides[2]];
        target[row + x] = value === source.fill ? NaN : value;
      }
    }
  }
}

/** Return a byte for each object number, 0 where nothing is shown, and a table of their colours: own
 * ones of up to 255 objects, the nearest of these for others. */
export function toLabelBytes(values, own) {
  const bytes = new Map();
  const colours = [];
  const distance = (a, b) => a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);
  const byteOf = (value) => {
    const [r, g, b, a] = labelColour(value, own);
    if (!value || Number.isNaN(value) || !a) return 0;
    if (colours.length < 255) return colours.push([r, g, b]);
    const near = (best, c, k) => {
      return distance(c, [r, g, b]) < distance(colours[best], [r, g, b]) ? k : best;
    };
    return 1 + colours.reduce(near, 0);
  };
  const found = Uint8Array.from(values, (value) => {
    if (!bytes.has(value)) bytes.set(value, byteOf(value));
    return bytes.get(value);
  });
  const table = new Uint8ClampedArray(768);
  colours.forEach((colour, k) => table.set(colour, 3 * (k + 1)));
  return { bytes: found, table };
}

/** Return bytes, interleaved by channel: 0 at the low limit and where missing, 255 at the high. */
export function toBytes(values, settings) {
  const count = values.length;
  const found = new Uint8Array(values[0].length * count);
  values.forEach((channel, k) => {
    const { low, high } = settings[k];
    const scale = 255 / (high - low);
    for (let i = 0, p = k; i < channel.length; i += 1, p += count) {
      const t = (channel[i] - low) * scale;
      found[p] = t > 0 ? (t < 255 ? t + 0.5 : 255) : 0; // NaN is not above 0
    }
  });
  return found;
}
