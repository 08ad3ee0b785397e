// What is looked at, as the part of the address after #, so that a link shows the same.
import { MAPS } from "./collection_dom.js";

export const BEHIND = ["dark", "light", "checks"];
export const SPEEDS = [1, 2, 5, 10, 15, 24, 30];

const short = (value) => (typeof value === "string" ? value : String(Number(value.toPrecision(9))));

/** Return the state as text: values rather than positions, which another file may not share. */
export function toHash(state, grid) {
  const parts = new URLSearchParams();
  for (const axis of grid.axes) {
    const { name, values } = grid.parameters[axis];
    parts.set(`at.${name}`, short(values[state.index[axis]]));
  }
  parts.set("channel", state.channel.name);
  if (!state.channel.colour) {
    parts.set("map", state.map);
    parts.set("limits", state.limits.get(state.channel.name).map(short).join(","));
  } else if (state.channel.name === "rgba") {
    parts.set("behind", state.behind);
  }
  parts.set("speed", state.speed);
  if (state.playing !== null) parts.set("play", grid.parameters[state.playing].name);
  return parts.toString().replaceAll("%2C", ",");
}

/** Change a state to the valid parts of text; a link may have been edited or cut. */
export function fromHash(text, state, told, grid) {
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const index = [...state.index];
  for (const axis of grid.axes) {
    const { name, label } = grid.parameters[axis];
    const value = parts.get(`at.${name}`);
    const at = value === null || value === "" ? -1 : grid.nearest(axis, label ? value : Number(value));
    if (at >= 0) index[axis] = at;
  }
  state.index = index;
  state.channel = told.channels.find((c) => c.name === parts.get("channel")) ?? state.channel;
  if (MAPS.includes(parts.get("map"))) state.map = parts.get("map");
  if (BEHIND.includes(parts.get("behind"))) state.behind = parts.get("behind");
  if (SPEEDS.includes(Number(parts.get("speed")))) state.speed = Number(parts.get("speed"));
  const limits = (parts.get("limits") ?? "").split(",").map(Number);
  if (limits.length === 2 && limits[0] < limits[1]) state.limits.set(state.channel.name, limits);
  state.playing = grid.axes.find((axis) => grid.parameters[axis].name === parts.get("play")) ?? null;
}
