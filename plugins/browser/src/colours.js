// Look-up tables of 256 colours.

const STOPS = {
  viridis: "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
  inferno: "000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4",
  "dark-centred": "a5ecff 4fb4ff 1c62b8 0c2440 0b0b0d 47200a b8520f ff9a33 ffe7a8",
  "blue-red": "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
};

export const MAPS = Object.keys(STOPS);
export const COLOUR = /^[0-9a-f]{6}$/i;

const parse = (hex) => [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** Return 256 RGB triples for a map's name, or from black to a colour "RRGGBB". */
export function table(name) {
  const stops = (STOPS[name] ?? `000000 ${name}`).split(" ").map(parse);
  const found = new Uint8ClampedArray(768);
  for (let i = 0; i < 256; i += 1) {
    const at = (i / 255) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c += 1) {
      found[3 * i + c] = stops[k][c] + (at - k) * (stops[k + 1][c] - stops[k][c]);
    }
  }
  return found;
}

/** Return the colour of an object number with its opacity: the file's own, else black for 0 and a
 * bright one that stays the same. */
export function labelColour(value, own) {
  if (own[value]) return own[value];
  if (value === 0) return [0, 0, 0, 255];
  const hue = (Math.abs(value) * 0.618033988749895) % 1;
  const rgb = [0, 1 / 3, 2 / 3].map((shift) => {
    const t = Math.abs((((hue + shift) % 1) * 6) - 3) - 1;
    return 255 * (0.25 + 0.75 * Math.min(Math.max(t, 0), 1));
  });
  return [...rgb, 255];
}
