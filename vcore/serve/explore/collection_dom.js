// Elements without markup, numbers as text, and tables of colours.

/** Return an element with properties, `on…` listeners and attributes, and its children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Copy text, also on pages without https, where the clipboard's API is absent. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { value: text, className: "unseen" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** Return radio buttons that look like one control; `set` checks one of them. */
export function segmented(name, label, options, value, onchange) {
  const inputs = new Map();
  const group = el("fieldset", { className: "segmented" });
  group.append(el("legend", { className: "unseen" }, label));
  for (const [key, text] of options) {
    const checked = key === value;
    const input = el("input", { type: "radio", name, value: key, checked, onchange: () => onchange(key) });
    inputs.set(key, input);
    group.append(el("label", {}, input, el("span", {}, text)));
  }
  group.set = (key) => {
    inputs.get(key).checked = true;
  };
  return group;
}

/** Return a labelled list of [key, text] pairs; `set` chooses one of them. */
export function choice(label, options, value, onchange) {
  const select = el("select", { onchange: () => onchange(select.value) });
  for (const [key, text] of options) select.append(el("option", { value: key, selected: key === value }, text));
  const row = el("label", { className: "choice" }, el("span", {}, label), select);
  row.set = (chosen) => {
    select.value = chosen;
  };
  row.get = () => select.value;
  return row;
}

/** Return a button that copies a text, or what a function returns. */
export function copying(label, text) {
  const button = el("button", { type: "button", className: "button" }, label);
  button.addEventListener("click", async () => {
    const done = await copy(typeof text === "string" ? text : text());
    button.textContent = done ? "Copied" : "Select and copy";
    setTimeout(() => {
      button.textContent = label;
    }, 1500);
  });
  return button;
}

/** Return rows of [term, text] as a list of definitions. */
export const definitions = (rows) => rows.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]);

/** Read the description of the page's file and show the page, or why it is not shown. */
export async function open(viewer, show) {
  try {
    const answer = await fetch(viewer.dataset.describe);
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const told = await answer.json();
    document.title = told.displayed;
    show(told);
  } catch (error) {
    const text = el("p", {}, error.message);
    viewer.replaceChildren(el("main", { className: "problem" }, el("h1", {}, "Not shown"), text));
  }
}

/** Return a number with up to `digits` significant digits. */
export function number(value, digits = 6) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(digits - 1);
  return String(Number(value.toPrecision(digits)));
}

/** Return a value of a parameter or channel with its unit; labels stay as they are. */
export function withUnit(value, unit, digits) {
  if (typeof value === "string") return value;
  const text = number(value, digits);
  if (!unit) return text;
  return unit === "°" ? text + unit : `${text} ${unit}`;
}

export function bytes(size) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const k = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), units.length - 1);
  return `${Number((size / 1000 ** k).toPrecision(3))} ${units[k]}`;
}

const STOPS = {
  viridis: "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
  inferno: "000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4",
  "blue-red": "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
  grey: "000000 ffffff",
};
export const MAPS = Object.keys(STOPS);

/** Return 256 colours of a map as red, green, blue. */
export function table(name) {
  const stops = STOPS[name].split(" ").map((hex) => [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16)));
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
