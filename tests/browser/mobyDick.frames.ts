// How the page of examples/moby-dick stays alive while it learns: seen by Chromium's own trace.
import { afterEach, expect, test } from "vitest";
import { chromium, programOf } from "./browser";
import type { DevTools } from "./devtools";
import { isWritten, OpenPage } from "./mobyDickPage";
import { categories, longestTask } from "./tasks";

let page: OpenPage | undefined;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

test("the page of moby-dick has no long task and draws on while it learns", { timeout: 120_000 }, async ({ skip }) => {
  let endOpening!: Awaited<ReturnType<DevTools["startTrace"]>>;
  page = await OpenPage.open(programOf(chromium, skip), {
    prepare: async (tools) => {
      endOpening = await tools.startTrace(categories);
    },
  });
  await page.until(isWritten(1));
  // Most of it is the browser's first layout, which takes as long without a model. It is shown, not limited.
  const opening = longestTask(await endOpening());
  const endTrace = await page.tools.startTrace(categories);
  await page.until((shown) => isWritten(5)(shown) && shown.step >= 200);
  const frames = await page.countFrames();
  await page.click("#play");
  const paused = await page.until(({ state }) => state === "paused");
  const framesWhilePaused = await page.countFrames();
  await page.click("#play");
  await page.until(({ state, step }) => state === "running" && step > paused.step);
  const { processor, clock } = longestTask(await endTrace());
  console.log(
    `Frames a second: ${frames} while it learns, ${framesWhilePaused} while it is paused. ` +
      `Longest task: ${clock.toFixed(1)} ms, of processor time ${processor.toFixed(1)} ms; ` +
      `while the page opens ${opening.clock.toFixed(1)} and ${opening.processor.toFixed(1)} ms.`,
  );
  expect(frames).toBeGreaterThan(framesWhilePaused / 3);
  // By the clock, other processes count.
  expect(processor).toBeLessThanOrEqual(50);
});
