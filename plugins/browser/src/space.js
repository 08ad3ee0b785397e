// Volumes in 3D: which are shown where, from where they are looked at, and what is drawn over them.
import { length, roundLength } from "./format.js";
import { drawDivider, drawScaleBar } from "./decoration.js";
import { levelName } from "./levels.js";
import { Pane } from "./space_pane.js";
import { levelFor, MAX_CHANNELS } from "./volume_data.js";

const GRAB = 18; // pixels around the divider

export class Space {
  constructor(app) {
    this.app = app;
    this.busy = false;
    this.panes = [];
    const { volume } = app.parts;
    this.listen(volume);
    volume.addEventListener("keydown", (event) => {
      const turn = 8;
      const actions = {
        ArrowLeft: () => this.view.turn(turn, 0),
        ArrowRight: () => this.view.turn(-turn, 0),
        ArrowUp: () => this.view.turn(0, turn),
        ArrowDown: () => this.view.turn(0, -turn),
        "+": () => this.zoomBy(1.2),
        "=": () => this.zoomBy(1.2),
        "-": () => this.zoomBy(1 / 1.2),
        0: () => this.reset(),
        ".": () => app.stepFrame(1),
        ",": () => app.stepFrame(-1),
        "[": () => app.swipeBy(-0.05),
        "]": () => app.swipeBy(0.05),
      };
      if (!actions[event.key] || !this.view || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      actions[event.key]();
    });
  }

  /** Let the divider be dragged; else a drag turns the volume. */
  listen(volume) {
    const near = (event) => {
      const { left, width } = volume.getBoundingClientRect();
      const swiped = this.compared && this.app.state.how === "swipe";
      return swiped && Math.abs(event.clientX - left - this.app.state.split * width) < GRAB;
    };
    volume.addEventListener(
      "pointerdown",
      (event) => {
        if (!near(event)) return;
        event.stopPropagation();
        volume.setPointerCapture(event.pointerId);
        this.dragging = event.pointerId;
      },
      true,
    );
    volume.addEventListener(
      "pointermove",
      (event) => {
        volume.style.cursor = this.dragging !== undefined || near(event) ? "ew-resize" : "";
        if (event.pointerId !== this.dragging) return;
        event.stopPropagation();
        const { left, width } = volume.getBoundingClientRect();
        this.app.set({ split: Math.min(Math.max((event.clientX - left) / width, 0), 1) });
      },
      true,
    );
    for (const kind of ["pointerup", "pointercancel"]) {
      volume.addEventListener(kind, (event) => {
        if (event.pointerId === this.dragging) this.dragging = undefined;
      });
    }
  }

  /** Follow the state: gather what is missing, then render. */
  async update() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    const { message } = this.app.parts;
    try {
      await this.follow();
    } catch (error) {
      message.textContent = error.message;
      message.classList.add("error");
      message.hidden = false;
    }
    this.busy = false;
    if (this.again) {
      this.again = false;
      if (this.app.state.mode === "3d") await this.update();
    }
  }

  async follow() {
    const { app } = this;
    const { state, parts, sources } = app;
    const [source] = sources;
    const on = state.channels.map((c, k) => (c.on ? k : -1)).filter((k) => k >= 0);
    const channels = on.slice(0, MAX_CHANNELS);
    if (!channels.length) throw new Error("Switch a channel on to see it.");
    await this.open();
    this.arrange();
    const layer = await this.panes[0].showImage(source, channels, this.view ? null : state.camera);
    const camera = this.view.state;
    if (this.compared) await this.panes[1].showImage(sources[1], channels, camera);
    for (const pane of this.shown) await pane.showLabels(camera);
    parts.message.hidden = true;
    const { sides } = layer.data;
    const size = [...sides].reverse().join(" × ");
    const full = sides.every((n, i) => n === source.shape[i]);
    const more = on.length > channels.length ? `, the first ${MAX_CHANNELS} channels` : "";
    const { level, stride } = levelFor(source);
    const part = full ? "full resolution" : levelName(source, level, stride);
    parts.level.textContent = `${part}, ${size}${more}`;
    app.root.dataset.rendered = this.shown.flatMap((p) => [...p.layers.values()].map((l) => l.styled));
    this.decorate();
  }

