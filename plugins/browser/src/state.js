// What is looked at, as the part of the address after #, so that a link shows the same.
import { COLOUR, MAPS } from "./colours.js";

export const MODES = ["slice", "max", "3d"];
export const PLANES = ["xy", "xz", "yz"];
export const HOWS = ["off", "swipe", "side", "difference"];
export const RENDERINGS = ["max", "solid"];

const short = (value) => String(Number(value.toPrecision(7)));

/** Return the state as text. */
export function toHash(state) {
  const parts = new URLSearchParams();
  parts.set("mode", state.mode);
  parts.set("plane", state.plane);
  parts.set("at", state.position.map((p) => Math.round(p)).join(","));
  if (state.index.length) parts.set("index", state.index.join(","));
  if (state.zoom) parts.set("view", [...state.centre, state.zoom].map(short).join(","));
  parts.set(
    "channels",
    state.channels.map((c) => `${c.on ? 1 : 0}:${c.colour}:${c.low}:${c.high}`).join(";"),
  );
  if (state.labels.length) {
    parts.set("labels", state.labels.map((l) => `${l.on ? 1 : 0}:${short(l.opacity)}`).join(";"));
  }
  if (state.other) {
    parts.set("with", state.other);
    parts.set("how", state.how);
    parts.set("split", short(state.split));
    if (state.how === "difference" && state.limit) parts.set("limit", short(state.limit));
  }
  if (state.mode === "3d") {
    parts.set("render", state.rendering);
    if (state.camera) parts.set("camera", state.camera.map(short).join(","));
  }
  return parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%3B", ";");
}

/** Return the valid parts of a state from text; a link may have been edited or cut. */
export function fromHash(text) {
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const found = {};
  const choice = (name, key, allowed) => {
    if (allowed.includes(parts.get(name))) found[key] = parts.get(name);
  };
  const numbers = (name, key, count) => {
    const told = parts.get(name)?.split(",").map(Number);
    if (told?.every(Number.isFinite) && (!count || told.length === count)) found[key] = told;
  };
  choice("mode", "mode", MODES);
  choice("plane", "plane", PLANES);
  choice("how", "how", HOWS);
  choice("render", "rendering", RENDERINGS);
  numbers("at", "position", 3);
  numbers("index", "index");
  numbers("view", "view", 3);
  numbers("camera", "camera", 10);
  if (found.view && found.view[2] > 0) {
    found.centre = found.view.slice(0, 2);
    found.zoom = found.view[2];
  }
  delete found.view;
  const split = Number(parts.get("split") ?? NaN);
  if (split >= 0 && split <= 1) found.split = split;
  const limit = Number(parts.get("limit") ?? NaN);
  if (limit > 0 && Number.isFinite(limit)) found.limit = limit;
  found.labels = (parts.get("labels") ?? "").split(";").map((told) => {
    const [on, opacity] = told.split(":").map(Number);
    return opacity >= 0 && opacity <= 1 ? { on: on === 1, opacity } : null;
  });
  if (parts.get("with")) found.other = parts.get("with");
  found.channels = (parts.get("channels") ?? "")
    .split(";")
    .map((told) => told.split(":"))
    .map(([on, colour, low, high]) => {
      const good =
        (COLOUR.test(colour ?? "") || MAPS.includes(colour)) &&
        Number.isFinite(Number(low ?? NaN)) &&
        Number(low) < Number(high);
      return good ? { on: on === "1", colour, low: Number(low), high: Number(high) } : null;
    });
  return found;
}
