// A link to neuroglancer with the place, channels and contrast of this view.
import { COLOUR } from "./colours.js";

export function neuroglancerLink(source, state) {
  const { about } = source;
  const url = `zarr://${about.data}`;
  const several = source.channelAxis >= 0;
  const layers = about.labels
    ? [{ name: about.displayed, type: "segmentation", source: url }]
    : state.channels.map((c, k) => {
        const hex = COLOUR.test(c.colour) ? c.colour : "FFFFFF";
        const rgb = [0, 2, 4].map((i) => (parseInt(hex.slice(i, i + 2), 16) / 255).toFixed(3));
        return {
          name: several ? about.channels[k].label : about.displayed,
          type: "image",
          source: url,
          blend: "additive",
          visible: c.on,
          shader: `#uicontrol invlerp normalized\nvoid main() { emitRGB(normalized() * vec3(${rgb})); }`,
          shaderControls: { normalized: { range: [c.low, c.high] } },
          ...(several ? { localDimensions: { "c'": [1, ""] }, localPosition: [k] } : {}),
        };
      });
  const layout = state.mode === "3d" ? "4panel" : state.plane;
  const text = JSON.stringify({ layers, layout });
  return `https://neuroglancer-demo.appspot.com/#!${encodeURIComponent(text)}`;
}
