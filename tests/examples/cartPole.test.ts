import { describe, expect, it } from "vitest";
import { balance, learn, makePolicy } from "../../examples/cart-pole/agent";
import { hasFallen, push, type State } from "../../examples/cart-pole/cartPole";

const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

describe("the example of the cart and the pole", () => {
  it("moves as the equations say: upright and at rest, a push turns the pole against it", () => {
    // Force 10 N on 1.1 kg; the pole's angular acceleration is −(10/1.1) / (0.5·(4/3 − 0.1/1.1)).
    const pull = 10 / 1.1;
    const angular = -pull / (0.5 * (4 / 3 - 0.1 / 1.1));
    const [position, velocity, angle, turning] = push([0, 0, 0, 0], 1);
    expect([position, angle]).toEqual([0, 0]);
    expect(turning).toBeCloseTo(0.02 * angular, 12);
    expect(velocity).toBeCloseTo(0.02 * (pull - (0.05 * angular) / 1.1), 12);
    expect(push([0, 0, 0, 0], 0).map((value) => -value + 0)).toEqual([0, velocity, 0, turning]);
  });

  it("lets an unattended pole fall", () => {
    let state: State = [0, 0, 0.01, 0];
    let steps = 0;
    for (; !hasFallen(state); steps++) state = push(state, steps % 2);
    expect(steps).toBeLessThan(120);
  });

  it("learns to balance", async () => {
    const before = mean(await balance(makePolicy(1), 20, 5));
    const { policy } = await learn(30, 1);
    const after = mean(await balance(policy, 20, 5));
    expect(before).toBeLessThan(100);
    expect(after).toBeGreaterThan(150);
  });
});
