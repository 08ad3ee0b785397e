// The grid of parameters: which images there are, neighbours, and turning.

const HALF_TURN = 180; // degrees of a drag across the picture

export class Grid {
  constructor(told) {
    this.parameters = told.parameters;
    this.shape = told.parameters.map((p) => p.values.length);
    this.bits = told.present === null ? null : Uint8Array.from(atob(told.present), (c) => c.charCodeAt(0));
    /** Axes with more than one value. */
    this.axes = this.shape.map((n, axis) => axis).filter((axis) => this.shape[axis] > 1);
    const find = (name) => this.axes.find((a) => told.parameters[a].name === name && !told.parameters[a].label);
    const [theta, phi] = told.angles.map(find);
    this.angles = [theta, phi].filter((axis) => axis !== undefined);
    const free = this.angles.length ? [undefined, undefined] : this.axes;
    /** Axes that a drag to the right and down moves along; undefined for none. */
    this.across = phi ?? free[0];
    this.down = theta ?? free[1];
  }

  /** Return whether there is an image at an index. */
  has(index) {
    if (this.bits === null) return true;
    const flat = index.reduce((sum, i, axis) => sum * this.shape[axis] + i, 0);
    return Boolean(this.bits[flat >> 3] & (128 >> (flat & 7)));
  }

  /** Return an index in the middle of the grid that has an image. */
  start() {
    const middle = this.shape.map((n) => Math.floor(n / 2));
    for (let far = 0; !this.has(middle) && far < this.shape.length; far += 1) {
      const next = this.step(middle, far, 1);
      if (next) return next;
    }
    return this.has(middle) ? middle : this.first();
  }

  first() {
    const byte = this.bits.findIndex((b) => b);
    let flat = 8 * byte + Math.clz32(this.bits[byte]) - 24;
    const index = [];
    for (const n of [...this.shape].reverse()) {
      index.unshift(flat % n);
      flat = Math.floor(flat / n);
    }
    return index;
  }

  /** Return the next index along an axis with an image, `by` 1 or -1; around the ends where the
   * parameter is periodic or `around` is set. Null if there is none. */
  step(index, axis, by, around = false) {
    const count = this.shape[axis];
    const turns = around || this.parameters[axis].period > 0;
    const found = [...index];
    for (let k = 1; k < count; k += 1) {
      let at = index[axis] + by * k;
      if (turns) at = ((at % count) + count) % count;
      if (at < 0 || at >= count) return null;
      found[axis] = at;
      if (this.has(found)) return found;
    }
    return null;
  }

  /** Return the position of the value nearest to a number, or of a label; -1 for no such label. */
  nearest(axis, value) {
    const { values, label, period } = this.parameters[axis];
    if (label) return values.indexOf(value);
    if (!Number.isFinite(value)) return -1;
    let best = 0;
    let least = Infinity;
    values.forEach((v, k) => {
      let away = Math.abs(v - value);
      if (period > 0) away = Math.min(away % period, period - (away % period));
      if (away < least) [best, least] = [k, away];
    });
    return best;
  }

  /** Return the index after a drag of `x` and `y` picture sizes from `index`: what is seen follows
   * the pointer, so that the camera turns the other way. */
  dragged(index, x, y) {
    const found = [...index];
    for (const [axis, by] of [[this.across, x], [this.down, y]]) {
      if (axis === undefined) continue;
      if (this.angles.includes(axis)) {
        found[axis] = this.nearest(axis, this.parameters[axis].values[index[axis]] - by * HALF_TURN);
      } else {
        const last = this.shape[axis] - 1;
        found[axis] = Math.min(Math.max(Math.round(index[axis] + by * last), 0), last);
      }
    }
    return found;
  }

  /** Return the indices to fetch ahead, the likeliest first. */
  ahead(index, playing) {
    const found = [];
    if (playing !== null) {
      for (let k = 0, at = index; k < 6 && at; k += 1) {
        at = this.step(at, playing, 1, true);
        if (at) found.push(at);
      }
    }
    const turned = [this.across, this.down].filter((axis) => axis !== undefined);
    const order = [...turned, ...this.axes.filter((axis) => !turned.includes(axis))];
    for (const axis of order) {
      for (const by of [1, -1]) {
        const near = this.step(index, axis, by);
        if (near) found.push(near);
      }
    }
    return found;
  }
}
