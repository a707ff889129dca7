import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callbacks, type FitContext, type FitParams, layers, type Logs, sequential } from "../../src";
import { formatDuration, formatRate, formatResult } from "../../src/training/callbacks/terminal";

/** What `fit` would do, at times that are chosen: each step of the script advances the clock and calls one hook. */
function player(params: FitParams, terminal: { columns?: number; isTerminal?: boolean }) {
  let now = 0;
  const written: string[] = [];
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const bar = callbacks.progressBar({ terminal: { ...terminal, write: (text) => written.push(text) } });
  const context = { params } as FitContext;
  return {
    written,
    clock,
    begin: () => bar.onTrainBegin!(context),
    epoch: (epoch: number) => bar.onEpochBegin!(epoch, context),
    progress(time: number, epoch: number, samples: number, logs: Logs) {
      now = time;
      bar.onProgress!({ epoch, step: 0, samples, logs, batchLoss: 0 }, context);
    },
    endEpoch(time: number, epoch: number, logs: Logs) {
      now = time;
      bar.onEpochEnd!(epoch, logs, context);
    },
    end: () => bar.onTrainEnd!({}, context),
  };
}

const params = { epochs: 2, batchSize: 10, samples: 1000, steps: 100 };

afterEach(() => vi.restoreAllMocks());

describe("progressBar", () => {
  it("draws a bar over itself in a terminal, and leaves a line for every epoch", () => {
    const play = player(params, { isTerminal: true, columns: 85 });
    play.begin();
    play.epoch(0);
    play.progress(10, 0, 50, { loss: 2 });
    // A quarter of the first of two epochs in 250 ms: 1000 samples a second, 1.75 s to go.
    play.progress(250, 0, 250, { loss: 1.5, accuracy: 0.25 });
    play.progress(270, 0, 270, { loss: 1.4 });
    play.progress(1000, 0, 1000, { loss: 1, accuracy: 0.5 });
    play.endEpoch(1200, 0, { loss: 1, accuracy: 0.5, valLoss: 12345 });
    play.epoch(1);
    play.endEpoch(2200, 1, { loss: 0.00005 });
    play.end();
    expect(play.written).toEqual([
      "\repoch 1/2 ━━━━───────────  loss 1.5000  accuracy 0.2500  1,000 samples/s  1.8 s left\x1b[K",
      "\repoch 1/2 ━━━━━━━━━━━━━━━  loss 1.0000  accuracy 0.5000  1,000 samples/s  1.0 s left\x1b[K",
      "\repoch 1/2  loss 1.0000  accuracy 0.5000  valLoss 1.23e+4  1,000 samples/s  1.2 s\x1b[K\n",
      "\repoch 2/2  loss 5.00e-5  1,000 samples/s  1.0 s\x1b[K\n",
    ]);
  });

  it("gives the bar the room that is left, and never fills a line", () => {
    const lineAt = (columns: number) => {
      const play = player(params, { isTerminal: true, columns });
      play.begin();
      play.epoch(0);
      play.progress(100, 0, 500, { loss: 1 });
      return play.written[0].slice(1, -3);
    };
    expect(lineAt(60)).toBe("epoch 1/2 ━━━━───  loss 1.0000  5,000 samples/s  0.3 s left");
    expect(lineAt(57)).toBe("epoch 1/2  loss 1.0000  5,000 samples/s  0.3 s left");
    for (let columns = 1; columns < 90; columns++) expect(lineAt(columns).length).toBeLessThan(columns);
    expect(lineAt(80)).toHaveLength(79);
  });

  it("writes plain lines elsewhere, leaving out all but one in 50 ms and never the last", () => {
    const play = player({ ...params, epochs: 4 }, {});
    play.begin();
    for (const [epoch, time] of [10, 20, 61, 62].entries()) {
      play.epoch(epoch);
      play.progress(time, epoch, 1000, { loss: epoch });
      play.endEpoch(time, epoch, { loss: epoch });
    }
    play.end();
    expect(play.written.map((line) => line.slice(0, 22))).toEqual([
      "epoch 1/4  loss 0.0000",
      "epoch 3/4  loss 2.0000",
      "epoch 4/4  loss 3.0000",
    ]);
    expect(play.written.every((line) => line.endsWith(" s\n") && !line.includes("\r"))).toBe(true);
  });

  it("does without totals while a stream has not told its size", () => {
    const play = player({ epochs: 1, batchSize: 10 }, { isTerminal: true });
    play.begin();
    play.epoch(0);
    play.progress(500, 0, 250, { loss: 1 });
    play.endEpoch(1000, 0, { loss: 1 });
    expect(play.written).toEqual([
      "\repoch 1/1  loss 1.0000  500 samples/s  250 samples\x1b[K",
      "\repoch 1/1  loss 1.0000  500 samples/s  1.0 s\x1b[K\n",
    ]);
  });

  it("counts the time left from where a resumed training began", () => {
    const play = player({ ...params, epochs: 10 }, { isTerminal: true });
    play.begin();
    play.epoch(8);
    play.progress(1000, 8, 1000, { loss: 1 });
    expect(play.written[0]).toContain("epoch 9/10 ");
    expect(play.written[0]).toContain("1.0 s left");
  });

  it("follows a real fit", async () => {
    const written: string[] = [];
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError", metrics: ["mae"], engine: "js" });
    const bar = callbacks.progressBar({ terminal: { write: (text) => written.push(text) } });
    const { history } = await model.fit([[1], [2]], [[2], [4]], { epochs: 1, callbacks: [bar] });
    const results = `loss ${formatResult(history.loss[0])}  mae ${formatResult(history.mae[0])}`;
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^epoch 1\/1 {2}loss .* {2}mae .* {2}[\d,.]+ samples\/s {2}[\d.]+ s\n$/);
    expect(written[0]).toContain(results);
  });
});

describe("where there is no process", () => {
  const { process } = globalThis;
  beforeEach(() => vi.stubGlobal("process", undefined));
  afterEach(() => vi.unstubAllGlobals());

  it("logs a line an epoch to the console", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const bar = callbacks.progressBar();
    const context = { params } as FitContext;
    bar.onTrainBegin!(context);
    bar.onEpochBegin!(0, context);
    bar.onEpochEnd!(0, { loss: 1 }, context);
    vi.stubGlobal("process", process);
    expect(log.mock.calls).toEqual([[expect.stringMatching(/^epoch 1\/2 {2}loss 1\.0000 {2}.* s$/)]]);
  });
});

describe("formats", () => {
  it("are short", () => {
    const results = [0, 0.001, 0.00099, 9999, 12345, -0.5, Number.NaN].map(formatResult);
    expect(results).toEqual(["0.0000", "0.0010", "9.90e-4", "9999.0000", "1.23e+4", "-0.5000", "NaN"]);
    const durations = [0.04, 9.94, 9.96, 59.4, 59.6, 185, 3599.4, 9600].map(formatDuration);
    const expected = ["0.0 s", "9.9 s", "10 s", "59 s", "1 min 00 s", "3 min 05 s", "59 min 59 s", "2 h 40 min"];
    expect(durations).toEqual(expected);
    expect([1.25, 53312.4].map(formatRate)).toEqual(["1.3", "53,312"]);
  });
});
