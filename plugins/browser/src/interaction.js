// Pointers, wheel and keys on the plane.
import { ORIENTATION } from "./planes.js";

const GRAB = 18; // pixels around the divider of two images

export function listen(view, app) {
  const { canvas } = view;
  const pointers = new Map();
  let dragging = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const swiping = () => app.sources[1] && app.state.how === "swipe";
  const nearDivider = (x) => swiping() && Math.abs(x - app.state.split * canvas.clientWidth) < GRAB;

  canvas.addEventListener("pointerdown", (event) => {
    const at = place(event);
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at);
    dragging = pointers.size === 1 && nearDivider(at[0]) ? "divider" : "plane";
    view.crosshair = false;
    app.pointed(...at);
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      canvas.style.cursor = nearDivider(at[0]) ? "ew-resize" : "crosshair";
      if (event.pointerType === "mouse") app.pointed(...at);
      return;
    }
    if (dragging === "divider") {
      app.state.split = Math.min(Math.max(at[0] / canvas.clientWidth, 0), 1);
      app.changed();
    } else if (pointers.size === 1) {
      view.panBy(at[0] - before[0], at[1] - before[1]);
    } else {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      const distance = (p) => Math.max(Math.hypot(p[0] - other[0], p[1] - other[1]), 1);
      const middle = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
      view.zoomBy(distance(at) / distance(before), ...middle);
      view.panBy((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    }
    pointers.set(event.pointerId, at);
    app.pointed(...at);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => pointers.delete(event.pointerId));
  }
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && !pointers.size) app.pointed(null);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.shiftKey || event.altKey) app.step(Math.sign(event.deltaY || event.deltaX));
      else view.zoomBy(Math.exp(-Math.max(Math.min(event.deltaY, 60), -60) / 250), ...place(event));
    },
    { passive: false },
  );
  canvas.addEventListener("dblclick", (event) => view.zoomBy(2, ...place(event)));
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
    const far = event.shiftKey ? 200 : 40;
    const actions = {
      ArrowLeft: () => view.panBy(far, 0),
      ArrowRight: () => view.panBy(-far, 0),
      ArrowUp: () => view.panBy(0, far),
      ArrowDown: () => view.panBy(0, -far),
      "+": () => view.zoomBy(1.25, ...middle),
      "=": () => view.zoomBy(1.25, ...middle),
      "-": () => view.zoomBy(0.8, ...middle),
      0: () => view.fit(),
      PageUp: () => app.step(1),
      PageDown: () => app.step(-1),
      ".": () => app.stepFrame(1),
      ",": () => app.stepFrame(-1),
      "[": () => app.swipeBy(-0.05),
      "]": () => app.swipeBy(0.05),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    view.crosshair = true;
    action();
    app.pointed(...centreOf(view));
  });
  canvas.addEventListener("focus", () => {
    view.crosshair = canvas.matches(":focus-visible");
    if (view.crosshair) app.pointed(...centreOf(view));
    view.draw();
  });
  canvas.addEventListener("blur", () => {
    view.crosshair = false;
    view.draw();
  });
}

function centreOf(view) {
  const { rect } = view.panes[0];
  return [rect.x + rect.width / 2, rect.y + rect.height / 2];
}

/** Return the voxel of level 0 (z, y, x) below a place of the plane; null outside of the image. */
export function voxelAt(source, state, located) {
  const { across, down, along } = ORIENTATION[state.plane];
  const voxel = [0, 0, 0];
  voxel[across] = Math.floor(located.across);
  voxel[down] = Math.floor(located.down);
  voxel[along] = state.position[along];
  return voxel.every((v, i) => v >= 0 && v < source.shape[i]) ? voxel : null;
}
