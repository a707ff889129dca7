// One browser that goes from page to page: each sends what it has to say, and is told in answer where to go next.
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Browser, type OpenBrowser, open } from "./browser";

export class Session {
  #server?: Server;
  #opened?: OpenBrowser;
  /** The page that has reported and waits for where to go. */
  #waiting?: ServerResponse;
  #visits = 0;
  #onReport: (report: unknown) => void = () => {};

  constructor(
    private readonly browser: Browser,
    private readonly program: string,
  ) {}

  /**
   * Opens a page, which posts what it has to say to the address in its parameter `report`.
   *
   * @throws Error when it says nothing in time, or reports an error
   */
  async visit(url: string, deadlineMilliseconds = 60_000): Promise<unknown> {
    this.#server ??= await this.#listen();
    const { port } = this.#server.address() as AddressInfo;
    const reportTo = `http://127.0.0.1:${port}/${++this.#visits}`;
    const address = `${url}?report=${encodeURIComponent(reportTo)}`;
    const reported = new Promise<unknown>((resolve) => {
      this.#onReport = resolve;
    });
    if (this.#waiting) this.#waiting.end(address);
    else this.#opened = open(this.browser, this.program, address);
    this.#waiting = undefined;
    let report: unknown;
    try {
      report = await this.#opened!.during(reported, deadlineMilliseconds);
    } catch (error) {
      await this.#opened!.close();
      throw error;
    }
    const { error } = report as { error?: string };
    if (error) throw new Error(`${this.browser.name}, ${url}: ${error}`);
    return report;
  }

  async #listen(): Promise<Server> {
    const server = createServer(async (request, response) => {
      const report = await text(request);
      // What comes late is of a page that nobody waits for.
      if (request.method !== "POST" || request.url !== `/${this.#visits}`) return;
      response.setHeader("access-control-allow-origin", "*");
      this.#waiting = response;
      this.#onReport(JSON.parse(report));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  }

  async close(): Promise<void> {
    await this.#opened?.close();
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}
