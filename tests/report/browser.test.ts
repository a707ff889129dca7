// Pages of reports in Chromium: axe-core finds nothing in light and dark, parts are there, keys and the switch work, without a
// script, and under the page's own policy.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { report } from "../../src/index";
import { chromium, findProgram } from "../browser/browser";
import { DevTools } from "../browser/devtools";
import { flowers, trained } from "./models";

const program = findProgram(chromium);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The pages by what they show. */
const pages = new Map<string, string>();

async function makePages(): Promise<void> {
  const history = { epoch: [0, 1, 2], history: { loss: [3, 2, 1], valLoss: [3, 2.5, 2], accuracy: [0.5, 0.7, 0.8] } };
  const forty = Array.from({ length: 40 }, (_, i) => `kind ${i}`);
  const sets = [
    ["two", flowers(80, ["a", "b"]), "kind"],
    ["three", flowers(90, ["a", "<b>", "\u05d0\u05d1"]), "kind"],
    ["forty", flowers(400, forty), "kind"],
    ["quantity", flowers(80, ["a", "b"]), "price"],
    ["both", flowers(80, ["a", "b"]), ["kind", "price", "town"]],
  ] as const;
  for (const [name, rows, target] of sets) {
    const { model, table } = await trained(rows, target as string, { epochs: 5 });
    pages.set(name, (await report(model, table, { history, train: table })).html());
  }
  for (const [name, scale] of Object.entries(SCALES)) {
    const rows = flowers(80, ["a", "b"]).map(({ price, ...row }) => ({ ...row, price: price * scale }));
    const { model, table } = await trained(rows, "price", { epochs: 5 });
    pages.set(name, (await report(model, table, { history, train: table })).html());
  }
}

/** What the prices of some pages are multiplied by: the labels of their axes are long. */
const SCALES = { dear: -1500, dearer: 1e7, cheap: 1e-9 } as const;

