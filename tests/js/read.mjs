// Reads an OME-Zarr image with zarrita: node read.mjs URL, prints each level as JSON.
import * as zarr from "zarrita";

const root = await zarr.open(zarr.root(new zarr.FetchStore(process.argv[2])), { kind: "group" });
const image = (root.attrs.ome ?? root.attrs).multiscales[0];
const levels = [];
for (const { path } of image.datasets) {
  const array = await zarr.open(root.resolve(path), { kind: "array" });
  const { data, shape } = await zarr.get(array);
  levels.push({ dtype: array.dtype, shape, data: Array.from(data) });
}
console.log(JSON.stringify({ axes: image.axes.map((a) => a.name).join(""), levels }));
