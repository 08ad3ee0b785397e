// What is drawn over a plane.
import { length, roundLength } from "./format.js";

const AMBER = "#f7b955";

/** Draw the divider and names of two images, the scale of a difference, the scale bar, the crosshair. */
export function decorate(view, dpr) {
  const { context, canvas } = view;
  const { state, sources, difference } = view.app;
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (view.differs) {
    difference.drawScale(context, width - 20, width < 600 ? 44 : 12);
    tag(context, difference.name, 12, 12, "left");
  } else if (sources[1] && state.how !== "off") {
    const names = sources.map((s) => s.about.displayed);
    drawDivider(context, view.panes[1].clip, names, state.how === "swipe", width, height);
  }
  scaleBar(view, height);
  drawSides(view, width, height);
  if (view.crosshair) {
    const { rect } = view.panes[0];
    const x = Math.round(rect.x + rect.width / 2) + 0.5;
    const y = Math.round(rect.y + rect.height / 2) + 0.5;
    context.strokeStyle = AMBER;
    context.lineWidth = 1;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 14 * dx, y + 14 * dy);
    }
    context.stroke();
  }
}

/** Draw the edge between two images, and their names: of swiped ones at both sides. */
export function drawDivider(context, edge, names, swiped, width, height) {
  context.strokeStyle = AMBER;
  context.lineWidth = 2;
  context.setLineDash([]);
  context.beginPath();
  if (edge.y) context.rect(0, edge.y - 1, width, 0.01);
  else context.rect(edge.x - 1, 0, 0.01, height);
  context.stroke();
  const left = { x: 0, y: 0, width: edge.x || width, height: edge.y || height };
  const right = { x: edge.x, y: edge.y, width: width - edge.x, height: height - edge.y };
  [left, right].forEach((clip, k) => {
    context.save();
    context.beginPath();
    context.rect(clip.x, clip.y, clip.width, clip.height);
    context.clip();
    const far = k === 1 && swiped;
    tag(context, names[k], far ? width - 12 : clip.x + 12, clip.y + 12, far ? "right" : "left");
    context.restore();
  });
}

/** Write the sides of a body at the edges of the picture. */
function drawSides({ context, source, upward, frame }, width, height) {
  const [across, down] = [source.ends[frame.across], source.ends[frame.down]];
  const [top, bottom] = upward ? [...down].reverse() : down;
  const middle = { x: width / 2 - 12, y: height / 2 - 12 };
  if (across) {
    tag(context, across[0], 6, middle.y, "left");
    tag(context, across[1], width - 6, middle.y, "right");
  }
  if (down) {
    tag(context, top, middle.x, 6, "left");
    tag(context, bottom, middle.x, height - 30, "left");
  }
}

function tag(context, text, x, y, align) {
  context.font = "600 13px system-ui, sans-serif";
  const width = context.measureText(text).width + 16;
  const left = align === "right" ? x - width : x;
  context.fillStyle = "#000b";
  context.beginPath();
  context.roundRect(left, y, width, 24, 6);
  context.fill();
  context.fillStyle = "#fff";
  context.textBaseline = "middle";
  context.fillText(text, left + 8, y + 12.5);
}

function scaleBar(view, height) {
  const { context, canvas, source } = view;
  const { zoom } = view.frame;
  const long = roundLength(Math.min(150, canvas.clientWidth / 3) / zoom);
  drawScaleBar(context, 16, height - 18, long * zoom, length(long, source));
}

/** Draw a bar with its length above, over any picture. */
export function drawScaleBar(context, x, y, pixels, text) {
  context.font = "600 12px system-ui, sans-serif";
  const width = Math.max(context.measureText(text).width, pixels) + 16;
  context.fillStyle = "#0009";
  context.beginPath();
  context.roundRect(x - 8, y - 24, width, 34, 6);
  context.fill();
  context.fillStyle = "#fff";
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y - 8);
  context.fillRect(x, y - 2, pixels, 4);
}
