// The page of examples/table-page in Chromium and Firefox: a model of the command line predicts through wasmgrad/inference.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { folderOf } from "../../examples/packages";
import { buildPage, trainModel } from "../../examples/table-page/serve";
import { measureSizes } from "../../examples/table-page/sizes";
import type * as inference from "../../src/inference/index";
import { chromium, firefox, programOf, runPage } from "./browser";
import { DEADLINE, OpenPage } from "./mobyDickPage";

const dist = (await import(/* @vite-ignore */ pathToFileURL(resolve("dist/inference.js")).href)) as typeof inference;
let files: Map<string, string>;
let model: inference.Predictor;
let cars: string;
let carsModel: inference.Predictor;
beforeAll(async () => {
  files = await buildPage();
  model = await dist.loadModel(readFileSync(files.get("/model.safetensors")!));
  const table = folderOf("@observablehq/sample-datasets/cars.csv");
  cars = await trainModel(table, "economy (mpg)", resolve("build/table-page-models/cars.safetensors"));
  carsModel = await dist.loadModel(readFileSync(cars));
});

let page: OpenPage | undefined;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

/** What the page shows. */
interface Shown {
  readonly state: string;
  readonly about: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly value: string;
  readonly words: string;
  /** By class, as they are in the page, not as they are written. */
  readonly probabilities: Readonly<Record<string, number>>;
  readonly problem: string;
  readonly failure: string;
  readonly file: { readonly status: string; readonly problem: string; readonly address: string; readonly name: string };
}

const shown = `(() => {
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  return {
    state: document.querySelector("main").dataset.state,
    about: text("#about"),
    fields: Array.from(document.querySelectorAll(".field"), (field) => {
      const control = field.querySelector("select, input:not([type=range])");
      const value = control.tagName === "SELECT" ? control.selectedOptions[0].text : control.value;
      return { name: field.querySelector("label").textContent, value };
    }),
    value: document.querySelector(".value data")?.value ?? "",
    words: text(".value"),
    probabilities: Object.fromEntries(Array.from(document.querySelectorAll(".bars li"), (bar) =>
      [bar.querySelector("bdi").textContent, Number(bar.querySelector("data").value)])),
    problem: text("#problem"),
    failure: document.querySelector("#failure").checkVisibility() ? text("#failure-text") : "",
    file: {
      status: text("#file-status"), problem: text("#file-problem"),
      address: document.querySelector("#download a")?.href ?? "", name: document.querySelector("#download a")?.download ?? "",
    },
  };
})()`;

