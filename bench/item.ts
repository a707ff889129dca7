import { copyContender } from "./copy";
import { type Contender, type Effort, measure, median, medianRatio, spread, type Timing } from "./measure";
import { PEAK_FLOPS, type Peaks } from "./peak";
import { ABSENT, percent } from "./table";

/** The units of rates; the first two are billions a second. */
export type Unit = "GFLOP/s" | "GB/s" | "steps/s" | "samples/s";

export type Kind = "ops" | "gemm" | "convolutions" | "models" | "data";

/** One line of work that variants can be compared on. */
export interface Item {
  readonly contenders: readonly Contender[];
  /** How much of the unit doing the work once is: operations, bytes, steps or samples. */
  readonly amount: number;
  readonly unit: Unit;
  /** Floating-point operations, where they are what the time goes to. */
  readonly flops?: number;
}

/** An item that can be asked for by name; its memory is taken when it is made. */
export interface Candidate {
  readonly kind: Kind;
  readonly name: string;
  readonly make: () => Item | Promise<Item>;
}

/** Whether a filter, a kind or a part of a name, means this candidate. */
export function isChosen({ kind, name }: Candidate, filter: string): boolean {
  return filter === kind || name.includes(filter);
}

/** What came of one variant on one item. */
export interface Line {
  readonly kind: Kind;
  readonly item: string;
  readonly variant: string;
  /** Median. */
  readonly nanoseconds: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
  /** Of how many rounds: what is slow has fewer. */
  readonly rounds: number;
  readonly rate: number;
  readonly unit: Unit;
  /** How many times faster than the readable kernels in JavaScript. */
  readonly timesJs?: number;
  /** How many times faster than `strict` another variant of WebAssembly is. */
  readonly timesStrict?: number;
  /** Share of the 128-bit peak of one core, measured in the same rounds. */
  readonly shareOfPeak?: number;
  /** Share of the speed of copying as many bytes, measured in the same rounds. */
  readonly shareOfCopy?: number;
  /** Of a variant on two threads: how many times faster two cores compute than one, in the same rounds. */
  readonly timesOneCore?: number;
}

/** How near a line comes to what limits it: plain arithmetic, or a copy. */
export function showShare({ shareOfPeak, shareOfCopy }: Line): string {
  const shares = [shareOfPeak && percent(shareOfPeak), shareOfCopy && `${percent(shareOfCopy)} of a copy`];
  return shares.filter(Boolean).join(", ") || ABSENT;
}

function rateOf({ amount, unit }: Item, nanoseconds: number): number {
  return (amount / nanoseconds) * (unit === "GFLOP/s" || unit === "GB/s" ? 1 : 1e9);
}

/** Measures an item; with the peaks as further contenders where floating-point operations count, with a copy where bytes do. */
export async function measureItem({ kind, name, make }: Candidate, peaks: Peaks, effort: Effort): Promise<Line[]> {
  const item = await make();
  const { contenders, flops, unit, amount } = item;
  const isShared = ({ name }: { name: string }) => name.endsWith("threads");
  const { one, two } = peaks;
  const limits: Contender[] = [];
  if (flops) limits.push(one);
  if (flops && two && kind === "models" && contenders.some(isShared)) limits.push(two);
  if (unit === "GB/s") limits.push(copyContender(amount));
  const timings = await measure([...contenders, ...limits], effort);
  const roundsOf = (wanted?: string) => timings.find((timing: Timing) => timing.name === wanted)?.rounds;
  const [js, strict, peak, peakOfTwo, copy] = ["js", "strict", one.name, two?.name, "copy"].map(roundsOf);
  return contenders.map((contender) => {
    const rounds = roundsOf(contender.name)!;
    const nanoseconds = median(rounds);
    const isVariant = contender.name !== "js" && contender.name !== "strict";
    return {
      kind,
      item: name,
      variant: contender.name,
      nanoseconds,
      spread: spread(rounds),
      rounds: rounds.length,
      rate: rateOf(item, nanoseconds),
      unit,
      timesJs: js && medianRatio(js, rounds),
      timesStrict: strict && isVariant ? medianRatio(strict, rounds) : undefined,
      shareOfPeak: flops && peak ? (flops / PEAK_FLOPS) * medianRatio(peak, rounds) : undefined,
      shareOfCopy: copy && medianRatio(copy, rounds),
      timesOneCore: peak && peakOfTwo && isShared(contender) ? 2 * medianRatio(peak, peakOfTwo) : undefined,
    };
  });
}
