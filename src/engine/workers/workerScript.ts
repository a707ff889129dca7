/** The first message of a worker: to be changed with what it understands, since a page may serve the file of another version. */
export const GREETING = "wasmgrad worker 3";

/**
 * What a worker runs: it drives programs for the thread that has a model, or follows one that drives. Text rather than a
 * file, because bundlers lose files that only an address refers to; the same text is in the package as `worker.js`, for pages
 * that forbid workers of text. On pages it speaks through a port that it is given. Names stand in a function, because in
 * Deno some of them are taken outside (`exports`).
 *
 * Nobody is told when somebody else ends a worker. So it holds a lock of the name that the page gives it, where there are
 * locks, before it says that it listens: who is granted the same lock knows that the worker is gone. In Node it has a port for
 * that, \`workerData\`, on which nothing is ever read.
 *
 * A follower becomes a thread of one memory after the other, and is deaf to messages while it follows. It goes back to its
 * event loop ten times a second, because Chromium ends a worker two seconds late that does not. Whoever waits for
 * the status of a driver must not wait forever, so that it is set whatever happens.
 */
export const workerScript = `const listen = (port, lock) => {
  let exports, heap, status;
  const link = (module, memory, kernels) => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory, othersHaveEnded: () => 0 } });
    const first = exports.table.grow(kernels.length);
    kernels.forEach((name, i) => exports.table.set(first + i, exports[name]));
    return exports;
  };
  const failed = (error) => ({ error: String(error), completed: -1, contents: [] });
  const follow = ({ module, memory, kernels, thread, known: [commands, dismissals], ballast }) => {
    port.ballast = new ArrayBuffer(ballast);
    const follower = link(module, memory, kernels);
    follower.setThread(...thread);
    const channel = new MessageChannel();
    const proceed = () => {
      const end = performance.now() + 100;
      try {
        while (true) {
          const ran = follower.follow(commands, dismissals);
          if (ran < 0) break;
          commands += ran;
          if (performance.now() > end) return channel.port2.postMessage(0);
        }
      } catch (error) {
        follower.fail(2);
        port.postMessage(failed(error));
      }
      channel.port1.close();
    };
    channel.port1.onmessage = proceed;
    proceed();
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
  const write = ({ setup, writes }) => {
    if (setup) begin(setup);
    for (const { address, content } of writes) heap.set(content, address);
  };
  const work = ({ setup, writes, thread, name, parameters, reads, spare }) => {
    write({ setup, writes });
    if (thread) exports.setThread(...thread);
    const completed = exports[name](...parameters);
    return { completed, contents: reads.map((span, i) => read(span, spare?.[i])) };
  };
  const drive = (task) => {
    let reply;
    try {
      reply = work(task);
    } catch (error) {
      reply = failed(error);
      exports?.fail?.(2);
    }
    if (status) {
      Atomics.store(status, 1, reply.completed);
      Atomics.store(status, 0, 0);
      Atomics.notify(status, 0);
    }
    port.postMessage(reply, reply.contents.map(({ buffer }) => buffer));
  };
  port.onmessage = ({ data }) => ("known" in data ? follow : "name" in data ? drive : write)(data);
  const greet = (isLocked) => port.postMessage({ greeting: "${GREETING}", isLocked });
  const hold = () => (greet(true), new Promise(() => {}));
  const locks = lock && globalThis.navigator?.locks;
  if (locks) locks.request(lock, hold).catch(() => greet(false));
  else greet(false);
};
if (typeof require === "function") listen(require("node:worker_threads").parentPort);
else self.onmessage = ({ data, ports: [port] }) => listen(port, data);
`;