async function until(condition: (shown: Shown) => boolean): Promise<Shown> {
  const end = performance.now() + DEADLINE;
  for (;;) {
    const now = await page!.tools.evaluate<Shown>(shown);
    if (condition(now)) return now;
    if (performance.now() > end) throw new Error(`The page still shows ${JSON.stringify(now)}.`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Types into the field of a column, or chooses. */
const set = (column: string, value: string): Promise<void> =>
  page!.tools.evaluate(`(() => {
    const field = [...document.querySelectorAll(".field")].find((one) => one.querySelector("label").textContent === ${JSON.stringify(column)});
    const control = field.querySelector("select, input:not([type=range])");
    if (control.tagName === "SELECT") control.selectedIndex = [...control.options].findIndex(({ text }) => text === ${JSON.stringify(value)});
    else control.value = ${JSON.stringify(value)};
    control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  })()`);

/** Drops a file onto the page. */
const drop = (name: string, bytes: Uint8Array): Promise<void> =>
  page!.tools.evaluate(`(() => {
    const bytes = Uint8Array.from(atob("${Buffer.from(bytes).toString("base64")}"), (one) => one.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    dispatchEvent(new DragEvent("dragover", { dataTransfer, cancelable: true }));
    dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  })()`);

const FIRST = {
  island: "Biscoe",
  culmen_length_mm: "44.45",
  culmen_depth_mm: "17.3",
  flipper_length_mm: "197",
  body_mass_g: "4050",
  sex: "FEMALE",
};

describe("in Chromium", () => {
  test("a form of the raw columns predicts while one types, to the bits of Node", async ({ skip }) => {
    page = await OpenPage.open(programOf(chromium, skip), { served: files });
    const first = await until(({ words }) => words !== "");
    expect(Object.fromEntries(first.fields.map(({ name, value }) => [name, value]))).toEqual(FIRST);
    expect(first.about).toContain("predicts species from island, culmen_length_mm");
    const rows: [string, string, Record<string, unknown>][] = [
      ["culmen_length_mm", "50.5", {}],
      ["culmen_depth_mm", "14", {}],
      ["sex", "not known", { sex: null }],
      ["body_mass_g", "", { body_mass_g: null }],
      ["island", "Torgersen", {}],
    ];
    let row: Record<string, unknown> = FIRST;
    let before = first;
    for (const [column, value, raw] of [["", "", {}] as const, ...rows]) {
      if (column) {
        row = { ...row, [column]: value, ...raw };
        await set(column, value);
        before = await until(
          ({ probabilities }) => String(Object.values(probabilities)) !== String(Object.values(before.probabilities)),
        );
      }
      const { species } = await model.predict(row);
      expect(before.value, column).toBe(species.value);
      expect(before.probabilities, column).toEqual(species.probabilities);
      expect(before.words).toMatch(/^\S+ .*\d+(\.\d)?\u202f%$/);
    }
    // What is wrong is said, and the answer waits.
    await set("body_mass_g", "heavy");
    const wrong = await until(({ problem }) => problem !== "");
    expect(wrong.problem).toMatch(/column "body_mass_g": expected a number, got "heavy".*\(ERR_WASMGRAD_DATA\)$/);
    expect(await page.violations(), "with an error").toEqual([]);
    await set("body_mass_g", "4000");
    await until(({ problem }) => problem === "");
    expect(page.problems).toEqual([]);
  });

  test("a CSV file that is dropped is predicted, and can be saved", async ({ skip }) => {
    page = await OpenPage.open(programOf(chromium, skip), { served: files });
    await until(({ words }) => words !== "");
    // Other columns' order, a column more, and gaps.
    const lines = readFileSync(files.get("/penguins.csv")!, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const many = Array.from({ length: 8 }, () => lines.slice(1)).flat();
    const text = [lines[0], ...many].map((cells, i) =>
      [...cells]
        .reverse()
        .concat(i === 0 ? "note" : `"a, ""b"" ${i}"`)
        .join(","),
    );
    await drop("birds.csv", Buffer.from(text.join("\n")));
    const done = await until(({ file }) => file.address !== "");
    expect(done.file).toMatchObject({
      status: "birds.csv: 2752 rows predicted.",
      problem: "",
      name: "birds.predicted.csv",
    });
    const written = await page.tools.evaluate<string>(
      `fetch("${done.file.address}").then((response) => response.text())`,
    );
    const [header, ...predicted] = written.trim().split("\n");
    expect(header).toBe(
      [...lines[0]].reverse().concat("note", "predicted species", "probability of species").join(","),
    );
    expect(predicted).toHaveLength(many.length);
    const answers = await model.predict(
      many.map((cells) => Object.fromEntries(lines[0].map((name, i) => [name, cells[i]]))),
    );
    answers.forEach(({ species: { value, probability } }, i) => {
      expect(
        predicted[i].endsWith(`"a, ""b"" ${i + 1}",${value},${Number(probability!.toPrecision(7))}`),
        predicted[i],
      ).toBe(true);
    });
    expect(await page.tools.evaluate("document.querySelectorAll('#preview tbody tr').length")).toBe(5);
    expect(await page.violations(), "with predictions").toEqual([]);

    for (const [content, problem] of [
      ["", "bad.csv: The file is empty."],
      [text[0], "bad.csv: There is no row below the header."],
      [`${text[0]}\n1,2`, "bad.csv: Row 1 has 2 cells, the header has 8."],
      ["island,island\n1,2", "bad.csv: Two columns are called “island”."],
      ["island,sex\nBiscoe,MALE", 'bad.csv: Row 1: table: column "culmen_length_mm" of the schema is missing.'],
      [
        `${text[0]}\n${text[1]}\n${text[2].replace("186", "long")}`,
        'bad.csv: Row 2: table: column "flipper_length_mm": expected a number, got "long".',
      ],
    ]) {
      await drop("bad.csv", Buffer.from(content));
      const refused = await until(({ file }) => file.problem !== "");
      expect(refused.file.problem.startsWith(problem), refused.file.problem).toBe(true);
      expect(refused.file.address).toBe("");
      await drop("good.csv", Buffer.from(text.slice(0, 3).join("\n")));
      await until(({ file }) => file.status === "good.csv: 2 rows predicted.");
    }
    expect(page.problems).toEqual([]);
  });

  test("another model makes another form; what is no model is refused, and the one before stays", async ({ skip }) => {
    page = await OpenPage.open(programOf(chromium, skip), { served: files });
    await until(({ words }) => words !== "");
    await drop("cars.safetensors", readFileSync(cars));
    const other = await until(
      ({ about, fields, words }) =>
        about.startsWith("cars.") && fields.length === 6 && words !== "" && !words.includes("%"),
    );
    const row = Object.fromEntries(other.fields.map(({ name, value }) => [name, value]));
    expect(Object.keys(row)).toContain("power (hp)");
    const { "economy (mpg)": answer } = await carsModel.predict(row);
    expect(Number(other.value)).toBe(answer.value);
    for (const [name, bytes, problem] of [
      ["broken.safetensors", readFileSync(cars).subarray(0, 1000), /\(ERR_WASMGRAD_FORMAT\)$/],
      ["text.safetensors", Buffer.from("no model"), /\(ERR_WASMGRAD_FORMAT\)$/],
      ["numbers.safetensors", await plainModel(), /^This model takes numbers \(.*float32 \[2\]\), not rows of a table/],
    ] as const) {
      await drop(name, bytes);
      const refused = await until(({ failure }) => problem.test(failure));
      expect(refused).toMatchObject({ state: "failed", value: other.value });
    }
    expect(await page.violations(), "with a failure").toEqual([]);
    await page.click("#retry");
    await until(({ state, about }) => state === "ready" && about.startsWith("penguins."));
    expect(page.problems).toEqual([]);
  });

  test("is accessible in both schemes, fits 360 pixels, and weighs what its README says", async ({ skip }) => {
    page = await OpenPage.open(programOf(chromium, skip), { served: files });
    await until(({ words }) => words !== "");
    for (const scheme of ["light", "dark"]) {
      for (const width of [360, 800, 1440]) {
        await page.tools.ask("Emulation.setDeviceMetricsOverride", {
          width,
          height: 800,
          deviceScaleFactor: 1,
          mobile: false,
        });
        await page.tools.ask("Emulation.setEmulatedMedia", {
          features: [{ name: "prefers-color-scheme", value: scheme }],
        });
        expect(await page.violations(), `${scheme}, ${width}`).toEqual([]);
        expect(
          await page.tools.evaluate("document.documentElement.scrollWidth - innerWidth"),
          `${width}`,
        ).toBeLessThanOrEqual(0);
      }
    }
    const loaded = await page.tools.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => path.endsWith('.js')).sort()",
    );
    const sizes = measureSizes(files);
    expect([...sizes.scripts].sort()).toEqual([...new Set(loaded)]);
    const readme = readFileSync("examples/table-page/README.md", "utf8");
    for (const [what, bytes] of [
      ["script", sizes.scriptBytes],
      ["model", sizes.modelBytes],
    ] as const) {
      const said = Number(new RegExp(`\\| ${what} [^|]*\\| ([\\d.]+) kB`).exec(readme)?.[1]);
      expect(Math.abs(said - bytes / 1000), `${what}: ${bytes}`).toBeLessThan(bytes / 1000 / 50);
    }
    expect(page.problems).toEqual([]);
  });

  test("says what failed when there is no model, and goes on when there is one", async ({ skip }) => {
    const served = new Map(files);
    served.delete("/model.safetensors");
    page = await OpenPage.open(programOf(chromium, skip), { served });
    const failed = await until(({ failure }) => failure !== "");
    expect(failed).toMatchObject({ state: "failed", failure: "The server has no model (status 404)." });
    served.set("/model.safetensors", files.get("/model.safetensors")!);
    await page.click("#retry");
    await until(({ state, words }) => state === "ready" && words !== "");
  });
});

/** A file of a model that knows nothing of tables. */
async function plainModel(): Promise<Uint8Array> {
  const { layers, sequential } = await import("../../src/index");
  const network = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })], seed: 1 });
  return network.toBytes();
}

test("in Firefox the page predicts a row and a file to the bits of Node", async ({ skip }) => {
  const program = programOf(firefox, skip);
  const inFrame = new Map(files)
    .set("/page.html", files.get("/")!)
    .set("/", "tests/browser/tablePageFrame.html")
    .set("/axe.js", "node_modules/axe-core/axe.min.js")
    .set("/frame.js", "tests/browser/tablePageFrame.js");
  const report = await runPage(firefox, program, { files: inFrame, isIsolated: true, deadlineMilliseconds: DEADLINE });
  const { species: first } = await model.predict(FIRST);
  const { species: typed } = await model.predict({ ...FIRST, culmen_length_mm: "50.5" });
  const lines = readFileSync(files.get("/penguins.csv")!, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const rows = lines.slice(1).map((cells) => Object.fromEntries(lines[0].map((name, i) => [name, cells[i]])));
  const words = (await model.predict(rows)).map(({ species }) => species.value);
  expect(report).toEqual({
    first: first.probabilities,
    typed: typed.probabilities,
    problem: expect.stringMatching(/got "heavy".*\(ERR_WASMGRAD_DATA\)$/),
    words,
    violations: [],
    problems: [],
  });
});
