// The page of examples/moby-dick, opened in Chromium with the package as it was built.
import { readFileSync } from "node:fs";
import { buildPage } from "../../examples/moby-dick/page/serve";
import { isolation, serveFiles } from "../../examples/server";
import { DevTools } from "./devtools";

/** A limit ends what hangs: a busy machine takes long. */
export const DEADLINE = 280_000;
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
let building: Promise<Map<string, string>> | undefined;

/** The page's files by their paths, built once. */
export function filesOfPage(): Promise<Map<string, string>> {
  building ??= buildPage();
  return building;
}

export interface Shown {
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
export class OpenPage {
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
      served = undefined as ReadonlyMap<string, string> | undefined,
      prepare = async (_tools: DevTools): Promise<unknown> => undefined,
    } = {},
  ): Promise<OpenPage> {
    const files = served ?? (await filesOfPage());
    const { url, server } = await serveFiles((path) => files.get(path), 0, headers);
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

/** The training loss in what is read out. */
export const trainingLoss = ({ reading }: Shown) => Number(/training ([\d.]+)/.exec(reading)?.[1]);
/** At least so many texts stand there whole. */
export const isWritten = (count: number) => (shown: Shown) =>
  shown.texts.filter(({ text }) => text.length > 200).length >= count;
