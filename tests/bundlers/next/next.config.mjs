// Shared memory, and so threads, need these headers.
const headers = [
  { key: "cross-origin-opener-policy", value: "same-origin" },
  { key: "cross-origin-embedder-policy", value: "require-corp" },
];

export default {
  headers: async () => [{ source: "/:path*", headers }],
  turbopack: { root: import.meta.dirname },
};
