import { Bench } from "tinybench";

/** One of several ways to do the same work. */
export interface Contender {
  readonly name: string;
  /** Does the work so many times. */
  readonly run: (times: number) => unknown;
  /** Set when `run` returns a promise of its end. */
  readonly isAsync?: boolean;
  /** Makes everything as it was in the beginning; called before each round, and not timed. */
  readonly reset?: () => unknown;
}

export interface Effort {
  /** Times that all contenders take their turn. */
  readonly rounds: number;
  /** Milliseconds of a turn, at least one run long. */
  readonly turnMilliseconds: number;
  /** Milliseconds each contender runs before the first round, so that V8 has compiled its best code. */
  readonly warmUpMilliseconds: number;
}

/**
 * Nanoseconds that doing the work once took, by round. Index i of all contenders was measured in the same moment; slow ones have fewer
 * rounds.
 */
export interface Timing {
  readonly name: string;
  readonly rounds: readonly number[];
}

/** Runs in a turn: the turn's median is robust against an interruption of one of them. */
const RUNS_PER_TURN = 5;

/** Work that takes so many turns once is slow: plain JavaScript on large networks. */
const SLOW_TURNS = 5;
/** Rounds that slow contenders take part in. Their ratios are medians of these; what they are compared with has all rounds. */
const SLOW_ROUNDS = 3;

/** Whether what took so many nanoseconds in the rounds before is left out of the others, because it is slow. */
export function isLeftOut(rounds: readonly number[], { turnMilliseconds }: Pick<Effort, "turnMilliseconds">): boolean {
  return rounds.length >= SLOW_ROUNDS && median(rounds) > SLOW_TURNS * turnMilliseconds * 1e6;
}

/** Runs it until it is warm. Returns how many times of the work fill a fifth of a turn. */
async function warmUp({ run, reset }: Contender, { turnMilliseconds, warmUpMilliseconds }: Effort): Promise<number> {
  const wanted = turnMilliseconds / RUNS_PER_TURN;
  const begin = performance.now();
  let times = 1;
  await reset?.();
  for (;;) {
    const start = performance.now();
    await run(times);
    const end = performance.now();
    const fitting = (times * wanted) / Math.max(end - start, wanted / 1000);
    times = Math.max(1, Math.ceil(Math.min(fitting, 4 * times)));
    if (end - begin >= warmUpMilliseconds && fitting <= 4 * times) return times;
  }
}

/**
 * Times contenders against each other. They take turns, round after round, so that a busy moment of the machine hits all
 * of them: what counts are ratios within a round, see `medianRatio`.
 */
export async function measure(contenders: readonly Contender[], effort: Effort): Promise<Timing[]> {
  const repeats: number[] = [];
  for (const contender of contenders) repeats.push(await warmUp(contender, effort));
  const timings = contenders.map(({ name }) => ({ name, rounds: [] as number[] }));
  for (let round = 0; round < effort.rounds; round++) {
    const bench = new Bench({ time: effort.turnMilliseconds, iterations: 1, warmup: false, throws: true });
    const taking = contenders.flatMap((_, i) => (isLeftOut(timings[i].rounds, effort) ? [] : [i]));
    for (const i of taking) {
      const { name, run, isAsync = false, reset } = contenders[i];
      const beforeAll = async () => void (await reset?.());
      bench.add(name, () => run(repeats[i]), { async: isAsync, beforeAll });
    }
    await bench.run();
    bench.tasks.forEach(({ result }, task) => {
      const i = taking[task];
      if (!("latency" in result)) throw new Error(`${contenders[i].name} did not finish: ${result.state}`);
      timings[i].rounds.push((result.latency.p50 * 1e6) / repeats[i]);
    });
  }
  return timings;
}

/** The value that this share of all values does not exceed, interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Half the distance between the quartiles, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);
}

/** Median over the rounds of both of how many times longer `a` took than `b`. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.slice(0, b.length).map((value, round) => value / b[round]));
}
