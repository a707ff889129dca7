/** The first message of a worker: to be changed with what it understands, since a page may serve the file of another version. */
export const GREETING = "wasmgrad worker 2";

/**
 * What a worker runs: it drives programs for the thread that has a model, or follows one that drives. Text rather than a
 * file, because bundlers lose files that only an address refers to; the same text is in the package as `worker.js`, for pages
 * that forbid workers of text. On pages it speaks through a port that it is given. Names stand in a function, because in
 * Deno some of them are taken outside (`exports`).
 *
 * A follower becomes a thread of one memory after the other, and is deaf to messages while it follows. Whoever waits for
 * the status of a driver must not wait forever, so that it is set whatever happens.
 */
export const workerScript = `const listen = (port) => {
  let exports, heap, status;
  const link = (module, memory, kernels) => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const first = exports.table.grow(kernels.length);
    kernels.forEach((name, i) => exports.table.set(first + i, exports[name]));
    return exports;
  };
  const follow = ({ module, memory, kernels, thread, known, ballast }) => {
    port.ballast = new ArrayBuffer(ballast);
    const follower = link(module, memory, kernels);
    follower.setThread(...thread);
    follower.follow(...known);
  };
  const begin = ({ module, memory, pages, kernels, ballast, status: shared }) => {
    exports = heap = undefined;
    status = shared;
    port.ballast = new ArrayBuffer(ballast);
    const own = memory ?? new WebAssembly.Memory({ initial: pages, maximum: pages });
    heap = new Uint8Array(own.buffer);
    exports = link(module, own, kernels);
  };
  const read = ({ address, bytes }, spare) => {
    const content = spare?.length === bytes ? spare : new Uint8Array(bytes);
    content.set(heap.subarray(address, address + bytes));
    return content;
  };
  const work = ({ setup, writes, thread, name, parameters, reads, spare }) => {
    if (setup) begin(setup);
    for (const { address, content } of writes) heap.set(content, address);
    if (thread) exports.setThread(...thread);
    const completed = exports[name](...parameters);
    return { completed, contents: reads.map((span, i) => read(span, spare?.[i])) };
  };
  const drive = (task) => {
    let reply;
    try {
      reply = work(task);
    } catch (error) {
      reply = { error: String(error), completed: 0, contents: [] };
    }
    if (status) {
      Atomics.store(status, 1, reply.completed);
      Atomics.store(status, 0, 0);
      Atomics.notify(status, 0);
    }
    port.postMessage(reply, reply.contents.map(({ buffer }) => buffer));
  };
  port.onmessage = ({ data }) => ("known" in data ? follow(data) : drive(data));
  port.postMessage("${GREETING}");
};
if (typeof require === "function") listen(require("node:worker_threads").parentPort);
else self.onmessage = ({ ports: [port] }) => listen(port);
`;
