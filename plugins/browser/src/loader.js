// Chunks in memory: those wanted now are fetched first, the others are dropped.

const PARALLEL = 6; // as many as browsers open to one host
const phone = matchMedia("(max-width: 700px)").matches;
export const MAX_BYTES = phone ? 128e6 : 384e6;

export class Loader {
  constructor(onload, onerror) {
    this.onload = onload;
    this.onerror = onerror;
    this.chunks = new Map(); // least recently used first
    this.size = 0;
    this.running = new Map();
    this.failed = new Map();
    this.queue = [];
    this.waiting = new Map();
  }

  /** Return a chunk that is in memory. */
  get(key) {
    const chunk = this.chunks.get(key);
    if (chunk) {
      this.chunks.delete(key);
      this.chunks.set(key, chunk);
    }
    return chunk;
  }

  /** Fetch these chunks, in this order, instead of those wanted before. */
  want(requests) {
    const keys = new Set(requests.map((r) => r.key));
    for (const [key, { abort }] of this.running) {
      if (!keys.has(key) && !this.waiting.has(key)) abort.abort();
    }
    this.queue = requests.filter((r) => !this.chunks.has(r.key) && !this.failed.has(r.key));
    this.next();
  }

  /** Return one chunk, fetched if needed, before all others. */
  fetch(request) {
    const chunk = this.get(request.key);
    if (chunk) return Promise.resolve(chunk);
    let entry = this.waiting.get(request.key);
    if (!entry) {
      entry = { request };
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      this.waiting.set(request.key, entry);
    }
    this.failed.delete(request.key);
    this.next();
    return entry.promise;
  }

  get busy() {
    return this.running.size > 0 || this.queue.length > 0;
  }

  next() {
    while (this.running.size < PARALLEL) {
      const request = this.take();
      if (!request) return;
      this.start(request);
    }
  }

  take() {
    for (const { request } of this.waiting.values()) {
      if (!this.running.has(request.key)) return request;
    }
    while (this.queue.length) {
      const request = this.queue.shift();
      if (!this.running.has(request.key) && !this.chunks.has(request.key)) return request;
    }
    return null;
  }

  async start(request) {
    const { key } = request;
    const abort = new AbortController();
    this.running.set(key, { abort });
    try {
      const chunk = await request.source.read(request.level, request.index, abort.signal);
      this.keep(key, chunk);
      this.waiting.get(key)?.resolve(chunk);
      this.waiting.delete(key);
      this.onload();
    } catch (error) {
      if (!abort.signal.aborted) {
        this.failed.set(key, error);
        this.waiting.get(key)?.reject(error);
        this.waiting.delete(key);
        this.onerror(error);
      }
    } finally {
      this.running.delete(key);
      this.next();
    }
  }

  keep(key, chunk) {
    this.chunks.set(key, chunk);
    this.size += chunk.data.byteLength;
    for (const [old, { data }] of this.chunks) {
      if (this.size <= MAX_BYTES || old === key) break;
      this.chunks.delete(old);
      this.size -= data.byteLength;
    }
  }
}
