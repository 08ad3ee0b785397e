// Elements without markup: text is always text, whatever a file calls its variables.

/** Return an element with properties, `on…` listeners and attributes, and its children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
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

/** Return a group of radio buttons that looks like one segmented control. */
export function segmented(name, label, options, value, onchange) {
  const inputs = new Map();
  const group = el("fieldset", { className: "segmented" }, el("legend", { className: "unseen" }, label));
  for (const [key, text] of options) {
    const input = el("input", {
      type: "radio",
      name,
      value: key,
      checked: key === value,
      onchange: () => onchange(key),
    });
    inputs.set(key, input);
    group.append(el("label", {}, input, el("span", {}, text)));
  }
  group.set = (key) => {
    if (inputs.has(key)) inputs.get(key).checked = true;
  };
  group.enable = (key, on) => {
    inputs.get(key).disabled = !on;
  };
  return group;
}
