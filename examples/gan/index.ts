/**
 * Two networks that learn from each other: one makes points, the other tells them from those of a ring of eight Gaussians.
 * `npx tsx examples/gan/index.ts [steps] [seed]`.
 */
import { drawPoints } from "./draw";
import { GAUSSIANS, judge, makeAdversaries, play } from "./gan";

const [steps = "5000", seed = "1"] = process.argv.slice(2);
const start = performance.now();
const describe = (near: number, found: number) =>
  `${(100 * near).toFixed(0)} % of the points are near a Gaussian, ${found} of ${GAUSSIANS} are found`;
const made = await play(makeAdversaries(Number(seed)), Number(steps), Number(seed), (step, points) => {
  const { near, found } = judge(points);
  console.log(`step ${String(step).padStart(6)}: ${describe(near, found)}`);
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
console.log(drawPoints(made));
