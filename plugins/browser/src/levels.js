// Levels in words.

/** Return the resolution of a level, read in steps of `stride` voxels. */
export function levelName(source, level, stride = 1) {
  const factor = Math.round(stride * Math.max(...source.levels[level].factors));
  const quality = source.about.quality === "preview" ? "preview quality, " : "";
  return quality + (factor === 1 ? "full resolution" : `1/${factor} resolution`);
}
