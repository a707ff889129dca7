/**
 * Learns to balance a pole on a cart by policy gradients, with a loss of its own:
 * `npx tsx examples/cart-pole/index.ts [rounds] [seed]`.
 */
import { balance, learn } from "./agent";
import { MOST_STEPS } from "./cartPole";

const [rounds = "100", seed = "1"] = process.argv.slice(2);
const TOLD = 10;

const start = performance.now();
const { policy } = await learn(Number(rounds), Number(seed), (round, length) => {
  if (round % TOLD) return;
  const bar = "█".repeat(Math.round((40 * length) / MOST_STEPS));
  console.log(`round ${String(round).padStart(3)}: poles stand ${length.toFixed(0).padStart(3)} steps ${bar}`);
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);

const lengths = await balance(policy, 100, 1000);
const whole = lengths.filter((length) => length === MOST_STEPS).length;
console.log(`Of 100 new poles ${whole} stand for all ${MOST_STEPS} steps, 10 seconds.`);
