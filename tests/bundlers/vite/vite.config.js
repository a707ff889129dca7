// Shared memory, and so threads, need these headers.
const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export default {
  server: { host: "127.0.0.1", headers },
  worker: { format: "es" },
};
