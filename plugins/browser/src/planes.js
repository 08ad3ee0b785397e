// Values of planes: of one slice, or the maximum along the axis that is looked along.

const ENOUGH = 2 ** 20; // voxels of a level that a sample is taken from

/** Axes of space (0 z, 1 y, 2 x) across, down and along the line of sight, by plane. */
export const ORIENTATION = {
  xy: { across: 2, down: 1, along: 0 },
  xz: { across: 2, down: 0, along: 1 },
  yz: { across: 1, down: 0, along: 2 },
};

/** Return the chunks that a tile of the chunk grid needs. */
export function chunksOf(source, view, tile) {
  const { across, down, along } = ORIENTATION[view.plane];
  const { chunks, shape } = source.levels[tile.level];
  const first = view.projected ? 0 : Math.floor(tile.depth / chunks[along]);
  const last = view.projected ? Math.ceil(shape[along] / chunks[along]) - 1 : first;
  const found = [];
  for (let k = first; k <= last; k += 1) {
    const spatial = [0, 0, 0];
    spatial[across] = tile.column;
    spatial[down] = tile.row;
    spatial[along] = k;
    found.push(source.chunkAt(tile.level, tile.channel, view.index, spatial));
  }
  return found;
}

/** Return the values of a tile, NaN where missing; null until all its chunks are in memory. */
export function tileValues(source, loader, view, tile) {
  const { across, down, along } = ORIENTATION[view.plane];
  const { chunks, shape } = source.levels[tile.level];
  const requests = chunksOf(source, view, tile);
  const loaded = requests.map((r) => loader.get(r.key));
  if (loaded.includes(undefined)) return null;
  const { width, height } = regionOf(source, view, tile);
  const values = new Float64Array(width * height).fill(NaN);
  loaded.forEach(({ data, stride }, k) => {
    const { offset, strides } = source.inside(tile.level, tile.channel, view.index, stride);
    const from = view.projected ? 0 : tile.depth % chunks[along];
    const to = view.projected ? Math.min(chunks[along], shape[along] - k * chunks[along]) : from + 1;
    for (let d = from; d < to; d += 1) {
      for (let row = 0; row < height; row += 1) {
        let at = offset + d * strides[along] + row * strides[down];
        let to_ = row * width;
        for (let i = 0; i < width; i += 1, at += strides[across], to_ += 1) {
          const value = data[at];
          // NaN compares false, so that it never replaces a value
          if (value !== source.fill && !(value <= values[to_])) {
            if (value === value) values[to_] = value;
          }
        }
      }
    }
  });
  return { values, width, height };
}

/** Return low and high limits for display, and the range, of a sample of values. */
export function limitsOf(sample) {
  const sorted = Float64Array.from(sample.filter(Number.isFinite)).sort();
  if (!sorted.length) return { low: 0, high: 1, least: 0, most: 1 };
  const least = sorted[0];
  const most = sorted[sorted.length - 1];
  const low = sorted[Math.floor(0.005 * (sorted.length - 1))];
  // of the values above the background: objects may fill only a thousandth of the volume
  let first = 0;
  while (first < sorted.length && sorted[first] <= low) first += 1;
  const count = sorted.length - first;
  const high = count ? sorted[first + Math.floor(0.999 * (count - 1))] : most;
  if (low < high) return { low, high, least, most };
  return { low: least, high: most > least ? most : least + 1, least, most };
}

/** Return a sample of the values of one channel and frame, from a coarse level that is stored. */
export async function sampleOf(source, loader, channel, index) {
  // coarser ones are too smooth for limits, and too few voxels
  const enough = (k) => source.levels[k].shape.reduce((a, b) => a * b, 1) >= ENOUGH;
  const level = source.stored.findLast(enough) ?? source.stored[0];
  const { shape, chunks } = source.levels[level];
  const counts = shape.map((n, i) => Math.ceil(n / chunks[i]));
  const total = counts[0] * counts[1] * counts[2];
  const wanted = [];
  for (let z = 0; z < counts[0]; z += 1) {
    // of a large level, only the middle
    if (total > 64 && z !== Math.floor(counts[0] / 2)) continue;
    for (let y = 0; y < counts[1]; y += 1) {
      for (let x = 0; x < counts[2]; x += 1) wanted.push([z, y, x]);
    }
  }
  const step = Math.max(1, Math.ceil(wanted.length / 64));
  const chosen = wanted.filter((_, i) => i % step === 0);
  const voxels = chosen.length * chunks[0] * chunks[1] * chunks[2];
  const every = Math.max(1, Math.ceil(voxels / 500000));
  const found = [];
  await Promise.all(
    chosen.map(async (spatial) => {
      const chunk = await loader.fetch(source.chunkAt(level, channel, index, spatial));
      const { offset, strides } = source.inside(level, channel, index, chunk.stride);
      const sides = shape.map((n, i) => Math.min(chunks[i], n - spatial[i] * chunks[i]));
      const count = sides[0] * sides[1] * sides[2];
      for (let k = 0; k < count; k += every) {
        const x = k % sides[2];
        const y = Math.floor(k / sides[2]) % sides[1];
        const z = Math.floor(k / (sides[2] * sides[1]));
        const value = chunk.data[offset + z * strides[0] + y * strides[1] + x * strides[2]];
        if (Number.isFinite(value) && value !== source.fill) found.push(value);
      }
    }),
  );
  return found;
}

/** Return the region of a plane, in voxels of its level, that a tile of the chunk grid covers. */
export function regionOf(source, view, tile) {
  const { across, down } = ORIENTATION[view.plane];
  const { chunks, shape } = source.levels[tile.level];
  const left = tile.column * chunks[across];
  const top = tile.row * chunks[down];
  const width = Math.min(chunks[across], shape[across] - left);
  return { left, top, width, height: Math.min(chunks[down], shape[down] - top) };
}

/** Return the tiles of the chunk grid of any image that cover a region of a plane. */
export function tilesOver(source, view, tile, { left, top, width, height }) {
  const { across, down } = ORIENTATION[view.plane];
  const { chunks } = source.levels[tile.level];
  const found = [];
  for (let row = Math.floor(top / chunks[down]); row * chunks[down] < top + height; row += 1) {
    const first = Math.floor(left / chunks[across]);
    for (let column = first; column * chunks[across] < left + width; column += 1) {
      found.push({ ...tile, row, column });
    }
  }
  return found;
}

/** Return the values of a region, NaN where missing; null until all its chunks are in memory. */
export function regionValues(source, loader, view, tile, region) {
  const values = new Float64Array(region.width * region.height);
  for (const part of tilesOver(source, view, tile, region)) {
    const found = tileValues(source, loader, view, part);
    if (!found) return null;
    const { left, top } = regionOf(source, view, part);
    const from = Math.max(left, region.left);
    const to = Math.min(left + found.width, region.left + region.width);
    const last = Math.min(top + found.height, region.top + region.height);
    for (let row = Math.max(top, region.top); row < last; row += 1) {
      const start = (row - top) * found.width;
      values.set(
        found.values.subarray(start + from - left, start + to - left),
        (row - region.top) * region.width + from - region.left,
      );
    }
  }
  return values;
}
