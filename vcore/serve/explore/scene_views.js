// Rendered views: a small one while the scene moves, then larger ones up to the size of the window.
import { codesOf } from "./collection_images.js";

const DRAFT = 0.12; // seconds that a view may take while the scene moves
const LEAST = 32; // shorter side of the smallest view, in pixels
const ALMOST = 0.75; // share of the full width from which the full view is asked for at once
const STEP = 4; // each further view has so many times the pixels

export class Views {
  /** `told` is the description; `onview(picture, query, whole)` and `onfail(text)` tell what has come. */
  constructor(told, onview, onfail) {
    Object.assign(this, { told, onview, onfail });
    this.pace = 1e-5; // seconds a pixel, as measured
    this.running = null;
    this.wanted = null;
  }

  /** Show this view in a window of width and height; `moving` while further ones will follow. */
  want(query, width, height, moving) {
    const last = this.wanted;
    if (last && last.query === query && last.width === width && last.height === height) {
      last.moving = moving;
      this.pump();
      return;
    }
    this.wanted = { query, width, height, moving, pixels: 0 };
    // a draft is left to come: it is there soon, and pictures should follow the hand
    if (this.running && !this.running.draft) this.running.controller.abort();
    this.pump();
  }

  pump() {
    const { wanted } = this;
    if (this.running || !wanted) return;
    const size = this.size(wanted);
    if (size === null) return;
    this.fetch(wanted, size);
  }

  /** Return width and height of the next view; null if there is no larger one. */
  size({ width, height, moving, pixels }) {
    const { side, pixels: most } = this.told.limits;
    const full = Math.min(1, side / Math.max(width, height), Math.sqrt(most / (width * height)));
    const asked = pixels ? STEP * pixels : DRAFT / this.pace;
    const least = LEAST / Math.min(width, height);
    const wanted = Math.max(Math.sqrt(asked / (width * height)), least);
    const scale = wanted > ALMOST * full ? full : wanted;
    const found = [width, height].map((n) => Math.max(Math.floor(n * scale), 1));
    if (pixels && (moving || found[0] * found[1] <= pixels)) return null;
    return [...found, scale === full];
  }

  async fetch(wanted, [width, height, whole]) {
    const controller = new AbortController();
    this.running = { controller, draft: wanted.pixels === 0 };
    const began = performance.now();
    try {
      const query = `${wanted.query}&size=${width}x${height}&v=${encodeURIComponent(this.told.tag)}`;
      const answer = await fetch(`${this.told.image}?${query}`, { signal: controller.signal });
      if (!answer.ok) throw new Error((await answer.text()).trim() || `The server answers ${answer.status}.`);
      const picture = await pictureOf(answer, new URLSearchParams(wanted.query).get("shown") === "depth");
      const took = (performance.now() - began) / 1000;
      this.pace = 0.5 * this.pace + (0.5 * took) / (width * height);
      wanted.pixels = width * height;
      this.onview({ ...picture, width, height }, wanted.query, whole && wanted === this.wanted);
    } catch (error) {
      if (error.name !== "AbortError") {
        if (wanted === this.wanted) this.wanted = null; // it would fail again
        this.onfail(error.message);
      }
    } finally {
      this.running = null;
      this.pump();
    }
  }
}

/** Return the bitmap of a view; of depths their codes, and the smallest and largest one. */
async function pictureOf(answer, depth) {
  const exact = { premultiplyAlpha: "none", colorSpaceConversion: "none" };
  const bitmap = await createImageBitmap(await answer.blob(), depth ? exact : {});
  if (!depth) return { bitmap };
  return { codes: codesOf(bitmap), ends: answer.headers.get("Vcore-Depths").split(",").map(Number) };
}
