// The volume in 3D: what is gathered, when it is rendered anew, and the box around it.
import { length, roundLength } from "./format.js";
import { drawScaleBar } from "./decoration.js";
import { levelName } from "./levels.js";
import { gather, levelFor, MAX_CHANNELS, toBytes } from "./volume_data.js";

export class Space {
  constructor(app) {
    this.app = app;
    this.busy = false;
    this.gathered = "";
    this.styled = "";
    const { volume } = app.parts;
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
      };
      if (!actions[event.key] || !this.view || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      actions[event.key]();
    });
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
    const { state, parts, loader } = app;
    const [source] = app.sources;
    const on = state.channels.map((c, k) => (c.on ? k : -1)).filter((k) => k >= 0);
    const channels = on.slice(0, MAX_CHANNELS);
    if (!channels.length) throw new Error("Switch a channel on to see it.");
    if (!this.view) await this.open();
    const chosen = levelFor(source);
    const key = `${channels}|${state.index}`;
    if (key !== this.gathered) {
      this.app.tell("loading …");
      loader.want([]);
      this.data = await gather(source, loader, channels, state.index, chosen, (part) =>
        this.app.tell(`loading … ${Math.round(100 * part)} %`),
      );
      this.gathered = key;
      this.styled = "";
    }
    const settings = channels.map((k) => state.channels[k]);
    const style = `${settings.map((s) => s.version)}|${state.rendering}`;
    if (style !== this.styled) {
      const { values, sides, spacing } = this.data;
      this.view.show(toBytes(values, settings), channels.length, sides, spacing, source.runsUp(0));
      if (state.camera) this.moveTo(state.camera);
      this.view.style(settings.map((s) => s.table), state.rendering);
      this.styled = style;
    }
    parts.message.hidden = true;
    const { sides } = this.data;
    const size = [...sides].reverse().join(" × ");
    const full = sides.every((n, i) => n === source.shape[i]);
    const more = on.length > channels.length ? `, the first ${MAX_CHANNELS} channels` : "";
    const part = full ? "full resolution" : levelName(source, chosen.level, chosen.stride);
    parts.level.textContent = `${part}, ${size}${more}`;
    app.root.dataset.rendered = this.styled;
    this.decorate();
  }

  async open() {
    const { VolumeView } = await import("./volume.js");
    if (!document.createElement("canvas").getContext("webgl2")) {
      throw new Error("3D needs WebGL 2, which this browser does not offer.");
    }
    this.view = new VolumeView(this.app.parts.volume, () => {
      this.decorate();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.app.state.camera = this.view.state;
        this.app.remember();
      }, 250);
    });
    new ResizeObserver(() => this.decorate()).observe(this.app.parts.volume);
  }

  moveTo(camera) {
    if (!camera || !this.view) return;
    this.view.state = camera;
    this.view.render();
  }

  zoomBy(factor) {
    this.view?.zoomBy(factor);
  }

  reset() {
    if (!this.view) return;
    this.view.reset();
    this.view.render();
  }

  /** Draw the edges of the box, and the scale bar. */
  decorate() {
    const { overlay } = this.app.parts;
    if (!this.view?.placed || overlay.hidden) return;
    const dpr = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = overlay;
    overlay.width = Math.round(clientWidth * dpr);
    overlay.height = Math.round(clientHeight * dpr);
    const context = overlay.getContext("2d");
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    const corners = this.view.corners();
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
    const [source] = this.app.sources;
    const { scale } = this.view;
    const long = roundLength(Math.min(150, clientWidth / 3) / scale);
    context.setLineDash([]);
    drawScaleBar(context, 16, clientHeight - 18, long * scale, length(long, source));
  }
}
