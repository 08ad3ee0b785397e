// The camera on a sphere about a point, as vcore/scenes/orbit.py has it, and the moves of it.

const ANGLES = ["theta", "phi", "roll", "angle"];
const NUMBERS = [...ANGLES, "distance"];
const radians = (degrees) => (degrees * Math.PI) / 180;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const short = (value) => String(Number(value.toPrecision(6)));
const angle = (value) => String(Number(value.toFixed(3)) + 0); // no -0

/** Return the axes whose third one is up, x y z each. */
function axesOf(up) {
  const third = "xyz".indexOf(up.at(-1));
  const sign = up.startsWith("-") ? -1 : 1;
  const unit = (k, s) => [0, 1, 2].map((i) => (i === k % 3 ? s : 0));
  return [unit(third + 1, 1), unit(third + 2, sign), unit(third, sign)];
}

/** Return the directions right and upward in the picture, x y z each. */
export function directions({ theta, phi, roll, up }) {
  const [a, b, c] = axesOf(up);
  const place = (v) => [0, 1, 2].map((i) => v[0] * a[i] + v[1] * b[i] + v[2] * c[i]);
  const [t, p, r] = [theta, phi, roll].map(radians);
  const level = place([-Math.sin(p), Math.cos(p), 0]);
  const rising = place([-Math.cos(t) * Math.cos(p), -Math.cos(t) * Math.sin(p), Math.sin(t)]);
  const mixed = (u, v, x, y) => u.map((n, i) => x * n + y * v[i]);
  return [mixed(level, rising, Math.cos(r), Math.sin(r)), mixed(rising, level, Math.cos(r), -Math.sin(r))];
}

/** Turn by a drag over these shares of the picture's shorter side: its whole is half a turn. */
export function turned(orbit, across, down) {
  const phi = orbit.phi - 180 * across;
  return { ...orbit, theta: clamp(orbit.theta - 180 * down, 0, 180), phi: phi - 360 * Math.round(phi / 360) };
}

/** Move the scene along with a drag. */
export function moved(orbit, across, down) {
  const [right, upward] = directions(orbit);
  const seen = 2 * orbit.distance * Math.tan(radians(orbit.angle) / 2);
  return { ...orbit, target: orbit.target.map((v, i) => v + seen * (down * upward[i] - across * right[i])) };
}

/** Go nearer (factors below 1) or further away. */
export const nearer = (orbit, factor, radius) => ({
  ...orbit,
  distance: clamp(orbit.distance * factor, radius / 1000, radius * 1000),
});

/** Return the orbit as text for the address. */
export function toText(orbit) {
  const parts = ANGLES.map((name) => `${name}=${angle(orbit[name])}`);
  return [...parts, `distance=${short(orbit.distance)}`, `target=${orbit.target.map(short).join(",")}`, `up=${orbit.up}`].join("&");
}

/** Return an orbit with the valid parts of text; a link may have been edited or cut. */
export function fromText(text, orbit, told) {
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const found = { ...orbit };
  for (const name of NUMBERS) {
    const value = Number(parts.get(name) || NaN);
    if (Number.isFinite(value)) found[name] = value;
  }
  found.theta = clamp(found.theta, 0, 180);
  found.angle = clamp(found.angle, 1, 160);
  if (!(found.distance > 0)) found.distance = orbit.distance;
  const target = (parts.get("target") ?? "").split(",").map((v) => Number(v || NaN));
  if (target.length === 3 && target.every(Number.isFinite)) found.target = target;
  if (told.ups.includes(parts.get("up"))) found.up = parts.get("up");
  return found;
}
