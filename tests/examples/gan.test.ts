import { expect, it } from "vitest";
import { drawPoints } from "../../examples/gan/draw";
import { judge, makeAdversaries, play, realPoints } from "../../examples/gan/gan";
import { randomFrom } from "../../examples/random";
import { tensor } from "../../src/index";

it("the example of adversaries makes points on the ring, where none were before", async () => {
  expect(judge(realPoints(2000, randomFrom(1)))).toEqual({ near: expect.closeTo(0.9997, 3), found: 8 });
  const adversaries = makeAdversaries(1);
  const before = judge(await play(adversaries, 0, 1));
  expect(before.near).toBeLessThan(0.05);
  const made = await play(adversaries, 1000, 1);
  expect(judge(made).near).toBeGreaterThan(0.3);
  expect(judge(made).found).toBeGreaterThan(5);
});

it("points are drawn where they are", () => {
  const lines = drawPoints(
    tensor([
      [0, 0],
      [0, 0],
      [2.79, 2.79],
    ]),
  ).split("\n");
  expect(lines).toHaveLength(29);
  expect(lines[14]).toBe(`${" ".repeat(29)}█`);
  expect(lines[0]).toBe(`${" ".repeat(57)}#`);
});
