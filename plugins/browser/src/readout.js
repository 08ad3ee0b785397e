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
      this.hint("Drag to turn, scroll or pinch to zoom.");
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
    const shown = this.values(source, voxel);
    this.show(source, voxel, shown);
    const exact = shown.every((s) => s.level === source.stored[0]);
    if (!exact && app.state.mode === "slice") {
      this.timer = setTimeout(() => this.fetch(source, voxel), DELAY);
    }
  }

  hint(text) {
    const quiet = document.createElement("span");
    quiet.textContent = text;
    this.element.replaceChildren(quiet);
  }

  async fetch(source, voxel) {
    const level = source.stored[0];
    const { channels, index } = this.app.state;
    const { chunks } = source.levels[level];
    const inLevel = voxel.map((v, i) => source.indexAt(level, i, v));
    const spatial = inLevel.map((v, i) => Math.floor(v / chunks[i]));
    const place = this.place;
    try {
      await Promise.all(
        channels.flatMap((c, channel) =>
          c.on ? [this.app.loader.fetch(source.chunkAt(level, channel, index, spatial))] : [],
        ),
      );
    } catch {
      return; // the page tells of it
    }
    if (place === this.place) this.show(source, voxel, this.values(source, voxel));
  }

  /** The values of the channels that are on, from the finest level that is in memory. */
  values(source, voxel) {
    const { channels } = this.app.state;
    return channels.flatMap((settings, channel) => {
      if (!settings.on) return [];
      return [{ channel, ...this.value(source, voxel, channel) }];
    });
  }

  value(source, voxel, channel) {
    const { index, mode, plane } = this.app.state;
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

  show(source, voxel, shown) {
    const { about, names, spacing, origin, direction, unit } = source;
    const { along } = ORIENTATION[this.app.state.plane];
    const projected = this.app.state.mode === "max";
    const axes = [2, 1, 0].filter((i) => source.space[i] >= 0 && !(projected && i === along));
    const where = axes.map((i) => `${names[i]} ${voxel[i]}`).join("  ");
    const physical = axes
      .map((i) => number(origin[i] + direction[i] * spacing[i] * voxel[i], 5))
      .join(", ");
    const values = shown.map(({ channel, value, level }) => {
      const label = about.channels.length > 1 ? `${about.channels[channel].label} ` : "";
      if (value === null) return `${label}…`;
      if (Number.isNaN(value)) return `${label}missing`;
      const coarse = level === source.stored[0] ? "" : "≈ ";
      return `${label}${coarse}${withUnit(value, about.unit, 7)}`;
    });
    const first = document.createElement("strong");
    first.textContent = `${projected ? "maximum " : ""}${values.join(" · ")}`;
    const second = document.createElement("span");
    second.textContent = unit ? `${where}  (${physical} ${unit})` : where;
    this.element.replaceChildren(first, second);
  }
}
