// A row of the README's table is five tests over one run.
import { beforeAll, describe, expect, inject, test } from "vitest";

/** How training with workers went: the weights and how many workers it took, or the error. */
export interface Outcome {
  readonly weightsSha256?: string;
  readonly error?: string;
  readonly workers: number;
}

/** What `train` of tests/bundlers/app/training.js gives. */
export interface Trained {
  readonly xor: readonly number[];
  /** SHA-256 of weights by optimizer. */
  readonly weights: Readonly<Record<string, string>>;
  readonly threads?: Outcome;
  readonly worker?: Outcome;
}

/** Training on the thread where a program or page begins, and in a worker that it starts itself. */
export interface Run {
  readonly here: Trained;
  readonly inWorker?: Trained;
}

/** What cannot be: the reason for the README, and what comes of trying it. */
export interface Lack {
  readonly reason: string;
  readonly outcome?: Outcome;
}

export interface Row {
  readonly name: string;
  /** Why it cannot be tried on this machine. */
  readonly absent?: string;
  /** Trains in every way there is, such as `import` and `require`. */
  readonly run: () => Promise<Readonly<Record<string, Run>>>;
  /** Workers that `threads: 2` takes here: the other thread, and on the main thread of a page one that leads it. */
  readonly threads?: number | Lack;
  readonly worker?: Lack;
  readonly inWorker?: Lack;
}

/** What a cell of the table says. */
export type Cell = { readonly isThere: true } | { readonly isThere: false; readonly reason: string };

declare module "vitest" {
  interface TaskMeta {
    cell?: Cell;
  }
}

function expectXor({ xor }: Trained): void {
  expect(xor.map(Math.round)).toEqual([0, 1, 1, 0]);
  for (const output of xor) expect(Math.abs(output - Math.round(output))).toBeLessThan(0.1);
}

function expectBits({ xor, weights }: Trained): void {
  const inThisNode = inject("inThisNode");
  expect(weights).toEqual(inThisNode.weights);
  expect(new Set(Object.values(weights)).size).toBe(5);
  expect(xor).toEqual(inThisNode.xor);
}

/** With as many workers the same weights; or else what is expected instead. */
function expectOutcome(outcome: Outcome | undefined, expected: number | Lack): void {
  const weightsSha256 = inject("inThisNode").weights.adam;
  if (typeof expected === "number") expect(outcome).toEqual({ weightsSha256, workers: expected });
  else if (expected.outcome) expect(outcome).toEqual({ weightsSha256, ...expected.outcome });
}

const cellOf = (lack: unknown): Cell =>
  typeof lack === "object" ? { isThere: false, reason: (lack as Lack).reason } : { isThere: true };

export const columns = {
  "trains XOR": ({ here }: Run) => expectXor(here),
  "same bits as Node 20": ({ here }: Run) => expectBits(here),
  "`threads: 2`": ({ here }: Run, { threads = 1 }: Row) => expectOutcome(here.threads, threads),
  "`worker: true`": ({ here }: Run, { worker }: Row) => expectOutcome(here.worker, worker ?? 1),
  "in your own worker": ({ inWorker }: Run, { threads = 1, worker, inWorker: lack }: Row) => {
    if (lack) return;
    expectXor(inWorker!);
    expectBits(inWorker!);
    // In browsers a worker leads the threads there, too: who ends a worker has to be heard of.
    expectOutcome(inWorker!.threads, threads);
    expectOutcome(inWorker!.worker, worker ?? 1);
  },
};

const lacks: Partial<Record<keyof typeof columns, (row: Row) => unknown>> = {
  "`threads: 2`": ({ threads }) => threads,
  "`worker: true`": ({ worker }) => worker,
  "in your own worker": ({ inWorker }) => inWorker,
};

export function describeRow(row: Row): void {
  describe(row.name, () => {
    let runs: Readonly<Record<string, Run>> = {};
    beforeAll(async () => {
      if (!row.absent) runs = await row.run();
    }, 180_000);

    for (const [column, check] of Object.entries(columns)) {
      test(column, ({ skip, task }) => {
        if (row.absent) skip(row.absent);
        expect(Object.keys(runs)).not.toEqual([]);
        for (const run of Object.values(runs)) check(run, row);
        task.meta.cell = cellOf(lacks[column as keyof typeof columns]?.(row));
      });
    }
  });
}
