// The value of the voxel that is pointed at, in the unit of the data, at full resolution.
import { number, withUnit } from "./format.js";
import { voxelAt } from "./interaction.js";
import { ORIENTATION, tileValues } from "./planes.js";

const DELAY = 120; // milliseconds before full resolution is fetched

export class Readout {
  constructor(element, app, view) {
    Object.assign(this, { element, app, view });
    this.timer = 0;
    this.place = null;
  }

  point(x, y) {
    this.place = x === null || x === undefined ? null : [x, y];
    this.update();
  }

  update() {
    clearTimeout(this.timer);
    const { app, view } = this;
    if (app.state.mode === "3d") {
      const divider = app.space.compared && app.state.how === "swipe" ? ", or drag the divider" : "";
      this.hint(`Drag to turn${divider}; scroll or pinch to zoom.`);
      return;
    }
    if (!this.place) {
      this.hint("Point at a voxel, or tap it, to read its value.");
      return;
    }
    const located = view.locate(...this.place);
    const { source } = located.pane;
    const voxel = voxelAt(source, app.state, located);
    if (!voxel) {
      this.hint("Outside of the image.");
      return;
    }
    // of a difference, the values of both images are read
    const sources = view.differs ? app.difference.pair : [source];
    const exact = sources.every((s) =>
      this.values(s, voxel).every(({ level }) => level === s.stored[0]),
    );
    this.show(source, voxel);
    if (!exact && app.state.mode === "slice") {
      this.timer = setTimeout(() => this.fetch(sources, voxel), DELAY);
    }
  }

  hint(text) {
    const quiet = document.createElement("span");
    quiet.textContent = text;
    this.element.replaceChildren(quiet);
  }

  async fetch(sources, voxel) {
    const { channels, index } = this.app.state;
    const place = this.place;
    const chunks = sources.flatMap((source) => {
      const level = source.stored[0];
      const sides = source.levels[level].chunks;
      const spatial = voxel.map((v, i) => Math.floor(source.indexAt(level, i, v) / sides[i]));
      const on = channels.map((c, k) => (c.on ? k : -1)).filter((k) => k >= 0);
      return on.map((channel) => source.chunkAt(level, channel, index, spatial));
    });
    try {
      await Promise.all(chunks.map((chunk) => this.app.loader.fetch(chunk)));
    } catch {
      return; // the page tells of it
    }
    if (place === this.place) this.show(sources[0], voxel);
  }

  /** The values of the channels that are on, from the finest level that is in memory. */
  values(source, voxel) {
    const { channels } = this.app.state;
    return channels.flatMap((settings, channel) => {
      if (!settings.on) return [];
      return [{ channel, ...this.value(source, voxel, channel) }];
    });
  }

  value(source, voxel, channel, index = this.app.state.index) {
    const { mode, plane } = this.app.state;
    for (const level of source.stored) {
      const { chunks } = source.levels[level];
      const at = voxel.map((v, i) => source.indexAt(level, i, v));
      if (mode === "max") {
        if (level !== this.view.levelFor(source)) continue;
        const { across, down } = ORIENTATION[plane];
        const tile = {
          level,
          channel,
          column: Math.floor(at[across] / chunks[across]),
          row: Math.floor(at[down] / chunks[down]),
        };
        const found = tileValues(source, this.app.loader, { plane, index, projected: true }, tile);
        if (!found) continue;
        const k = (at[down] % chunks[down]) * found.width + (at[across] % chunks[across]);
        return { level, value: found.values[k] };
      }
      const request = source.chunkAt(level, channel, index, at.map((v, i) => Math.floor(v / chunks[i])));
      const chunk = this.app.loader.get(request.key);
      if (!chunk) continue;
      const { offset, strides } = source.inside(level, channel, index, chunk.stride);
      const value = chunk.data[
        at.reduce((sum, v, i) => sum + (v % chunks[i]) * strides[i], offset)
      ];
      return { level, value: value === source.fill ? NaN : value };
    }
    return { level: null, value: null };
  }

  /** What is told of a value: "≈" where it is that of a coarser level. */
  told(source, { value, level }, unit = source.about.unit) {
    if (value === null) return "…";
    if (Number.isNaN(value)) return "missing";
    const coarse = level === source.stored[0] ? "" : "≈ ";
    return `${coarse}${withUnit(value, unit, 7)}`;
  }

  /** The difference of a voxel, and the values that it is of. */
  difference(voxel) {
    const { difference, state } = this.app;
    if (difference.channel < 0) return "";
    const both = difference.pair.map((s) => this.value(s, voxel, difference.channel));
    const { unit } = difference;
    const [first, second] = both.map((found, i) => this.told(difference.pair[i], found, unit));
    const away = both[0].value - both[1].value;
    const known = both.every(({ value, level }) => value !== null && level === 0);
    const told = !known ? "…" : Number.isNaN(away) ? "missing" : withUnit(away, unit, 5);
    return state.mode === "max"
      ? "Differences of single voxels are told in slices."
      : `difference ${told} (${first} − ${second})`;
  }

  /** Object numbers at a voxel. */
  labels(voxel) {
    return this.app.overlays.shown.flatMap(({ source, index, title }) => {
      const found = this.value(source, voxel, 0, index);
      return found.value ? [`${title} ${this.told(source, found)}`] : [];
    });
  }

  show(source, voxel) {
    const { about, names, spacing, origin, direction, unit } = source;
    const { along } = ORIENTATION[this.app.state.plane];
    const projected = this.app.state.mode === "max";
    const axes = [2, 1, 0].filter((i) => source.space[i] >= 0 && !(projected && i === along));
    const where = axes.map((i) => `${names[i]} ${voxel[i]}`).join("  ");
    const physical = axes
      .map((i) => number(origin[i] + direction[i] * spacing[i] * voxel[i], 5))
      .join(", ");
    const values = this.values(source, voxel).map(({ channel, ...found }) => {
      const label = about.channels.length > 1 ? `${about.channels[channel].label} ` : "";
      return `${label}${this.told(source, found)}`;
    });
    const first = document.createElement("strong");
    first.textContent = this.view.differs
      ? this.difference(voxel)
      : `${projected ? "maximum " : ""}${[...values, ...this.labels(voxel)].join(" · ")}`;
    const second = document.createElement("span");
    second.textContent = unit ? `${where}  (${physical} ${unit})` : where;
    this.element.replaceChildren(first, second);
  }
}
