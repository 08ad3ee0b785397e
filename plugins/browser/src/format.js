// Numbers and lengths as text.

/** Return a number with up to `digits` significant digits, and large integers in full. */
export function number(value, digits = 5) {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(digits - 1);
  return String(Number(value.toPrecision(digits)));
}

export function withUnit(value, unit, digits) {
  return unit ? `${number(value, digits)} ${unit}` : number(value, digits);
}

/** Return a length of a scale bar: of voxels where positions are numbers of them. */
export function length(value, { unit, spacing }) {
  if (unit) return withUnit(value, unit);
  return spacing.every((s) => s === 1) ? `${number(value)} voxels` : number(value);
}

export function bytes(size) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let k = 0;
  while (size >= 1000 && k < units.length - 1) {
    size /= 1000;
    k += 1;
  }
  return `${k ? Number(size.toPrecision(3)) : size} ${units[k]}`;
}

/** Return the longest round length (1, 2, 5 times a power of ten) of at most `most`. */
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((s) => s * power <= most * (1 + 1e-9)) ?? 1;
  return step * power;
}
