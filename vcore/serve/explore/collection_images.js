// Fetching and keeping images: the one that is wanted first, its neighbours after it.

const AT_ONCE = 4;
const KEPT_BYTES = matchMedia("(max-width: 760px)").matches ? 96e6 : 384e6;

export const keyOf = (index, channel) => `${channel.name}@${index.join(",")}`;

export class Images {
  /** `told` is the description; `onready(key)` and `onfail(key, text)` are called when an image has come. */
  constructor(told, onready, onfail) {
    Object.assign(this, { told, onready, onfail });
    this.kept = new Map();
    this.running = new Map();
    this.queue = [];
    const [height, width] = told.size;
    this.most = Math.max(Math.floor(KEPT_BYTES / (4 * width * height)), 8);
  }

  /** Return a kept image: a bitmap, or the codes of values; undefined if it is not here. */
  get(key) {
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key); // the last used is the last to go
      this.kept.set(key, found);
    }
    return found;
  }

  /** Fetch these images, pairs of index and channel, in this order, and no others. */
  want(wanted) {
    const jobs = new Map(wanted.map(([index, channel]) => [keyOf(index, channel), [index, channel]]));
    for (const [key, controller] of this.running) {
      if (!jobs.has(key)) {
        controller.abort();
        this.running.delete(key);
      }
    }
    this.queue = [...jobs].filter(([key]) => !this.kept.has(key) && !this.running.has(key));
    this.pump();
  }

  pump() {
    while (this.running.size < AT_ONCE && this.queue.length) {
      const [key, [index, channel]] = this.queue.shift();
      this.fetch(key, index, channel);
    }
  }

  async fetch(key, index, channel) {
    const controller = new AbortController();
    this.running.set(key, controller);
    try {
      const found = await this.decoded(index, channel, controller.signal);
      this.kept.set(key, found);
      for (const old of [...this.kept.keys()].slice(0, Math.max(this.kept.size - this.most, 0))) {
        this.kept.get(old).close?.();
        this.kept.delete(old);
      }
      this.onready(key);
    } catch (error) {
      if (error.name !== "AbortError") this.onfail(key, error.message);
    } finally {
      if (this.running.get(key) === controller) this.running.delete(key);
      this.pump();
    }
  }

  async decoded(index, channel, signal) {
    const query = new URLSearchParams({ at: index.join(","), channel: channel.name, v: this.told.tag });
    if (!channel.colour) query.set("packed", "1");
    const answer = await fetch(`${this.told.image}?${query}`, { signal });
    if (!answer.ok) throw new Error((await answer.text()).trim() || `The server answers ${answer.status}.`);
    const exact = { premultiplyAlpha: "none", colorSpaceConversion: "none" };
    const bitmap = await createImageBitmap(await answer.blob(), channel.colour ? {} : exact);
    return channel.colour ? bitmap : codesOf(bitmap);
  }
}

/** Return the 16-bit codes of a picture whose red and green are their higher and lower bytes. */
export function codesOf(bitmap) {
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return Uint16Array.from({ length: width * height }, (_, k) => 256 * data[4 * k] + data[4 * k + 1]);
}