describe.skipIf(!program)("in Chromium", () => {
  let server: Server;
  let tools: DevTools;
  let origin: string;
  beforeAll(async () => {
    await makePages();
    server = createServer((request, response) => {
      const page = pages.get((request.url ?? "").slice(1));
      response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" }).end(page);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    tools = await DevTools.open(program!, `${origin}/two`);
  });
  afterAll(async () => {
    await tools?.close();
    server?.closeAllConnections();
    server?.close();
  });

  async function go(name: string, scheme = "light", width = 800): Promise<void> {
    await tools.ask("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await tools.ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    const loaded = tools.next("Page.loadEventFired");
    await tools.ask("Page.navigate", { url: `${origin}/${name}` });
    await loaded;
  }

  const cases = ["two", "three", "forty", "quantity", "both"].flatMap((name) =>
    ["light", "dark"].map((scheme) => [name, scheme] as const),
  );

  test.each(cases)("axe finds nothing in the page of %s, %s", async (name, scheme) => {
    await go(name, scheme);
    await tools.evaluate(`${axe}; 0`);
    const found = await tools.evaluate<
      { id: string; nodes: string[] }[]
    >(`axe.run(document, { resultTypes: ["violations"] })
      .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)) })))`);
    expect(found).toEqual([]);
  });

  test.each([375, 800, 1440])("no page of %i pixels is wider than its window", async (width) => {
    for (const name of pages.keys()) {
      await go(name, "light", width);
      expect(await tools.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
  });

  test.each([375, 800])("no text of a chart is cut off or lies on another at %i pixels", async (width) => {
    for (const name of pages.keys()) {
      await go(name, "light", width);
      const { checked, faults } = await tools.evaluate<{ checked: number; faults: string[] }>(`(() => {
        const charts = [...document.querySelectorAll("svg[role=img]")];
        const faults = charts.flatMap((chart) => {
          const { width, height } = chart.viewBox.baseVal;
          const boxes = [...chart.querySelectorAll("text:not(.key)")].map((text) => ({ text: text.textContent, box: text.getBBox() }));
          const cut = boxes.filter(({ box }) => box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height);
          const over = boxes.filter(({ box: a }, i) => boxes.some(({ box: b }, k) => k > i &&
            a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height - 2 && b.y < a.y + a.height - 2));
          return [...cut, ...over].map(({ text }) => chart.querySelector("desc").id + ": " + text);
        });
        return { checked: charts.length, faults };
      })()`);
      expect(faults, name).toEqual([]);
      expect(checked, name).toBeGreaterThanOrEqual(4);
    }
  });

  test("on a narrow page names keep room, and captions end inside of the window", async () => {
    await go("three", "light", 360);
    const seen = await tools.evaluate<{ names: number; caption: number }>(`({
      names: Math.min(...[...document.querySelectorAll("tbody th.word")].map((one) => one.getBoundingClientRect().width)),
      caption: Math.max(...[...document.querySelectorAll("caption")].map((one) => one.getBoundingClientRect().right)),
    })`);
    expect(seen.names).toBeGreaterThanOrEqual(96);
    expect(seen.caption).toBeLessThanOrEqual(360);
  });

  test("on paper colours are the light ones, whole tables are there, and no word is cut into letters", async () => {
    for (const name of ["three", "forty", "dearer"]) {
      await go(name, "light", 703);
      const paper = await tools.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      await tools.evaluate('document.querySelector("#theme-dark").click()');
      await tools.ask("Emulation.setEmulatedMedia", { media: "print", features: [] });
      try {
        const seen = await tools.evaluate<Record<string, unknown>>(`({
          paper: getComputedStyle(document.body).backgroundColor,
          wide: [...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > innerWidth).length,
          tallest: Math.max(...[...document.querySelectorAll(".bars tbody tr")].map((one) => one.getBoundingClientRect().height)),
          shown: document.querySelector(".theme").checkVisibility(),
        })`);
        expect(seen, name).toEqual({ paper, wide: 0, tallest: expect.any(Number), shown: false });
        expect(seen.tallest as number, name).toBeLessThan(40);
      } finally {
        await tools.ask("Emulation.setEmulatedMedia", { media: "", features: [] });
      }
    }
  });

  test("parts are there: sections, captions, descriptions, and nothing was loaded", async () => {
    await go("three");
    const parts = await tools.evaluate<Record<string, unknown>>(`({
      sections: [...document.querySelectorAll("h2")].map((one) => one.textContent),
      captions: [...document.querySelectorAll("table")].every((one) => one.caption?.textContent.length > 10),
      charts: [...document.querySelectorAll("svg[role=img]")].map((one) => one.querySelector("desc").textContent.length > 20),
      links: [...document.querySelectorAll("nav a")].every((one) => document.querySelector(one.getAttribute("href"))),
      ids: document.querySelectorAll("[id]").length - new Set([...document.querySelectorAll("[id]")].map((one) => one.id)).size,
      matrix: [...document.querySelectorAll(".matrix tbody th")].map((one) => one.textContent),
      elements: document.querySelectorAll("b, img").length,
      loaded: performance.getEntriesByType("resource").filter(({ name }) => !name.endsWith("/favicon.ico")).length,
    })`);
    expect(parts).toEqual({
      sections: [
        "What is taken for what",
        "Curves and calibration",
        "Which columns it needs",
        "Largest mistakes",
        "How it learnt",
      ],
      captions: true,
      charts: [true, true, true, true, true],
      links: true,
      ids: 0,
      matrix: ["<b>", "a", "\u05d0\u05d1"],
      elements: 0,
      loaded: 0,
    });
  });

  test("the switch changes colours in both directions, and goes back to what the system says", async () => {
    const paper = () => tools.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    await go("two", "light");
    const light = await paper();
    await tools.evaluate('document.querySelector("#theme-dark").click()');
    const dark = await paper();
    expect(dark).not.toBe(light);
    await go("two", "dark");
    expect(await paper()).toBe(dark);
    await tools.evaluate('document.querySelector("#theme-light").click()');
    expect(await paper()).toBe(light);
    await tools.evaluate('document.querySelector("#theme-auto").click()');
    expect(await paper()).toBe(dark);
  });

  test("arrow keys say what the lines are at a place, under the page's own policy", async () => {
    await go("two");
    const said = await tools.evaluate<string[]>(`(() => {
      const chart = [...document.querySelectorAll("svg[data-hover]")].at(-2);
      const say = (key) => {
        chart.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
        return chart.parentElement.querySelector(".said").textContent;
      };
      return [chart.tabIndex, say("ArrowRight"), say("ArrowRight"), say("ArrowLeft")].map(String);
    })()`);
    const first = "epoch 1: training 3.00, validation 3.00";
    expect(said).toEqual(["0", first, "epoch 2: training 2.00, validation 2.50", first]);
  });

  test("text can be read without a script", async () => {
    await tools.ask("Emulation.setScriptExecutionDisabled", { value: true });
    try {
      await go("quantity");
      const { root } = await tools.ask<{ root: { nodeId: number } }>("DOM.getDocument");
      const { nodeIds } = await tools.ask<{ nodeIds: number[] }>("DOM.querySelectorAll", {
        nodeId: root.nodeId,
        selector: "main svg[role=img], main table",
      });
      expect(nodeIds.length).toBeGreaterThan(5);
    } finally {
      await tools.ask("Emulation.setScriptExecutionDisabled", { value: false });
    }
  });
});
