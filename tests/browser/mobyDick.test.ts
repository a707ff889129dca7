// The page of examples/moby-dick in Chromium and Firefox, with the package as it was built.
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../examples/moby-dick/page/serve";
import { isolation, serveFiles } from "../../examples/server";
import { chromium, firefox, programOf, runPage } from "./browser";
import { DevTools } from "./devtools";
import { categories, longestTask } from "./tasks";

/** A limit ends what hangs: a busy machine takes long. */
const DEADLINE = 280_000;
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
let files: Map<string, string>;

beforeAll(async () => {
  files = await buildPage();
});

interface Shown {
  readonly state: string;
  readonly status: string;
  /** Steps done, and those to do. */
  readonly step: number;
  readonly lastStep: number;
  /** What is read out of the chart. */
  readonly reading: string;
  readonly notices: readonly string[];
  readonly texts: readonly { readonly step: number; readonly text: string; readonly words: number }[];
}

/** Reads the page; numbers are grouped by thin spaces. */
const shown = `(() => {
  const text = (selector) => document.querySelector(selector).textContent;
  const number = (words) => Number((words ?? "").replace(/[^0-9]/g, ""));
  const [step, lastStep] = text("#step").split("of").map(number);
  return {
    state: document.querySelector("main").dataset.state,
    status: text("#status"),
    step,
    lastStep,
    reading: document.querySelector("#chart").getAttribute("aria-valuetext"),
    notices: Array.from(document.querySelectorAll("#notices li"), ({ id }) => id),
    texts: Array.from(document.querySelectorAll("#log article"), (article) => ({
      step: number(article.querySelector("button").textContent),
      text: article.querySelector("p").textContent,
      words: number(article.querySelector("span:nth-of-type(2)")?.textContent ?? "0"),
    })),
  };
})()`;

/** One open page, with a server of its own. */
class OpenPage {
  private constructor(
    readonly tools: DevTools,
    readonly problems: readonly string[],
    private readonly closeServer: () => void,
  ) {}

  static async open(
    program: string,
    {
      headers = isolation as Readonly<Record<string, string>>,
      query = "",
      script = "",
      served = files as ReadonlyMap<string, string>,
      prepare = async (_tools: DevTools): Promise<unknown> => undefined,
    } = {},
  ): Promise<OpenPage> {
    const { url, server } = await serveFiles((path) => served.get(path), 0, headers);
    let problems: readonly string[] = [];
    const tools = await DevTools.open(program, `${url}${query}`, async (tools) => {
      problems = await tools.watchProblems();
      if (script) await tools.ask("Page.addScriptToEvaluateOnNewDocument", { source: script });
      await prepare(tools);
    });
    return new OpenPage(tools, problems, () => {
      server.closeAllConnections();
      server.close();
    });
  }

  read(): Promise<Shown> {
    return this.tools.evaluate<Shown>(shown);
  }

  /** What the page shows as soon as a condition holds. @throws Error when it does not in time, with what is shown */
  async until(condition: (shown: Shown) => boolean): Promise<Shown> {
    const end = performance.now() + DEADLINE;
    for (;;) {
      const now = await this.read();
      if (condition(now)) return now;
      if (performance.now() > end) throw new Error(`The page still shows ${JSON.stringify(now)}.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  click(selector: string): Promise<void> {
    return this.tools.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  type(selector: string, value: string): Promise<void> {
    return this.tools.evaluate(`(() => {
      const input = document.querySelector(${JSON.stringify(selector)});
      input.value = ${JSON.stringify(value)};
      input.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
  }

  press(key: string): Promise<unknown> {
    return this.tools.ask("Input.dispatchKeyEvent", { type: "keyDown", key });
  }

  /** Moves the pointer into the middle of an element. */
  async pointAt(selector: string): Promise<void> {
    const place = await this.tools.evaluate<{ x: number; y: number }>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    })()`);
    await this.tools.ask("Input.dispatchMouseEvent", { type: "mouseMoved", ...place });
  }

  /** Frames that the page draws in a second. */
  countFrames(): Promise<number> {
    return this.tools.evaluate(`new Promise((resolve) => {
      let frames = 0;
      const end = performance.now() + 1000;
      const draw = () => (++frames, performance.now() < end ? requestAnimationFrame(draw) : resolve(frames));
      requestAnimationFrame(draw);
    })`);
  }

  /** Gives the page a file as somebody does who chooses one. */
  chooseFile(bytes: string): Promise<void> {
    return this.tools.evaluate(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([${bytes}], "model.safetensors"));
      const input = document.querySelector("#file");
      input.files = transfer.files;
      input.dispatchEvent(new Event("change"));
    })()`);
  }

  /** What axe finds: rules of WCAG 2.2 A and AA, and best practices. */
  async violations(): Promise<readonly string[]> {
    await this.tools.evaluate(`${axe}; undefined`);
    type Violation = { id: string; nodes: { html: string }[] };
    const { violations } = await this.tools.evaluate<{ violations: Violation[] }>(
      "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => ({ violations }))",
    );
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  async close(): Promise<void> {
    await this.tools.close();
    this.closeServer();
  }
}

let page: OpenPage | undefined;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

/** The training loss in what is read out. */
const trainingLoss = ({ reading }: Shown) => Number(/training ([\d.]+)/.exec(reading)?.[1]);
const isWritten = (count: number) => (shown: Shown) =>
  shown.texts.filter(({ text }) => text.length > 200).length >= count;

describe("the page of moby-dick in Chromium", () => {
  test("learns and writes, pauses and goes on, without a long task", async ({ skip }) => {
    let endTrace!: Awaited<ReturnType<DevTools["startTrace"]>>;
    page = await OpenPage.open(programOf(chromium, skip), {
      prepare: async (tools) => {
        endTrace = await tools.startTrace(categories);
      },
    });
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

    const frames = await page.countFrames();
    await page.click("#play");
    const paused = await page.until(({ state }) => state === "paused");
    const framesWhilePaused = await page.countFrames();
    expect((await page.read()).step).toBe(paused.step);
    console.log(`Frames a second: ${frames} while it learns, ${framesWhilePaused} while it is paused.`);
    expect(frames).toBeGreaterThan(framesWhilePaused / 3);
    await page.click("#play");
    await page.until(({ state, step }) => state === "running" && step > paused.step);
    const { processor, clock } = longestTask(await endTrace());
    console.log(`Longest task: ${clock.toFixed(1)} ms, of processor time ${processor.toFixed(1)} ms.`);
    // By the clock, other processes count.
    expect(processor).toBeLessThanOrEqual(50);
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
