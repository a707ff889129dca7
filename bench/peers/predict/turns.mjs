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

/** Calls after which V8 has compiled its best code, and calls between two looks at the clock. */
const WARM_CALLS = 5000;
const CALLS_AT_ONCE = 5;

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
    const times = [];
    const hasCalledOften = () => times.length * CALLS_AT_ONCE >= WARM_CALLS;
    const passed = () => performance.now() - begin;
    // On a busy machine the time is over before much has run.
    while (passed() < warmUpMilliseconds || (!hasCalledOften() && passed() < 4 * warmUpMilliseconds)) {
      const start = performance.now();
      await repeat(this.call, CALLS_AT_ONCE);
      times.push((performance.now() - start) / CALLS_AT_ONCE);
    }
    const each = quantile(
      times.slice(times.length >> 1).sort((a, b) => a - b),
      0.5,
    );
    this.group = Math.max(1, Math.ceil(clockMilliseconds / Math.max(each, 5e-4)));
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
