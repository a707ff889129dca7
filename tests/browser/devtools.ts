// Speaks Chromium's DevTools protocol over a pipe, for what a page cannot see of itself: traces and memory.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { chromium, killGroup } from "./browser";

/** An event of a trace, times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Processor time of the thread, which does not grow while other processes have the processor. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Chromium with one page. */
export class DevTools {
  readonly #profile = mkdtempSync(join(tmpdir(), "wasmgrad-devtools-"));
  readonly #browser: ChildProcess;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  // biome-ignore lint/suspicious/noExplicitAny: what comes with an event depends on its name
  readonly #listeners = new Map<string, (params: any) => void>();
  /** Sessions of the page's workers. */
  readonly #workers = new Set<string>();
  #last = 0;
  #session?: string;
  #problems?: string[];

  private constructor(program: string) {
    const parameters = [...chromium.arguments(this.#profile, "about:blank").slice(0, -1), "--remote-debugging-pipe"];
    this.#browser = spawn(program, parameters, {
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    this.#commands = this.#browser.stdio[3] as Writable;
    let rest = "";
    (this.#browser.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk) => {
      const messages = (rest + chunk).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  /**
   * Opens a page and waits until it has loaded.
   *
   * @param prepare what to do before the page's address is opened
   */
  static async open(
    program: string,
    url: string,
    prepare: (tools: DevTools) => Promise<unknown> = async () => {},
  ): Promise<DevTools> {
    const tools = new DevTools(program);
    const { targetId } = await tools.askBrowser<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await tools.askBrowser<{ sessionId: string }>("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    tools.#session = sessionId;
    await tools.ask("Page.enable");
    tools.#listeners.set("Target.attachedToTarget", ({ sessionId: worker }) => {
      tools.#workers.add(worker);
      if (tools.#problems) tools.#reportProblems(worker).catch(() => {});
    });
    tools.#listeners.set("Target.detachedFromTarget", (params) => tools.#workers.delete(params.sessionId));
    await tools.ask("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
    await prepare(tools);
    const loaded = tools.next("Page.loadEventFired");
    await tools.ask("Page.navigate", { url });
    await loaded;
    return tools;
  }

  #receive({ id, method, params, ...answer }: Answer): void {
    if (method) this.#listeners.get(method)?.(params);
    if (id === undefined) return;
    this.#waiting.get(id)!(answer);
    this.#waiting.delete(id);
  }

  /** The next event of this name. */
  next(method: string): Promise<void> {
    return new Promise((resolve) => this.#listeners.set(method, () => resolve()));
  }

  /** @throws Error with what the browser says is wrong */
  ask<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    return this.#ask(method, params, this.#session);
  }

  /** What only the browser as a whole knows. */
  askBrowser<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    return this.#ask(method, params);
  }

  async #ask<Result>(method: string, params: object, sessionId?: string): Promise<Result> {
    const id = ++this.#last;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as Result;
  }

  /**
   * What an expression gives in the page; promises are waited for.
   *
   * @throws Error with what the expression threw
   */
  async evaluate<Result>(expression: string): Promise<Result> {
    type Evaluation = { result: { value: Result }; exceptionDetails?: { exception?: { description?: string } } };
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.ask<Evaluation>("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  /** What an expression gives, and the trace of these categories meanwhile. */
  async trace<Result>(expression: string, categories: readonly string[]): Promise<[Result, TraceEvent[]]> {
    const end = await this.startTrace(categories);
    const result = await this.evaluate<Result>(expression);
    return [result, await end()];
  }

  /** Begins a trace of these categories. @returns a function that ends it and gives what was traced */
  async startTrace(includedCategories: readonly string[]): Promise<() => Promise<TraceEvent[]>> {
    const events: TraceEvent[] = [];
    this.#listeners.set("Tracing.dataCollected", ({ value }) => events.push(...value));
    await this.ask("Tracing.start", { traceConfig: { includedCategories }, transferMode: "ReportEvents" });
    return async () => {
      const complete = this.next("Tracing.tracingComplete");
      await this.ask("Tracing.end");
      await complete;
      return events;
    };
  }

  /**
   * Collects what the page and its workers write to the console as errors or warnings, what they throw and nobody catches, and what
   * the browser complains of, such as files that are not there.
   */
  async watchProblems(): Promise<readonly string[]> {
    const problems: string[] = [];
    this.#problems = problems;
    type Call = { type: string; args: { value?: unknown; description?: string }[] };
    this.#listeners.set("Runtime.consoleAPICalled", ({ type, args }: Call) => {
      const isProblem = ["error", "warning", "assert"].includes(type);
      if (isProblem) problems.push(args.map(({ value, description }) => description ?? String(value)).join(" "));
    });
    this.#listeners.set("Runtime.exceptionThrown", ({ exceptionDetails: { text, exception } }) => {
      problems.push(`${text} ${exception?.description ?? ""}`);
    });
    this.#listeners.set("Log.entryAdded", ({ entry: { level, text, url } }) => {
      if (level === "error" || level === "warning") problems.push(`${text} ${url ?? ""}`);
    });
    await this.#reportProblems(this.#session);
    return problems;
  }

  async #reportProblems(session: string | undefined): Promise<void> {
    await Promise.all(["Runtime.enable", "Log.enable"].map((method) => this.#ask(method, {}, session)));
  }

  /** Collects the garbage of the page and of its workers. */
  async collectGarbage(): Promise<void> {
    // A worker that ends meanwhile has none.
    const ofWorkers = [...this.#workers].map((session) => {
      const gone = new Promise<void>((resolve) => setTimeout(resolve, 1000));
      return Promise.race([gone, this.#ask("HeapProfiler.collectGarbage", {}, session).catch(() => {})]);
    });
    await Promise.all([this.ask("HeapProfiler.collectGarbage"), ...ofWorkers]);
  }

  async close(): Promise<void> {
    const ended = once(this.#browser, "exit");
    killGroup(this.#browser);
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
