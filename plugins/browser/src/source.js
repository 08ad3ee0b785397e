// One served image: its description, its levels, and where their voxels lie.
import { decompress } from "fzstd";
import * as zarr from "zarrita";

zarr.registry.set("zstd", async () => ({
  fromConfig: () => ({
    kind: "bytes_to_bytes",
    encode() {
      throw new Error("The viewer only reads.");
    },
    decode: (data) => decompress(data),
  }),
}));

const RETRIES = 4;

/** Reads documents and chunks over HTTP; a chunk that is not there is an error, never a hole. */
class Store {
  constructor(url) {
    this.url = url;
  }

  async get(key, options = {}) {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await fetch(this.url + key, { signal: options.signal });
      if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
      if (answer.status === 404 && key.endsWith("zarr.json")) return undefined;
      if (answer.status === 503 && attempt < RETRIES) {
        await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
        continue;
      }
      const text = (await answer.text()).trim().slice(0, 300);
      throw new Error(text || `The server answered ${answer.status}.`);
    }
  }
}

export async function readJson(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.text()).trim().slice(0, 300));
  return answer.json();
}

export class Source {
  static async open(url) {
    const source = new Source();
    source.about = await readJson(url);
    const { axes, levels, data, name } = source.about;
    if (!levels.length) throw new Error("There is no image in this file.");
    source.name = name;
    const root = zarr.root(new Store(new URL(data).pathname));
    source.arrays = await Promise.all(
      levels.map((level) => zarr.open.v3(root.resolve(level.path), { kind: "array" })),
    );
    source.arrange(axes, levels);
    return source;
  }

  /** Find the axes of space (z, y, x; -1 for a flat image), channels and the others. */
  arrange(axes, levels) {
    let space = axes.map((a, i) => (a.kind === "space" ? i : -1)).filter((i) => i >= 0);
    if (space.length < 2) space = axes.map((_, i) => i);
    space = space.slice(-3);
    if (space.length < 2) throw new Error("This image has fewer than two axes.");
    if (space.length === 2) space.unshift(-1);
    this.space = space;
    this.channelAxis = axes.findIndex((a, i) => a.kind === "channel" && !space.includes(i));
    this.others = axes
      .map((axis, number) => ({ axis, number }))
      .filter(({ number }) => !space.includes(number) && number !== this.channelAxis);
    const along = (values, otherwise) => space.map((i) => (i < 0 ? otherwise : values[i]));
    const steps = along(levels[0].steps, 1);
    this.spacing = steps.map(Math.abs);
    this.origin = along(levels[0].starts, 0);
    this.direction = steps.map(Math.sign);
    this.names = along(axes.map((a) => a.name), "z");
    this.ends = along(axes.map((a) => a.ends), "");
    this.unit = axes[space[2]].unit;
    this.levels = levels.map((level, k) => {
      const factors = along(level.steps, 1).map((s, i) => Math.abs(s / steps[i]) || 1);
      return {
        stored: level.stored,
        shape: along(level.shape, 1),
        chunks: along(this.arrays[k].chunks, 1),
        factors,
        // where its first voxel begins, in voxels of level 0
        offsets: along(level.starts, 0).map(
          (s, i) => (s - this.origin[i]) / steps[i] - (factors[i] - 1) / 2,
        ),
      };
    });
    this.shape = this.levels[0].shape;
    this.stored = this.levels.map((l, k) => (l.stored ? k : -1)).filter((k) => k >= 0);
    if (!this.stored.length) throw new Error("No level of this file is complete.");
    this.itemsize = /64$/.test(this.about.dtype) ? 8 : Number(/\d+$/.exec(this.about.dtype) ?? 8) / 8;
    this.isFloat = this.about.dtype.startsWith("float");
    const { fill } = this.about;
    // compared after rounding to the type of the values
    this.fill = this.about.dtype === "float32" && fill !== null ? Math.fround(fill) : fill;
  }

