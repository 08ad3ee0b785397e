// The controls of a comparison with another image, and of labels over the image.
import { el, segmented } from "./dom.js";
import { number } from "./format.js";

export function comparison(app) {
  const choice = el("select", {
    id: "other",
    onchange: () => app.compareWith(choice.value),
  });
  const how = segmented(
    "how",
    "Comparison",
    [["swipe", "Swipe"], ["side", "Both"], ["difference", "Difference"], ["off", "Off"]],
    app.state.how,
    // two panes, side by side, are fitted anew
    (value) => app.set({ how: value, ...([value, app.state.how].includes("side") ? { zoom: 0 } : {}) }),
  );
  const split = el("input", {
    type: "range",
    min: 0,
    max: 100,
    "aria-label": "Divider",
    oninput: () => app.set({ split: Number(split.value) / 100 }),
  });
  const blink = el(
    "button",
    {
      type: "button",
      className: "button",
      title: "Hold to see the other image alone",
      onpointerdown: () => app.blink(true),
      onpointerup: () => app.blink(false),
      onpointerleave: () => app.blink(false),
      onkeydown: (event) => event.key === " " && app.blink(true),
      onkeyup: () => app.blink(false),
      onblur: () => app.blink(false),
      oncontextmenu: (event) => event.preventDefault(), // of a long touch
    },
    "Hold to blink",
  );
  const limit = el("input", {
    id: "limit",
    type: "number",
    min: 0,
    step: "any",
    onchange: () => app.set({ limit: Math.max(Number(limit.value) || 0, 0) }),
  });
  const { unit } = app.sources[0].about;
  const reach = el(
    "div",
    { className: "row reach" },
    el("label", { htmlFor: "limit" }, "Colours reach ±"),
    limit,
    unit ? el("span", {}, unit) : null,
    el("button", { type: "button", onclick: () => app.set({ limit: 0 }) }, "Auto"),
  );
  const empty = el(
    "p",
    { className: "quiet" },
    "No other image of this shape is served. Put the original, as OME-Zarr, beside the file.",
  );
  const flatOnly = el("p", { className: "quiet" }, "The difference is shown in slices and maxima.");
  const body = el(
    "div",
    {},
    el("label", { className: "unseen", htmlFor: "other" }, "Other image"),
    choice,
    how,
    flatOnly,
    reach,
    split,
    blink,
  );
  const section = el("section", { className: "compare" }, el("h2", {}, "Compare with"), body, empty);
  section.offer = (others) => {
    choice.replaceChildren(
      el("option", { value: "" }, "nothing"),
      ...others.map((o) => el("option", { value: o.name }, o.title)),
    );
    body.hidden = !others.length;
    empty.hidden = others.length > 0;
    section.sync();
  };
  section.sync = () => {
    choice.value = app.state.other ?? "";
    const on = Boolean(app.sources[1]);
    const flat = app.state.mode !== "3d";
    how.hidden = !on;
    blink.hidden = !on;
    split.hidden = !on || app.state.how !== "swipe";
    flatOnly.hidden = flat || !on || app.state.how !== "difference";
    split.value = 100 * app.state.split;
    reach.hidden = !on || app.state.how !== "difference" || !flat;
    if (document.activeElement !== limit) {
      limit.value = app.state.limit ? number(app.state.limit) : "";
    }
    how.set(app.state.how);
  };
  return section;
}

export function labelRows(app) {
  const { known, reasons } = app.overlays;
  const rows = known.map(({ title }, k) => {
    const on = el("input", {
      type: "checkbox",
      onchange: () => app.setLabels(k, { on: on.checked }),
    });
    const opacity = el("input", {
      type: "range",
      min: 5,
      max: 100,
      "aria-label": `Opacity of ${title}`,
      oninput: () => app.setLabels(k, { opacity: Number(opacity.value) / 100 }),
    });
    const reason = el("p", { className: "quiet" });
    const row = el(
      "div",
      { className: "labels" },
      el("label", { className: "check", title }, on, el("span", {}, title)),
      opacity,
      reason,
    );
    row.sync = () => {
      const settings = app.state.labels[k];
      on.checked = settings.on;
      opacity.value = 100 * settings.opacity;
      opacity.hidden = !settings.on || Boolean(reasons[k]);
      reason.hidden = !settings.on || !reasons[k];
      reason.textContent = reasons[k];
    };
    return row;
  });
  const section = el("section", { className: "overlays" }, el("h2", {}, "Labels"), ...rows);
  section.hidden = !rows.length;
  section.sync = () => rows.forEach((row) => row.sync());
  return section;
}
