// One image in 3D, and the labels over it: each is a picture of its own, the one over the other.
import { el } from "./dom.js";
import { gather, toBytes, toLabelBytes } from "./volume_data.js";

export class Pane {
  constructor(app, parent, VolumeView, onturn) {
    Object.assign(this, { app, VolumeView, onturn, layers: new Map() });
    this.element = el("div", { className: "pane" });
    parent.append(this.element);
  }

  get image() {
    return this.layers.get("image")?.view;
  }

  get views() {
    return [...this.layers.values()].map((layer) => layer.view);
  }

  layer(key) {
    if (!this.layers.has(key)) {
      const box = el("div", { className: key === "image" ? "layer" : "layer over" });
      this.element.append(box);
      const view = new this.VolumeView(box, this.onturn, key !== "image");
      this.layers.set(key, { box, view, gathered: null, styled: "" });
    }
    return this.layers.get(key);
  }

  /** Show channels of an image, from the camera of another pane if there is one. */
  async showImage(source, channels, camera) {
    const { state, sources, loader } = this.app;
    const layer = this.layer("image");
    const [first] = sources;
    const settings = channels.map((k) => state.channels[k]);
    await this.gather(layer, `${source.name}|${channels}|${state.index}`, () =>
      gather(source, loader, channels, state.index, first.spacing, (part) => this.tell(part)),
    );
    const style = `${settings.map((s) => s.version)}|${state.rendering}`;
    if (style === layer.styled) return layer;
    const bytes = toBytes(layer.data.values, settings);
    layer.view.show(bytes, channels.length, layer.data, first.runsUp(0), camera);
    layer.view.style(settings.map((s) => s.table), state.rendering);
    layer.styled = style;
    return layer;
  }

  /** Show the labels that are on. */
  async showLabels(camera) {
    const { overlays, sources, loader } = this.app;
    const [first] = sources;
    const shown = overlays.shown;
    for (const [key, { box }] of this.layers) {
      box.hidden = key !== "image" && !shown.some(({ source }) => source.name === key);
    }
    for (const { source, index, opacity } of shown) {
      const layer = this.layer(source.name);
      layer.box.style.opacity = opacity;
      await this.gather(layer, `${index}`, () =>
        gather(source, loader, [0], index, first.spacing, (part) => this.tell(part)),
      );
      if (layer.styled) continue;
      const { bytes, table } = toLabelBytes(layer.data.values[0], source.about.label_colours);
      layer.view.show(bytes, 1, layer.data, first.runsUp(0), camera);
      layer.view.styleLabels(table);
      layer.styled = "labels";
    }
  }

  async gather(layer, key, read) {
    if (key === layer.gathered) return;
    this.app.tell("loading …");
    this.app.loader.want([]);
    layer.data = await read();
    layer.gathered = key;
    layer.styled = "";
  }

  tell(part) {
    this.app.tell(`loading … ${Math.round(100 * part)} %`);
  }
}
