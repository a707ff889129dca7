// The page of examples/page in Chromium, with the package as it was built.
import { expect, test } from "vitest";
import { servePage } from "../../examples/page/serve";
import { chromium, programOf } from "./browser";
import { DevTools } from "./devtools";

/** What the page shows when the condition on its status holds, or a minute has passed. */
const shown = (condition: string) => `(async () => {
  const status = document.querySelector("#status");
  const end = performance.now() + 60_000;
  while (!(${condition}) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  const { data } = document.querySelector("#map").getContext("2d").getImageData(0, 0, 384, 384);
  let [orange, blue] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > data[i + 2] + 50) orange++;
    if (data[i + 2] > data[i] + 50) blue++;
  }
  return {
    status: status.textContent,
    isIsolated: crossOriginIsolated,
    isOver: document.querySelector("#stop").disabled,
    share: orange / (orange + blue),
  };
})()`;

interface Shown {
  readonly status: string;
  readonly isIsolated: boolean;
  readonly isOver: boolean;
  readonly share: number;
}

test("the page learns both spirals, draws them, and stops when asked", async ({ skip }) => {
  const program = programOf(chromium, skip);
  const { url, server } = await servePage(0);
  const tools = await DevTools.open(program, url);
  try {
    const learned = await tools.evaluate<Shown>(shown("/(99.\\\\d|100.0) %/.test(status.textContent)"));
    expect(learned.status).toMatch(/^after \d+ epochs (99\.\d|100\.0) % of the points are right$/);
    expect(learned).toMatchObject({ isIsolated: true, isOver: false });
    // Both are nearly as long: at first all of the map has one colour.
    expect(learned.share).toBeGreaterThan(0.3);
    expect(learned.share).toBeLessThan(0.7);
    await tools.evaluate('document.querySelector("#stop").click()');
    const stopped = await tools.evaluate<Shown>(shown('document.querySelector("#stop").disabled'));
    expect(stopped.isOver).toBe(true);
    expect(Number(/\d+/.exec(stopped.status))).toBeLessThan(1000);
  } finally {
    await tools.close();
    server.closeAllConnections();
    server.close();
  }
});
