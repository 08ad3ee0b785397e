// The plane on the screen: levels by zoom, panning and zooming, two images at once, scale bar.
import { decorate } from "./decoration.js";
import { PLAIN } from "./overlays.js";
import { ORIENTATION } from "./planes.js";
import { Tiles } from "./tiles.js";

const MAX_PROJECTED = 48e6; // voxels of a level, all channels, that are projected
const COARSE_TILES = 64; // of the coarsest level, which is drawn below the others
const AHEAD = 80; // chunks fetched ahead

export class PlaneView {
  /**
   * @param canvas where it draws
   * @param app state, sources (the image and, or null, the other), loader, and callbacks
   */
  constructor(canvas, app) {
    this.canvas = canvas;
    this.app = app;
    this.context = canvas.getContext("2d");
    this.tiles = new Tiles(app.loader);
    this.pending = false;
    this.pointer = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  draw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paint();
    });
  }

  get source() {
    return this.app.sources[0];
  }

  get view() {
    const { plane, index, mode } = this.app.state;
    return { plane, index, projected: mode === "max" };
  }

  /** Whether rows of the picture run upward. */
  get upward() {
    return this.source.runsUp(ORIENTATION[this.app.state.plane].down);
  }

  get differs() {
    return Boolean(this.app.sources[1]) && this.app.state.how === "difference";
  }

  /** Pixels per unit of length at which the whole image fits. */
  get fitting() {
    const { across, down } = ORIENTATION[this.app.state.plane];
    const { shape, spacing } = this.source;
    const rect = this.panes[0].rect;
    return 0.94 * Math.min(
      rect.width / (shape[across] * spacing[across]),
      rect.height / (shape[down] * spacing[down]),
    );
  }

  fit() {
    this.app.state.zoom = 0;
    this.app.changed();
  }

  /** Scale (pixels per voxel) and centre (voxels), across and down. */
  get frame() {
    const { state } = this.app;
    const { across, down } = ORIENTATION[state.plane];
    const { shape, spacing } = this.source;
    const zoom = state.zoom || this.fitting;
    const centre = state.zoom ? state.centre : [shape[across] / 2, shape[down] / 2];
    return { across, down, zoom, centre, scale: [zoom * spacing[across], zoom * spacing[down]] };
  }

  /** The rectangles that images are drawn in, and what part of each is shown. */
  get panes() {
    const { state, sources } = this.app;
    const width = this.canvas.clientWidth || 1;
    const height = this.canvas.clientHeight || 1;
    const whole = { x: 0, y: 0, width, height };
    const { tiles, view } = this;
    const pane = (k, rect, clip = rect) => ({
      source: sources[k],
      rect,
      clip,
      view,
      tiles,
      channels: state.channels,
    });
    if (this.differs) return [{ ...pane(0, whole), tiles: this.app.difference }];
    if (!sources[1] || state.how === "off") return [pane(0, whole)];
    if (state.how === "swipe") {
      const at = Math.round(state.split * width);
      return [
        pane(0, whole, { ...whole, width: at }),
        pane(1, whole, { ...whole, x: at, width: width - at }),
      ];
    }
    const tall = height > width;
    const half = tall ? { ...whole, height: height / 2 } : { ...whole, width: width / 2 };
    const second = tall ? { ...half, y: height / 2 } : { ...half, x: width / 2 };
    return [pane(0, half), pane(1, second)];
  }

  /** Labels over a pane. */
  over(pane) {
    const { along } = ORIENTATION[this.app.state.plane];
    const at = this.app.state.position[along];
    return this.app.overlays.shown
      .filter(({ source }) => this.view.projected || source.reaches(source.stored[0], along, at))
      .map(({ source, index, opacity }) => {
        const view = { ...this.view, index };
        return { ...pane, source, view, opacity, tiles: this.tiles, channels: PLAIN };
      });
  }

  /** The coarsest stored level that the screen shows sharply; a coarser one to be projected. */
  levelFor(source) {
    const { across, down, scale } = this.frame;
    const sharp = 1.5 / (window.devicePixelRatio || 1);
    let chosen = source.stored[0];
    for (const level of source.stored) {
      const { factors } = source.levels[level];
      const size = Math.max(factors[across] * scale[0], factors[down] * scale[1]);
      if (size <= sharp || this.isHeavy(source, chosen)) chosen = level;
    }
    return chosen;
  }

  isHeavy(source, level) {
    const { shape } = source.levels[level];
    const channels = Math.max(this.app.state.channels.filter((c) => c.on).length, 1);
    return this.view.projected && shape[0] * shape[1] * shape[2] * channels > MAX_PROJECTED;
  }

  paint() {
    const { canvas, context } = this;
    const dpr = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * dpr);
    const height = Math.round(canvas.clientHeight * dpr);
    if (!width || !height || this.app.state.mode === "3d") return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = false;
    context.fillStyle = "#07090c";
    context.fillRect(0, 0, width, height);
    const wanted = [];
    const levels = [];
    let complete = true;
    let refusal = "";
    this.missing = false;
    for (const pane of this.panes) {
      const level = this.differs ? this.app.difference.level : this.levelFor(pane.source);
      levels.push(level);
      context.save();
      context.beginPath();
      const { clip } = pane;
      context.rect(...[clip.x, clip.y, clip.width, clip.height].map((v) => Math.round(v * dpr)));
      context.clip();
      if (this.upward) context.transform(1, 0, 0, -1, 0, Math.round((2 * pane.rect.y + pane.rect.height) * dpr));
      if (this.differs) refusal = this.drawDifference(pane, level, dpr, wanted);
      else this.drawImage(pane, level, dpr, wanted);
      for (const labels of this.over(pane)) {
        context.globalAlpha = labels.opacity;
        const k = this.levelFor(labels.source);
        const places = this.visible(labels, k);
        if (!this.drawLevel(labels, k, places, dpr, false).complete) {
          wanted.push(...this.needs(labels, k, places));
        }
        context.globalAlpha = 1;
      }
      context.restore();
    }
    if (wanted.length) complete = false;
    const ahead = refusal ? [] : this.ahead(levels);
    this.app.loader.want([...wanted, ...ahead]);
    decorate(this, dpr);
    this.levels = levels;
    this.complete = complete;
    this.app.painted(levels, complete, refusal);
  }

  /** Draw an image, with what is there of coarser levels while chunks are missing. */
  drawImage(pane, level, dpr, wanted) {
    const coarsest = pane.source.stored[pane.source.stored.length - 1];
    const visible = this.visible(pane, level);
    if (this.drawLevel(pane, level, visible, dpr, true).complete) return;
    for (const k of pane.source.stored.filter((l) => l > level).reverse()) {
      const below = this.visible(pane, k);
      if (k === coarsest && below.length <= COARSE_TILES) wanted.push(...this.needs(pane, k, below));
      this.drawLevel(pane, k, below, dpr, false);
    }
    this.drawLevel(pane, level, visible, dpr, false);
    wanted.push(...this.needs(pane, level, visible));
  }

  /** Draw the difference at full resolution, and return why that cannot be done, else "". */
  drawDifference(pane, level, dpr, wanted) {
    const { difference } = this.app;
    const visible = this.visible(pane, level);
    const refusal = difference.refusal(pane.view, visible);
    difference.told = null;
    difference.voxelsPerPixel = 1 / (dpr * Math.max(...this.frame.scale));
    if (refusal) return refusal;
    const first = difference.measure(pane.view, visible);
    if (!this.drawLevel(pane, level, visible, dpr, false).complete) {
      wanted.push(...this.needs(pane, level, visible));
    }
    if (first) this.app.changed(); // the limit is known now
    return "";
  }

  /** Tiles of a level within a pane, from its middle outwards. */
  visible(pane, level) {
    const { across, down, scale, centre } = this.frame;
    const { factors, offsets, shape, chunks } = pane.source.levels[level];
    const { rect } = pane;
    const range = (axis, side, middle, px) => {
      const low = (middle - side / 2 / px - offsets[axis]) / factors[axis] / chunks[axis];
      const high = (middle + side / 2 / px - offsets[axis]) / factors[axis] / chunks[axis];
      const count = Math.ceil(shape[axis] / chunks[axis]);
      return [Math.max(Math.floor(low), 0), Math.min(Math.floor(high), count - 1)];
    };
    const [left, right] = range(across, rect.width, centre[0], scale[0]);
    const [top, bottom] = range(down, rect.height, centre[1], scale[1]);
    const { along } = ORIENTATION[this.app.state.plane];
    const depth = pane.source.indexAt(level, along, this.app.state.position[along]);
    const found = [];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) found.push({ level, row, column, depth });
    }
    const middle = [(left + right) / 2, (top + bottom) / 2];
    const away = (t) => (t.column - middle[0]) ** 2 + (t.row - middle[1]) ** 2;
    return found.sort((a, b) => away(a) - away(b));
  }

  needs({ source, tiles, channels, view }, level, places) {
    return places.flatMap((place) => tiles.needs(source, view, channels, place));
  }

  drawLevel(pane, level, places, dpr, allOrNothing) {
    const { across, down, scale, centre } = this.frame;
    const { factors, offsets, chunks } = pane.source.levels[level];
    const { channels } = pane;
    if (!channels.some((c) => c.on)) return { complete: true };
    const pictures = places.map((p) => pane.tiles.get(pane.source, pane.view, channels, p));
    const complete = !pictures.includes(null);
    if (allOrNothing && !complete) return { complete };
    const { rect } = pane;
    const x = (p) => Math.round((rect.x + rect.width / 2 + (p - centre[0]) * scale[0]) * dpr);
    const y = (p) => Math.round((rect.y + rect.height / 2 + (p - centre[1]) * scale[1]) * dpr);
    places.forEach((place, k) => {
      const picture = pictures[k];
      if (!picture) return;
      const from = [place.column * chunks[across], place.row * chunks[down]];
      const left = x(offsets[across] + from[0] * factors[across]);
      const top = y(offsets[down] + from[1] * factors[down]);
      const [wide, high] = picture.voxels ?? [picture.width, picture.height];
      const right = x(offsets[across] + (from[0] + wide) * factors[across]);
      const bottom = y(offsets[down] + (from[1] + high) * factors[down]);
      if (pane.opacity === undefined) {
        this.hatch(left, top, right - left, bottom - top, dpr);
        this.missing ||= picture.missing;
      }
      this.context.drawImage(picture, left, top, right - left, bottom - top);
    });
    return { complete };
  }

  /** Stripes, seen where voxels are missing. */
  hatch(x, y, width, height, dpr) {
    if (!this.pattern || this.patternDpr !== dpr) {
      const side = Math.round(8 * dpr);
      const stripe = document.createElement("canvas");
      stripe.width = side;
      stripe.height = side;
      const draw = stripe.getContext("2d");
      draw.fillStyle = "#2a2130";
      draw.fillRect(0, 0, side, side);
      draw.strokeStyle = "#6d4a7c";
      draw.lineWidth = side / 5;
      for (const shift of [-side, 0, side]) {
        draw.beginPath();
        draw.moveTo(shift - 2, side + 2);
        draw.lineTo(shift + side + 2, -2);
        draw.stroke();
      }
      this.pattern = this.context.createPattern(stripe, "repeat");
      this.patternDpr = dpr;
    }
    this.context.fillStyle = this.pattern;
    this.context.fillRect(x, y, width, height);
  }

  /** Chunks that are likely to be looked at next: neighbouring slices and frames. */
  ahead(levels) {
    const { state } = this.app;
    const { along } = ORIENTATION[state.plane];
    const found = [];
    this.panes.forEach((pane, k) => {
      const level = levels[k];
      const places = this.visible(pane, level);
      if (state.mode === "slice") {
        const chunk = pane.source.levels[level].chunks[along];
        const last = pane.source.levels[level].shape[along] - 1;
        for (const step of chunk > 8 ? [8, -8] : [1, 2, 3, -1, -2]) {
          const depth = Math.min(Math.max(places[0]?.depth + step, 0), last);
          found.push(...this.needs(pane, level, places.map((p) => ({ ...p, depth }))));
        }
      }
      pane.source.others.forEach(({ axis }, i) => {
        if (axis.kind !== "time") return;
        for (const step of [1, 2]) {
          const index = [...state.index];
          index[i] = (index[i] + step) % axis.size;
          found.push(...this.needs({ ...pane, view: { ...pane.view, index } }, level, places));
        }
      });
    });
    return found.slice(0, AHEAD);
  }

  /** Position (voxels of level 0, across and down) at a place of the canvas, and its pane. */
  locate(x, y) {
    const { scale, centre } = this.frame;
    const inside = ({ clip }) =>
      x >= clip.x && x < clip.x + clip.width && y >= clip.y && y < clip.y + clip.height;
    const pane = this.panes.find(inside) ?? this.panes[0];
    const { rect } = pane;
    return {
      pane,
      across: centre[0] + (x - rect.x - rect.width / 2) / scale[0],
      down: centre[1] + ((this.upward ? -1 : 1) * (y - rect.y - rect.height / 2)) / scale[1],
    };
  }

  /** Zoom by a factor, keeping a place of the canvas where it is. */
  zoomBy(factor, x, y) {
    const { state } = this.app;
    const before = this.locate(x, y);
    const { zoom } = this.frame;
    const fitting = this.fitting;
    const most = 64 / Math.min(...this.source.spacing);
    const next = Math.min(Math.max(zoom * factor, fitting / 4), Math.max(most, fitting));
    state.centre = [...this.frame.centre];
    state.zoom = next;
    const after = this.locate(x, y);
    state.centre[0] += before.across - after.across;
    state.centre[1] += before.down - after.down;
    this.app.changed();
  }

  panBy(dx, dy) {
    const { state } = this.app;
    const { centre, scale, zoom } = this.frame;
    const further = this.upward ? -dy : dy;
    state.centre = [centre[0] - dx / scale[0], centre[1] - further / scale[1]];
    state.zoom = zoom;
    this.app.changed();
  }
}