  async open() {
    if (this.panes.length) return;
    const { VolumeView } = await import("./volume.js");
    if (!document.createElement("canvas").getContext("webgl2")) {
      throw new Error("3D needs WebGL 2, which this browser does not offer.");
    }
    const { volume } = this.app.parts;
    this.panes = [0, 1].map(() => new Pane(this.app, volume, VolumeView, (view) => this.turned(view)));
    new ResizeObserver(() => this.decorate()).observe(volume);
  }

  /** The image in the first pane, once it is there. */
  get view() {
    return this.panes[0]?.image;
  }

  /** Whether the other image is shown as well. */
  get compared() {
    const { state, sources } = this.app;
    return Boolean(sources[1]) && ["swipe", "side"].includes(state.how);
  }

  get shown() {
    return this.panes.slice(0, this.compared ? 2 : 1);
  }

  /** Lay out the panes: the second over the first, right of the divider, or beside it. */
  arrange() {
    const { state, parts } = this.app;
    const { clientWidth, clientHeight } = parts.volume;
    const beside = this.compared && state.how === "side";
    const layout = beside ? (clientHeight > clientWidth ? "below" : "beside") : "";
    parts.volume.dataset.layout = layout;
    const [, other] = this.panes;
    other.element.hidden = !this.compared;
    other.element.style.clipPath = beside ? "" : `inset(0 0 0 ${100 * state.split}%)`;
    if (this.layout !== undefined && layout !== this.layout && this.view) {
      this.view.fit(); // into a pane of another size
      this.turned(this.view);
    }
    this.layout = layout;
  }

  /** Let all look from where one view does. */
  turned(view) {
    for (const other of this.panes.flatMap((pane) => pane.views)) {
      if (other === view || !other.placed) continue;
      other.state = view.state;
      other.render();
    }
    view.render();
    this.decorate();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.app.state.camera = this.view.state;
      this.app.remember();
    }, 250);
  }

  moveTo(camera) {
    if (!camera || !this.view) return;
    this.view.state = camera;
    this.turned(this.view);
  }

  zoomBy(factor) {
    this.view?.zoomBy(factor);
  }

  reset() {
    this.view?.reset();
  }

  /** Draw the edges of the box, the divider, the names and the scale bar. */
  decorate() {
    const { overlay, volume } = this.app.parts;
    if (!this.view?.placed || overlay.hidden) return;
    const dpr = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = overlay;
    overlay.width = Math.round(clientWidth * dpr);
    overlay.height = Math.round(clientHeight * dpr);
    const context = overlay.getContext("2d");
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    const { state, sources } = this.app;
    const swiped = this.compared && state.how === "swipe";
    // panes that lie over each other have one box
    for (const { element, image } of swiped ? this.panes.slice(0, 1) : this.shown) {
      if (image?.placed) this.drawBox(context, element, image.corners());
    }
    if (this.compared) {
      const { offsetLeft, offsetTop } = this.panes[1].element;
      const edge = swiped ? { x: state.split * clientWidth, y: 0 } : { x: offsetLeft, y: offsetTop };
      drawDivider(context, edge, sources.map((s) => s.about.displayed), swiped, clientWidth, clientHeight);
    }
    const [source] = sources;
    const { scale } = this.view;
    const long = roundLength(Math.min(150, volume.clientWidth / 3) / scale);
    context.setLineDash([]);
    drawScaleBar(context, 16, clientHeight - 18, long * scale, length(long, source));
  }

  drawBox(context, element, corners) {
    context.save();
    const { offsetLeft, offsetTop, clientWidth, clientHeight } = element;
    context.translate(offsetLeft, offsetTop);
    context.beginPath();
    context.rect(0, 0, clientWidth, clientHeight);
    context.clip();
    const farthest = corners.reduce((best, c, k) => (c[2] > corners[best][2] ? k : best), 0);
    for (let k = 0; k < 8; k += 1) {
      for (const bit of [1, 2, 4]) {
        if (k & bit) continue;
        const hidden = k === farthest || (k | bit) === farthest;
        context.strokeStyle = hidden ? "#ffffff30" : "#ffffff80";
        context.setLineDash(hidden ? [3, 4] : []);
        context.beginPath();
        context.moveTo(corners[k][0], corners[k][1]);
        context.lineTo(corners[k | bit][0], corners[k | bit][1]);
        context.stroke();
      }
    }
    context.restore();
  }
}
