import type { Example, Examples, Op } from "../op";

/** How the contents of an optimizer's slot are drawn from a uniform number in [0, 1). */
type Fill = (uniform: number, index: number) => number;

/** Second moments and other sums of squares: away from 0, where a root magnifies rounding. */
export const squares: Fill = (uniform) => 0.5 + uniform;
/** First moments: small enough that `squares` minus their square stays positive. */
export const moments: Fill = (uniform) => uniform - 0.5;

/** Of every two weights one whose gradient has ceased, and whose moments have all but faded. */
const isCeased = (index: number) => index % 2 === 1;

/** Examples of a step that clears traces of moments. */
export function clearingExamples(
  op: Op,
  numbers: Record<string, number>,
  slots: Readonly<Record<string, Fill>>,
  counts: Record<string, number> = {},
): Examples {
  const fading = Object.entries(slots).map(([name, fill]) => {
    const traces: Fill = (uniform, i) => (isCeased(i) ? uniform * 4e-34 : fill(uniform, i));
    return [name, traces] as const;
  });
  const g: Fill = (uniform, i) => (isCeased(i) ? 0 : uniform - 0.5);
  return updateExamples(op, numbers, { g, ...Object.fromEntries(fading) }, { counts, index: 63 });
}

/** Examples of an update of weights `w` by gradients `g` with slots beside them, at the given step. */
export function updateExamples(
  op: Op,
  numbers: Record<string, number>,
  slots: Readonly<Record<string, Fill>>,
  {
    counts = {},
    tolerance = 5e-7,
    index = 4,
  }: { counts?: Record<string, number>; tolerance?: number; index?: number } = {},
): Examples {
  const example = (count: number): Example => {
    const shapes: Record<string, readonly number[]> = {};
    for (const name of new Set(["w", "g", ...Object.keys(slots)])) {
      if (op.tensors.includes(name)) shapes[name] = [count];
    }
    return { shapes, counts: { count, ...counts }, numbers, fill: slots, step: { index, learningRate: 0.01 } };
  };
  return { op, tolerance, touchesPadding: true, sizes: example, bench: example(1 << 17) };
}
