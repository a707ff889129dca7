// Times predictions, in Node and in pages alike.

/** Ends of calls are awaited where there is something to await. */
async function repeat(call, times) {
  for (let i = 0; i < times; i++) {
    const result = call();
    if (result instanceof Promise) await result;
  }
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Something to predict with: a library, a network, a batch. */
export class Prediction {
  constructor(library, predict, x, batch) {
    this.select = library.select;
    this.call = () => predict(x, batch);
    this.batch = batch;
    this.group = 1;
  }

  /** Runs until it is warm. Calls are timed in groups that take at least so long as the clock can tell. */
  async warmUp({ warmUpMilliseconds, clockMilliseconds }) {
    await this.select?.();
    const begin = performance.now();
    let calls = 0;
    do {
      await repeat(this.call, 10);
      calls += 10;
    } while (performance.now() - begin < warmUpMilliseconds / 2);
    const start = performance.now();
    await repeat(this.call, Math.ceil(calls / 2));
    const each = (performance.now() - start) / Math.ceil(calls / 2);
    this.group = Math.max(1, Math.ceil(clockMilliseconds / Math.max(each, 1e-4)));
  }

  /** Milliseconds of a call that half of the calls and 99 of 100 do not exceed, samples a second, and calls in a group. */
  async turn({ turnMilliseconds }) {
    await this.select?.();
    const { call, group } = this;
    const times = [];
    const begin = performance.now();
    let start = begin;
    while (start - begin < turnMilliseconds) {
      // A group of one, as always in Node, is not worth a call of its own.
      if (group > 1) await repeat(call, group);
      else {
        const result = call();
        if (result instanceof Promise) await result;
      }
      const end = performance.now();
      times.push((end - start) / group);
      start = end;
    }
    const perSecond = (1000 * this.batch * group * times.length) / (start - begin);
    times.sort((a, b) => a - b);
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond, group };
  }
}
