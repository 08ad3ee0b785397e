// Labels over an image: object numbers in colours of their own, where they lie.
import { Source } from "./source.js";

const OPACITY = 0.45;

export class Overlays {
  constructor(app) {
    this.app = app;
    this.known = app.sources[0].about.overlays ?? [];
    this.sources = this.known.map(() => null);
    this.reasons = this.known.map(() => "");
    this.opening = this.known.map(() => null);
  }

  /** Settings at first: the first labels are shown. */
  get first() {
    return this.known.map((_, k) => ({ on: k === 0, opacity: OPACITY }));
  }

  /** Open the labels that are on. */
  async follow() {
    await Promise.all(
      this.app.state.labels.map((settings, k) => {
        if (settings.on && !this.opening[k]) this.opening[k] = this.open(k);
        return this.opening[k];
      }),
    );
  }

  async open(k) {
    try {
      const source = await Source.open(new URL(this.known[k].describe).pathname);
      this.reasons[k] = source.placeOn(this.app.sources[0]);
      if (!this.reasons[k]) this.sources[k] = source;
    } catch (error) {
      this.reasons[k] = error.message;
    }
    this.app.changed();
  }

  /** The labels that are drawn, with the index of their own axes and their settings. */
  get shown() {
    const { labels, index } = this.app.state;
    const [image] = this.app.sources;
    return this.sources.flatMap((source, k) => {
      if (!source || !labels[k].on) return [];
      const own = source.others.map(({ axis }) => {
        const i = image.others.findIndex((other) => other.axis.name === axis.name);
        return i < 0 ? 0 : Math.min(index[i], axis.size - 1);
      });
      return [{ source, index: own, title: this.known[k].title, opacity: labels[k].opacity }];
    });
  }
}

/** What labels are painted by: they have neither contrast nor channels. */
export const PLAIN = [{ on: true, over: true, version: 0, low: 0, high: 1 }];
