// The viewer of one image: opens it, keeps the state, and tells the parts of changes.
import { table } from "./colours.js";
import { el } from "./dom.js";
import { Difference } from "./difference.js";
import { listen } from "./interaction.js";
import { levelName } from "./levels.js";
import { Loader } from "./loader.js";
import { neuroglancerLink } from "./neuroglancer.js";
import { Overlays } from "./overlays.js";
import { build } from "./panel.js";
import { PlaneView } from "./plane_view.js";
import { limitsOf, ORIENTATION, sampleOf } from "./planes.js";
import { Readout } from "./readout.js";
import { readJson, Source } from "./source.js";
import { Space } from "./space.js";
import { fromHash, toHash } from "./state.js";

const FRAME_TIME = 160; // milliseconds per frame when playing, at least
const ACTIVE = 4; // channels that are on at first

class App {
  constructor(root) {
    this.root = root;
    this.sources = [null, null];
    this.loader = new Loader(
      () => this.view?.draw(),
      (error) => this.fail(error),
    );
    this.playing = null;
    this.timers = {};
  }

  async start() {
    const source = await Source.open(new URL(this.root.dataset.describe).pathname);
    this.sources[0] = source;
    const told = fromHash(location.hash);
    this.overlays = new Overlays(this);
    this.difference = new Difference(this);
    this.state = {
      mode: "slice",
      plane: "xy",
      position: source.shape.map((n) => Math.floor(n / 2)),
      index: source.others.map(() => 0),
      centre: [0, 0],
      zoom: 0,
      channels: [],
      other: "",
      how: "swipe",
      split: 0.5,
      limit: 0, // of the colours of a difference, 0 to choose
      labels: this.overlays.first,
      rendering: "max",
      camera: null,
    };
    this.adopt(told);
    await this.openChannels(told);
    this.parts = build(this.root, this);
    this.view = new PlaneView(this.parts.canvas, this);
    this.space = new Space(this);
    this.readout = new Readout(this.parts.readout, this, this.view);
    listen(this.view, this);
    addEventListener("hashchange", () => this.follow());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.playing !== null) this.play(this.playing);
    });
    this.changed();
    await this.offer();
    if (told.other) await this.compareWith(told.other);
  }

  /** Take the parts of a link that fit this image. */
  adopt(told) {
    const { state } = this;
    const [source] = this.sources;
    const { channels, labels, position, index, ...rest } = told;
    delete rest.other;
    labels.forEach((settings, k) => settings && Object.assign(state.labels[k] ?? {}, settings));
    Object.assign(state, rest);
    if (source.shape[0] === 1) Object.assign(state, { mode: "slice", plane: "xy" });
    const within = (value, size) => Math.min(Math.max(Math.round(value), 0), size - 1);
    if (position) state.position = position.map((p, i) => within(p, source.shape[i]));
    if (index?.length === source.others.length) {
      state.index = index.map((p, i) => within(p, source.others[i].axis.size));
    }
  }

  async openChannels(told) {
    const [source] = this.sources;
    const { channels } = source.about;
    const on = channels.map((c) => c.active);
    if (on.filter(Boolean).length > ACTIVE || !on.some(Boolean)) {
      on.fill(false).fill(true, 0, ACTIVE);
    }
    this.state.channels = channels.map((c, k) => ({
      on: on[k],
      colour: c.colour,
      low: c.window?.[0] ?? 0,
      high: c.window?.[1] ?? 1,
      range: { least: c.window?.[0] ?? 0, most: c.window?.[1] ?? 1 },
      sample: [],
      sampled: false,
      given: Boolean(c.window),
      table: table(c.colour),
      version: 0,
    }));
    this.recall(told.channels);
    await Promise.all(this.state.channels.map((c, k) => (c.on ? this.measure(k) : null)));
  }

  /** Take colours and contrasts from a link. */
  recall(channels) {
    channels.forEach((c, k) => {
      const settings = this.state.channels[k];
      if (!c || !settings) return;
      Object.assign(settings, c, { table: table(c.colour), given: true });
      settings.version += 1;
    });
  }

  /** Read a sample of a channel: for its histogram, and its contrast where the file has none. */
  async measure(k) {
    const settings = this.state.channels[k];
    if (settings.sampled || this.sources[0].about.labels) return;
    settings.sampled = true;
    settings.sample = await sampleOf(this.sources[0], this.loader, k, this.state.index);
    const limits = limitsOf(settings.sample);
    settings.limits = limits;
    settings.range = { least: limits.least, most: limits.most };
    if (!settings.given) Object.assign(settings, { low: limits.low, high: limits.high });
    settings.version += 1;
  }

  set(changes) {
    Object.assign(this.state, changes);
    this.changed();
  }

  setLabels(k, changes) {
    Object.assign(this.state.labels[k], changes);
    this.changed();
  }

  async setChannel(k, changes) {
    const settings = this.state.channels[k];
    if ("on" in changes) this.state.limit = 0; // the difference may be that of another channel
    Object.assign(settings, changes);
    if (changes.colour) settings.table = table(changes.colour);
    settings.version += 1;
    this.changed();
    if (changes.on && !settings.sampled) {
      await this.measure(k).catch((error) => this.fail(error));
      this.changed();
    }
  }

  autoContrast(k) {
    const { limits } = this.state.channels[k];
    if (limits) this.setChannel(k, { low: limits.low, high: limits.high });
  }

  fullRange(k) {
    const { range } = this.state.channels[k];
    if (range.least < range.most) this.setChannel(k, { low: range.least, high: range.most });
  }

  moveTo(at) {
    const { along } = ORIENTATION[this.state.plane];
    const last = this.sources[0].shape[along] - 1;
    this.state.position[along] = Math.min(Math.max(at, 0), last);
    this.changed();
  }

  step(by) {
    this.moveTo(this.state.position[ORIENTATION[this.state.plane].along] + by);
  }

  setIndex(i, at) {
    this.state.index[i] = at;
    this.changed();
  }

  stepFrame(by) {
    const others = this.sources[0].others;
    const i = others.findIndex(({ axis }) => axis.size > 1);
    if (i < 0) return;
    const { size } = others[i].axis;
    this.setIndex(i, (this.state.index[i] + by + size) % size);
  }

  /** Play along an axis, or stop; the next frame waits until the last one is complete. */
  play(i) {
    clearTimeout(this.timers.play);
    this.playing = this.playing === i ? null : i;
    this.parts.others.forEach((row) => row.sync());
    const advance = () => {
      if (this.playing !== i) return;
      const ready = this.state.mode === "3d" ? !this.space.busy : this.view.complete;
      if (ready) {
        const { size } = this.sources[0].others[i].axis;
        this.setIndex(i, (this.state.index[i] + 1) % size);
      }
      this.timers.play = setTimeout(advance, ready ? FRAME_TIME : 40);
    };
    advance();
  }

  zoomBy(factor) {
    const { canvas } = this.view;
    if (this.state.mode === "3d") this.space.zoomBy(factor);
    else this.view.zoomBy(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);
  }

  fit() {
    if (this.state.mode === "3d") this.space.reset();
    else this.view.fit();
  }

  swipeBy(by) {
    if (!this.sources[1] || this.state.how !== "swipe") return;
    this.set({ split: Math.min(Math.max(this.state.split + by, 0), 1) });
  }

  pointed(x, y) {
    this.readout.point(x, y);
  }

  /** Offer the other served images of the same shape for comparison. */
  async offer() {
    const { about, shape } = this.sources[0];
    const whole = about.axes.map((a) => a.size).join();
    const all = await readJson(new URL(about.index).pathname).catch(() => []);
    // collections and scenes, too, are described, and have no shape
    this.others = all.filter(
      (o) => o.describe && o.name !== about.name && o.shape?.join() === whole && shape,
    );
    this.parts.compare.offer(this.others);
  }

  async compareWith(name) {
    const other = this.others.find((o) => o.name === name);
    if (this.state.other && this.state.other !== name) this.state.limit = 0;
    this.state.other = other ? other.name : "";
    this.sources[1] = null;
    if (other) {
      try {
        this.sources[1] = await Source.open(new URL(other.describe).pathname);
        if (this.state.how === "off") this.state.how = "swipe";
      } catch (error) {
        this.fail(error);
      }
    }
    this.changed();
  }

  /** While held, show the other image alone. */
  blink(held) {
    if (!this.sources[1] || Boolean(this.beforeBlink) === held) return;
    if (held) {
      this.beforeBlink = { how: this.state.how, split: this.state.split };
      Object.assign(this.state, { how: "swipe", split: 0 });
    } else {
      Object.assign(this.state, this.beforeBlink);
      this.beforeBlink = null;
    }
    this.changed();
  }

  /** Follow the state everywhere. */
  changed() {
    const { parts, state } = this;
    const in3d = state.mode === "3d";
    parts.canvas.hidden = in3d;
    parts.volume.hidden = !in3d;
    parts.overlay.hidden = !in3d;
    parts.planes.hidden = in3d || this.sources[0].shape[0] === 1;
    parts.rendering.hidden = !in3d;
    parts.modes.set(state.mode);
    parts.planes.set(state.plane);
    parts.rendering.set(state.rendering);
    parts.depth.sync();
    parts.others.forEach((row) => row.sync());
    parts.channels.forEach((row) => row.sync());
    parts.labels.sync();
    parts.compare.sync();
    this.overlays.follow();
    parts.message.hidden = true;
    if (in3d) this.space.update();
    else this.view.draw();
    this.readout.update();
    clearTimeout(this.timers.hash);
    this.timers.hash = setTimeout(() => this.remember(), 250);
  }

  /** Write the state into the address. */
  remember() {
    if (this.beforeBlink) return;
    const hash = `#${toHash(this.state)}`;
    this.written = hash;
    if (location.hash !== hash) history.replaceState(null, "", hash);
  }

  /** Follow a link to the same image that was opened in this tab. */
  async follow() {
    if (location.hash === this.written) return;
    const told = fromHash(location.hash);
    this.adopt(told);
    this.recall(told.channels);
    this.space.moveTo(told.camera);
    this.changed();
    if ((told.other ?? "") !== this.state.other) await this.compareWith(told.other ?? "");
  }

  /** Called after the plane was drawn. */
  painted(levels, complete, refusal) {
    const [source] = this.sources;
    const { parts } = this;
    const told = refusal ? "" : levelName(source, levels[0]);
    if (refusal) this.tell(refusal);
    const loading = complete || this.loader.failed.size ? "" : "loading … ";
    const striped = this.view.missing ? " · striped: no value" : "";
    parts.level.textContent = `${loading}${told}${striped}`.replace(/^ · /, "");
    this.root.dataset.complete = complete;
    this.readout.update();
  }

  neuroglancer() {
    return neuroglancerLink(this.sources[0], this.state);
  }

  tell(text) {
    const { message } = this.parts;
    message.textContent = text;
    message.classList.remove("error");
    message.hidden = false;
  }

  fail(error) {
    if (!this.parts) return;
    this.tell(`Part of this image could not be read: ${error.message}`);
    this.parts.message.classList.add("error");
  }
}

const root = document.getElementById("viewer");
const app = new App(root);
app.start().catch((error) => {
  root.replaceChildren(
    el(
      "main",
      { className: "problem" },
      el("h1", {}, "This image cannot be shown"),
      el("p", { role: "alert" }, error.message),
      el("p", {}, el("a", { className: "button first", href: root.dataset.index }, "All images")),
    ),
  );
});
