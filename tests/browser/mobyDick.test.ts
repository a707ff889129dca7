// The page of examples/moby-dick in Chromium and Firefox, with the package as it was built.
import { afterEach, describe, expect, test } from "vitest";
import { isolation } from "../../examples/server";
import { chromium, firefox, programOf, runPage } from "./browser";
import { DEADLINE, filesOfPage, isWritten, OpenPage, trainingLoss } from "./mobyDickPage";

let page: OpenPage | undefined;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

describe("the page of moby-dick in Chromium", () => {
  test("learns and writes, pauses and goes on", async ({ skip }) => {
    page = await OpenPage.open(programOf(chromium, skip));
    // It begins by itself, and writes before it has learned anything.
    const first = await page.until(isWritten(1));
    expect(first.texts[0]).toMatchObject({ step: 0, text: expect.stringMatching(/^The whale/) });
    const learned = await page.until((shown) => isWritten(5)(shown) && shown.step >= 200);
    expect(learned).toMatchObject({ state: "running", lastStep: 2000, notices: [] });
    expect(learned.texts.map(({ step }) => step).slice(0, 5)).toEqual([0, 20, 50, 100, 200]);
    // Better than who knows how often each character occurs, which is 3.10 nats.
    expect(trainingLoss(learned)).toBeLessThan(2.8);
    expect(learned.reading).toMatch(/^step \d+: training 2\.\d\d, validation 2\.\d\d$/);
    expect(learned.texts[4].words).toBeGreaterThan(learned.texts[0].words);

    await page.click("#play");
    const paused = await page.until(({ state }) => state === "paused");
    // Waits as long as two steps take here.
    await page.countFrames();
    expect((await page.read()).step).toBe(paused.step);
    await page.click("#play");
    await page.until(({ state, step }) => state === "running" && step > paused.step);
    expect(page.problems).toEqual([]);
  });

  test("writes on request, finishes, trains on, starts over when sure", async ({ skip }) => {
    page = await OpenPage.open(programOf(chromium, skip), { query: "?steps=120" });
    await page.until(({ step }) => step >= 10);
    expect(await page.violations(), "while it runs").toEqual([]);
    await page.click("#play");
    const { texts: before } = await page.until(({ state, step }) => state !== "running" && step > 0);
    await page.type("#prompt", "Don't");
    await page.click("#write");
    const asked = await page.until(({ texts }) => texts.length > before.length && texts.at(-1)!.text.length > 200);
    expect(asked.texts.at(-1)!.text).toMatch(/^Don’t/);
    // What the book does not have is said, and nothing is written.
    await page.type("#prompt", "Caché");
    expect(await page.tools.evaluate("document.querySelector('#prompt-error').textContent")).toContain("“é”");
    await page.click("#write");
    await page.type("#prompt", "Call me");
    expect(await page.tools.evaluate("document.querySelector('#prompt-error').textContent")).toBe("");
    if ((await page.read()).state === "paused") await page.click("#play");

    const finished = await page.until(({ state }) => state === "finished");
    expect(finished).toMatchObject({ step: 120, lastStep: 120 });
    expect(finished.texts.some(({ text }) => text.startsWith("Caché"))).toBe(false);
    expect(await page.violations(), "when it has finished").toEqual([]);
    const colours = () => page!.tools.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await colours();
    await page.click("#theme");
    expect(await colours()).not.toBe(light);
    expect(await page.violations(), "in dark colours").toEqual([]);

    // The chart is read with a pointer, and with keys.
    await page.pointAt("#chart");
    await page.until(({ reading }) => {
      const step = Number(/^step (\d+):/.exec(reading)?.[1]);
      return step > 60 && step < 120;
    });
    await page.tools.evaluate("document.querySelector('#chart').focus()");
    await page.press("Home");
    expect((await page.until(({ reading }) => reading.startsWith("step 1:"))).reading).toMatch(/training 4\.\d\d/);
    await page.press("End");
    await page.until(({ reading }) => reading.startsWith("step 120:"));

    // A file keeps what was learned: training goes on where it was saved.
    await page.tools.evaluate(`(() => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => { globalThis.saved = blob; return make.call(URL, blob); };
      HTMLAnchorElement.prototype.click = function () { globalThis.savedName = this.download; };
    })()`);
    await page.click("#save");
    await page.tools.evaluate(
      "(async () => { while (!globalThis.saved) await new Promise((resolve) => setTimeout(resolve, 20)); })()",
    );

    await page.click("#play");
    const on = await page.until(({ step }) => step > 130);
    expect(on.lastStep).toBe(1120);
    await page.click("#restart");
    expect(await page.tools.evaluate("document.querySelector('#sure').open")).toBe(true);
    expect(await page.violations(), "while it asks").toEqual([]);
    await page.click("#sure button[value=no]");
    const kept = await page.until(({ step }) => step > on.step);
    await page.click("#restart");
    await page.click("#sure button[value=yes]");
    const anew = await page.until(({ step, lastStep }) => lastStep === 120 && step < kept.step);
    expect(anew.texts.length).toBeLessThan(finished.texts.length);

    expect(await page.tools.evaluate("globalThis.savedName")).toBe("moby-dick-120-steps.safetensors");
    await page.chooseFile("globalThis.saved");
    const loaded = await page.until(({ lastStep, step }) => lastStep === 1120 && step > 120);
    // A new model would have a loss above 4.
    expect(trainingLoss(loaded)).toBeLessThan(3);
    await page.click("#play");
    const waiting = await page.until(({ state }) => state === "paused");
    await page.chooseFile("'no model at all'");
    await page.click("#sure button[value=yes]");
    const refused = await page.until(({ status }) => status.startsWith("This file cannot be used: "));
    expect(refused).toMatchObject({ state: "paused", step: waiting.step });
    expect(page.problems).toEqual([]);
  });

  const withoutWasm = { ...isolation, "content-security-policy": "script-src 'self'; worker-src 'self' blob:" };
  test.for([
    ["without workers", { script: "delete globalThis.Worker" }, ["no-workers"]],
    ["where WebAssembly is forbidden", { headers: withoutWasm }, ["no-webassembly"]],
    ["without cross-origin isolation", { headers: {} }, ["one-thread"]],
  ] as const)("says so %s, and learns all the same", async ([, how, notices], { skip }) => {
    page = await OpenPage.open(programOf(chromium, skip), { ...how, query: "?steps=3" });
    // The last text comes a frame or two behind the last step.
    const finished = await page.until((shown) => shown.state === "finished" && isWritten(2)(shown));
    expect(finished).toMatchObject({ notices, step: 3 });
    expect(await page.violations()).toEqual([]);
    expect(page.problems).toEqual([]);
  });

  test("says what failed when there is no book, and begins when there is one", async ({ skip }) => {
    const files = await filesOfPage();
    const served = new Map(files);
    served.delete("/moby-dick.txt");
    page = await OpenPage.open(programOf(chromium, skip), { served, query: "?steps=3" });
    await page.until(({ state }) => state === "failed");
    const failure = await page.tools.evaluate("document.querySelector('#failure').innerText");
    expect(failure).toContain("The server has no book to learn from (status 404");
    expect(failure).toContain("Try again");
    expect(await page.violations()).toEqual([]);
    served.set("/moby-dick.txt", files.get("/moby-dick.txt")!);
    await page.click("#retry");
    await page.until(({ state }) => state === "finished");
    expect(await page.tools.evaluate("document.querySelector('#failure').checkVisibility()")).toBe(false);
  });
});

test("the page of moby-dick learns, pauses and goes on in Firefox", async ({ skip }) => {
  const program = programOf(firefox, skip);
  const files = await filesOfPage();
  const inFrame = new Map(files)
    .set("/page.html", files.get("/")!)
    .set("/", "tests/browser/mobyDickFrame.html")
    .set("/frame.js", "tests/browser/mobyDickFrame.js");
  const report = await runPage(firefox, program, { files: inFrame, isIsolated: true, deadlineMilliseconds: DEADLINE });
  expect(report).toEqual({
    isIsolated: true,
    first: expect.stringMatching(/^The whale.{150}/s),
    reading: expect.stringMatching(/^step \d+: training [23]\.\d\d, validation [23]\.\d\d$/),
    stepsWhilePaused: 0,
    goesOn: true,
    problems: [],
  });
});