  /** Whether an axis of space runs upward on the screen, as `vcore view` has it: heights, latitudes,
   * and what of a body runs to the front (A) or the head (S). */
  runsUp(axis) {
    if (/[APSI]/.test(this.ends[axis])) return /[AS]$/.test(this.ends[axis]);
    const height = axis === 0 && this.space[0] >= 0;
    return (height || /^lat/i.test(this.names[axis])) && this.direction[axis] > 0;
  }

  /** Count positions in voxels of `image`, to lie over it; return why that is impossible, else "". */
  placeOn(image) {
    if (this.direction.some((d, i) => d !== image.direction[i] && this.space[i] >= 0)) {
      return "These labels run the other way than the image.";
    }
    if (this.space[0] < 0 !== image.space[0] < 0) return "These labels have other axes than the image.";
    if (this.channelAxis >= 0 && this.about.channels.length > 1) {
      return "Labels with channels are shown by themselves only.";
    }
    const odd = this.others.find(({ axis }) => {
      const same = image.others.find((other) => other.axis.name === axis.name);
      return axis.size !== (same?.axis.size ?? 1);
    });
    if (odd) return `These labels have another size along ${odd.axis.name} than the image.`;
    const ratios = this.spacing.map((s, i) => s / image.spacing[i]);
    const starts = this.origin.map((s, i) => {
      const centre = (s - image.origin[i]) / (image.spacing[i] * image.direction[i]) + 0.5;
      return centre - ratios[i] / 2;
    });
    for (const level of this.levels) {
      level.factors = level.factors.map((f, i) => f * ratios[i]);
      level.offsets = level.offsets.map((o, i) => starts[i] + o * ratios[i]);
    }
    return "";
  }

  /** Return whether position `p` (as in `indexAt`) lies in a level. */
  reaches(level, axis, p) {
    const { shape, factors, offsets } = this.levels[level];
    const found = Math.floor((p + 0.5 - offsets[axis]) / factors[axis]);
    return found >= 0 && found < shape[axis];
  }

  /** Return the index in a level of position `p` (voxels of level 0) along an axis of space. */
  indexAt(level, axis, p) {
    const { shape, factors, offsets } = this.levels[level];
    const found = Math.floor((p + 0.5 - offsets[axis]) / factors[axis]);
    return Math.min(Math.max(found, 0), shape[axis] - 1);
  }

  /** Return the key and index of a chunk: of one channel, the other axes, and space. */
  chunkAt(level, channel, index, spatial) {
    const { chunks } = this.arrays[level];
    const found = chunks.map(() => 0);
    if (this.channelAxis >= 0) found[this.channelAxis] = Math.floor(channel / chunks[this.channelAxis]);
    this.others.forEach(({ number }, i) => {
      found[number] = Math.floor(index[i] / chunks[number]);
    });
    this.space.forEach((number, i) => {
      if (number >= 0) found[number] = spatial[i];
    });
    return { source: this, level, index: found, key: `${this.name}|${level}|${found}` };
  }

  /** Return offset and strides (z, y, x) of one channel and frame inside of a chunk. */
  inside(level, channel, index, stride) {
    const { chunks } = this.arrays[level];
    let offset = 0;
    if (this.channelAxis >= 0) {
      offset += (channel % chunks[this.channelAxis]) * stride[this.channelAxis];
    }
    this.others.forEach(({ number }, i) => {
      offset += (index[i] % chunks[number]) * stride[number];
    });
    return { offset, strides: this.space.map((number) => (number < 0 ? 0 : stride[number])) };
  }

  async read(level, index, signal) {
    const { data, stride } = await this.arrays[level].getChunk(index, { signal });
    return { data: plain(data), stride };
  }
}

/** Return numbers: of 64-bit integers as doubles, of booleans as bytes. */
function plain(data) {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data, Number);
  }
  return ArrayBuffer.isView(data) ? data : Uint8Array.from(data, Number);
}
