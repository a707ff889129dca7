// The commands, from a table to answers, and what goes wrong on the way.
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { loadModel } from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { encodeSafetensors } from "../../src/formats/safetensors/encode";
import { flowers } from "../../src/cli/demo";
import { makeFolder, people, wasmgrad } from "./inProcess";

const folder = makeFolder();
const table = folder.write("people.csv", people(200));
const model = folder.path("people.safetensors");
const heights = folder.path("heights.safetensors");
let said: string;

beforeAll(async () => {
  const { exitCode, stdout, stderr } = await wasmgrad(["train", table, "--target", "town", "--out", model]);
  expect({ exitCode, stderr: stderr.replace(/^(trying|learning).*$/gm, "").trim() }).toEqual({
    exitCode: 0,
    stderr: "",
  });
  said = stdout;
  await wasmgrad(["train", table, "--target", "height", "--out", heights, "--quiet"]);
}, 120_000);

/** The cells of CSV without quotes. */
const cells = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(","));

describe("train", () => {
  test("says what it found, how it did on rows that it has not seen, and what comes next", () => {
    expect(said).toMatch(/200 rows, 4 columns/);
    expect(said).toMatch(/learnt from: age \(number\), height \(number\), colour \(category\)/);
    expect(said).toMatch(/gaps, filled and marked: height 10/);
    expect(said).toMatch(/to learn: town, Oslo 100, Rome 100/);
    const [, right] = /on 40 rows it had not seen\n +right +([\d.]+) %/.exec(said)!;
    expect(Number(right)).toBeGreaterThan(90);
    expect(said).toMatch(/always (Oslo|Rome) +50\.0 %/);
    expect(said).toMatch(/which\s+has\s+learnt\s+from\s+all\s+200\s+rows/);
    expect(said).toMatch(/Next: wasmgrad predict \S+people\.safetensors new\.csv/);
  });

  test("writes a report beside the model: of the rows that it has not seen, without anything from elsewhere", async () => {
    const path = folder.path("people.report.html");
    expect(said).toContain(`The report is ${path}.`);
    const page = readFileSync(path, "utf8");
    const [, right] = /right +([\d.]+) %/.exec(said)!;
    expect(page).toContain("people: how well it does");
    expect(page).toContain(`${Number(right)}`);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    const named = folder.path("elsewhere.html");
    const args = ["train", table, "--target", "town", "--epochs", "2", "--hidden", "3", "--quiet"];
    const small = [...args, "--out", folder.path("small.safetensors"), "--report"];
    expect((await wasmgrad([...small, named])).exitCode).toBe(0);
    expect(existsSync(named)).toBe(true);
    expect((await wasmgrad([...small, ""])).exitCode).toBe(0);
    expect(existsSync(folder.path("small.report.html"))).toBe(false);
  });

  test("leaves a page of somebody else alone, before it learns", async () => {
    const foreign = folder.write("foreign.html", "<!doctype html><title>Mine</title>");
    const out = folder.path("unwritten.safetensors");
    const args = ["train", table, "--target", "town", "--out", out, "--report", foreign];
    const { exitCode, stderr } = await wasmgrad(args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/foreign\.html: there is a file that wasmgrad has not written.*--report/s);
    expect(readFileSync(foreign, "utf8")).toBe("<!doctype html><title>Mine</title>");
    expect(existsSync(out)).toBe(false);
  });

  test("gives the same bytes for the same seed, and others for another; prints JSON only with --json", async () => {
    const train = async (seed: string, out: string) => {
      const path = folder.path(out);
      const args = [
        "train",
        table,
        "--target",
        "town",
        "--epochs",
        "3",
        "--hidden",
        "4",
        "--seed",
        seed,
        "--out",
        path,
      ];
      const { stdout } = await wasmgrad([...args, "--json"]);
      return { found: JSON.parse(stdout), bytes: readFileSync(path) };
    };
    const [a, b, c] = [await train("5", "a.st"), await train("5", "a.st"), await train("6", "a.st")];
    expect(a.bytes.equals(b.bytes)).toBe(true);
    expect(a.bytes.equals(c.bytes)).toBe(false);
    expect(a.found).toMatchObject({
      rows: 200,
      targets: ["town"],
      learntRows: 200,
      training: { hidden: [4], seed: 5 },
    });
    expect(a.found.test).toEqual(b.found.test);
  });

  test("prints nothing with --quiet", async () => {
    const args = ["train", table, "--target", "town", "--epochs", "1", "--out", folder.path("quiet.st"), "--quiet"];
    expect(await wasmgrad(args)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("learns quantities in units, several targets, chosen features, without rows put aside", async () => {
    const args = [
      "train",
      table,
      "--target",
      "height,town",
      "--features",
      "age,colour",
      "--test",
      "0",
      "--epochs",
      "2",
    ];
    const out = folder.path("several.st");
    const { stdout, exitCode } = await wasmgrad([...args, "--out", out]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/No rows were put aside/);
    const predicted = await wasmgrad(["predict", out, table]);
    expect(cells(predicted.stdout)[0]).toEqual(["height", "town", "town probability"]);
  });

  test("learns from so few rows that none can be put aside, and says so", async () => {
    const few = folder.write("few.csv", "a,y\n1,x\n2,z\n3,x\n");
    const { exitCode, stdout } = await wasmgrad(["train", few, "--target", "y", "--out", folder.path("few.st")]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/No rows were put aside/);
  });

  test("learns where one class stands in one row only", async () => {
    const rare = folder.write("rare.csv", people(60).replace("Rome", "Bern"));
    const args = ["train", rare, "--target", "town", "--epochs", "3", "--out", folder.path("rare.st")];
    const { exitCode, stdout } = await wasmgrad(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/town, on 12 rows/);
  });

  test("asks whether a target's word for nothing is a class where it is frequent, and says so where it is not", async () => {
    const damage = folder.write("damage.csv", people(40).replaceAll("Rome", "None"));
    const args = ["train", damage, "--target", "town", "--epochs", "2", "--out", folder.path("damage.st")];
    const alone = await wasmgrad(args);
    expect(alone).toMatchObject({ exitCode: 1, stdout: "" });
    expect(alone.stderr).toContain(
      '"None" stands in 20 of 40 rows of the target, where it may be a class or no value.',
    );
    expect(alone.stderr).toContain(
      "Give --only-missing town= for a class, or --missing town=None to leave its rows out.",
    );
    const none = await wasmgrad([...args, "--missing", "town=None"]);
    expect(none).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("nothing to learn") });
    const { stdout } = await wasmgrad([...args.slice(0, 3), "age", ...args.slice(4)]);
    expect(stdout).not.toContain("--only-missing");
    const some = folder.write("some.csv", people(40).replace("Rome", "None"));
    expect((await wasmgrad(["train", some, ...args.slice(2)])).stdout).toContain("--only-missing town=");
    const both = await wasmgrad([...args, "--only-missing", "town="]);
    expect(both.stdout).toMatch(/to learn: town, Oslo 20, None 20|to learn: town, None 20, Oslo 20/);
  });

  const refused = async (...args: string[]) => {
    const { exitCode, stderr, stdout } = await wasmgrad(["train", ...args]);
    expect(stdout).toBe("");
    return [exitCode, stderr];
  };

  test("refuses, before it trains, what cannot be read or learnt", async () => {
    const out = ["--out", folder.path("no.st")];
    const missing = folder.path("missing.csv");
    expect(await refused(missing, "--target", "y", ...out)).toEqual([
      1,
      `wasmgrad: ${missing}: there is no such file or folder.\n`,
    ]);
    const empty = folder.write("empty.csv", "");
    expect(await refused(empty, "--target", "y", ...out)).toEqual([1, expect.stringContaining("empty")]);
    const header = folder.write("header.csv", "a,b\n");
    expect(await refused(header, "--target", "b", ...out)).toEqual([1, expect.stringContaining("no rows")]);
    expect(await refused(table, "--target", "twon", ...out)).toEqual([
      2,
      'wasmgrad: --target: there is no column "twon". Did you mean "town"?\n',
    ]);
    expect(await refused(table, ...out)).toEqual([
      2,
      "wasmgrad: Which column is to be learnt? Give --target with one of: age, height, colour, town.\n",
    ]);
    const alike = folder.write("alike.csv", "a,y\n1,x\n2,x\n");
    expect(await refused(alike, "--target", "y", ...out)).toEqual([1, expect.stringContaining("nothing to learn")]);
    const odd = folder.write("odd.csv", "a,y\n0,1\n$4.99,2\n3,4\n");
    expect(await refused(odd, "--target", "y", ...out)).toEqual([1, expect.stringContaining("--unit 'a=$'")]);
    expect(existsSync(folder.path("no.st"))).toBe(false);
  });

  test("names a folder that is given for a file, before anything is done or written", async () => {
    mkdirSync(folder.path("a-folder"));
    const place = folder.path("a-folder");
    const file = folder.path("of-folder.st");
    for (const args of [
      ["train", place, "--target", "y", "--out", file],
      ["predict", model, place],
      ["predict", place, table],
      ["evaluate", model, place],
      ["evaluate", place, table],
      ["describe", place],
      ["inspect", place],
    ]) {
      const said = `wasmgrad: ${place}: this is a folder, expected a file.\n`;
      expect(await wasmgrad(args)).toEqual({ exitCode: 1, stdout: "", stderr: said });
    }
    // Of an empty table there is no header of answers either.
    const none = await wasmgrad(["predict", model, folder.write("nothing.csv", "")]);
    expect(none).toMatchObject({ exitCode: 1, stdout: "" });
  });

  test("never writes the model and the report into one file", async () => {
    const both = folder.path("both.st");
    const [exitCode, message] = await refused(table, "--target", "town", "--out", both, "--report", both);
    expect([exitCode, message]).toEqual([2, expect.stringContaining("Name two files")]);
    expect(existsSync(both)).toBe(false);
  });

  test.skipIf(process.platform !== "linux")("finds out before it learns that a disk cannot be written", async () => {
    // Rights do not say it: the superuser has all of them.
    const [exitCode, message] = await refused(table, "--target", "town", "--out", "/sys/m.safetensors");
    expect([exitCode, message]).toEqual([1, expect.stringMatching(/\/sys.*(may not be|can only be read)/)]);
  });

  test("never writes over a file of somebody else, and not into a folder that is not there", async () => {
    const letter = folder.write("letter.safetensors", "Dear Ada, ".repeat(20));
    expect(await refused(table, "--target", "town", "--out", letter)).toEqual([
      1,
      expect.stringContaining("has not written"),
    ]);
    const foreign = folder.write(
      "foreign.safetensors",
      encodeSafetensors(new Map([["w", { shape: [1], data: new Float32Array(1) }]]), {}) as Uint8Array,
    );
    expect(await refused(table, "--target", "town", "--out", foreign)).toEqual([
      1,
      expect.stringContaining("has not written"),
    ]);
    expect(folder.read("letter.safetensors")).toBe("Dear Ada, ".repeat(20));
    const nowhere = folder.path("nowhere/m.safetensors");
    expect(await refused(table, "--target", "town", "--out", nowhere)).toEqual([
      1,
      expect.stringContaining("no such file or folder"),
    ]);
    mkdirSync(folder.path("folder.st"));
    expect(await refused(table, "--target", "town", "--out", folder.path("folder.st"))).toEqual([
      1,
      expect.stringContaining("no file"),
    ]);
  });

  test("refuses a folder that cannot be written", async () => {
    const out = `${folder.write("no-folder", "text")}/m.safetensors`;
    const [exitCode, message] = await refused(table, "--target", "town", "--out", out);
    expect([exitCode, message]).toEqual([1, expect.stringContaining("no-folder")]);
    // Nothing is locked for the superuser.
    if (process.getuid?.() === 0) return;
    mkdirSync(folder.path("locked"));
    chmodSync(folder.path("locked"), 0o500);
    const locked = await refused(table, "--target", "town", "--out", folder.path("locked/m.safetensors"));
    expect(locked).toEqual([1, expect.stringContaining("may not be read or written")]);
  });
});

describe("predict", () => {
  const predict = async (file: string, text: string, ...args: string[]) =>
    wasmgrad(["predict", file, folder.write("rows.csv", text), ...args]);

  test("takes columns in any order, more of them, and no target; says words and how probable they are", async () => {
    const straight = await predict(model, "age,height,colour\n30,186,red\n41,168,blue\n");
    const turned = await predict(
      model,
      "colour,shoes,height,town,age\nred,44,186,?,30\nblue,39,168,?,41\n",
      "--missing",
      "?",
    );
    expect(cells(straight.stdout).map(([word]) => word)).toEqual(["town", "Oslo", "Rome"]);
    expect(turned.stdout).toBe(straight.stdout);
    expect(straight.stderr).toBe("");
    for (const [, probability] of cells(straight.stdout).slice(1)) {
      expect(Number(probability)).toBeGreaterThan(0.5);
      expect(Number(probability)).toBeLessThanOrEqual(1);
    }
  });

  test("gives what the model file gives to programs, and to wasmgrad/inference", async () => {
    const row = { age: 30, height: 186, colour: "red" };
    const { stdout } = await predict(model, JSON.stringify([row]), "--json");
    const said = JSON.parse(stdout);
    const [loaded, small] = [await loadModel(model), await loadForInference(readFileSync(model))];
    expect((await loaded.predict(row)) as object).toEqual({
      town: { value: said.town, probability: said.probability, probabilities: said.probabilities },
    });
    expect(((await small.predict(row)) as unknown as { town: { value: string } }).town.value).toBe(said.town);
    loaded.dispose();
  });

  test("gives quantities as the table has them, and every probability when asked", async () => {
    const { stdout } = await predict(heights, "age,colour,town\n30,red,Oslo\n30,red,Rome\n");
    const [head, [tall], [small]] = cells(stdout);
    expect(head).toEqual(["height"]);
    expect(Number(tall)).toBeGreaterThan(Number(small) + 5);
    const all = await predict(model, "age,height,colour\n30,186,red\n", "--probabilities");
    const [names, [, best, ...each]] = cells(all.stdout);
    expect(names).toEqual(["town", "probability", "probability of Oslo", "probability of Rome"]);
    expect(Number(each[0])).toBe(Number(best));
    expect(Number(each[0]) + Number(each[1])).toBeCloseTo(1, 5);
  });

  test("counts words that it does not know and gaps, on the standard error", async () => {
    const rows = "age,height,colour\n30,186,mauve\n31,,red\n,170,pink\n";
    const { exitCode, stdout, stderr } = await predict(model, rows);
    expect(exitCode).toBe(0);
    expect(cells(stdout)).toHaveLength(4);
    expect(stderr).toBe(
      "wasmgrad: words that training did not have count as others: colour 2\nwasmgrad: gaps were filled: age 1, height 1\n",
    );
    expect((await predict(model, rows, "--quiet")).stderr).toBe("");
  });

  test("refuses a table with a column less, and a file that is no model", async () => {
    const { exitCode, stderr } = await predict(model, "age,colour\n30,red\n");
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('"height"') });
    const none = await wasmgrad(["predict", table, table]);
    expect(none).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no model of wasmgrad") });
  });

  test("names the line of a broken row at the end, after the rows before it", async () => {
    const rows = Array.from({ length: 25_000 }, (_, i) => `${20 + (i % 50)},${160 + (i % 30)},red`);
    const { exitCode, stdout, stderr } = await predict(
      model,
      ["age,height,colour", ...rows, "30,tall,red", ""].join("\n"),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/2\d,\d{3} rows were predicted, then:\n.*line 25002.*"height"/);
    expect(cells(stdout).length).toBeGreaterThan(20_000);
    const cut = await predict(model, "age,height,colour\n30,180,red\n31,18");
    expect(cut).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("line 3") });
  });
});

describe("evaluate, inspect and describe", () => {
  test("evaluate says how often a model is right, in JSON too", async () => {
    const text = await wasmgrad(["evaluate", model, table]);
    expect(text.stdout).toMatch(/town, on 200 rows of \S+people\.csv\n +right +\d/);
    const { stdout } = await wasmgrad(["evaluate", heights, table, "--json"]);
    const [height] = JSON.parse(stdout).targets;
    expect(height).toMatchObject({ target: "height", rows: 190 });
    expect(height.r2).toBeGreaterThan(0.6);
    expect(height.meanAbsoluteError).toBeLessThan(height.trivialMeanAbsoluteError);
    const without = folder.write("without.csv", "age,height,colour\n30,186,red\n");
    expect(await wasmgrad(["evaluate", model, without])).toMatchObject({ exitCode: expect.any(Number), stdout: "" });
    expect((await wasmgrad(["evaluate", model, without])).exitCode).not.toBe(0);
  });

  test("inspect shows layers, columns and tensors of a model", async () => {
    const { stdout } = await wasmgrad(["inspect", model]);
    for (const part of ["layers", "columns", "tensors", "seed 1", "town", "Oslo, Rome"]) expect(stdout).toContain(part);
    expect(stdout).toMatch(/dense_1\/kernel +F32 +\[\d+, \d+\]/);
    const { tensors, pipeline } = JSON.parse((await wasmgrad(["inspect", model, "--json"])).stdout);
    expect(tensors.map(({ name }: { name: string }) => name)).toContain("dense_1/kernel");
    expect(pipeline.targets[0].column).toBe("town");
  });

  test("inspect shows files of other programs, with types that wasmgrad does not compute with", async () => {
    const header = JSON.stringify({
      __metadata__: { format: "pt" },
      flags: { dtype: "BOOL", shape: [2], data_offsets: [0, 2] },
      "deep.weight": { dtype: "F8_E4M3", shape: [2, 3], data_offsets: [2, 8] },
    });
    const bytes = Buffer.alloc(8 + header.length + 8);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    const { stdout } = await wasmgrad(["inspect", folder.write("other.safetensors", bytes)]);
    expect(stdout).toMatch(/flags +BOOL +\[2\] +2 B/);
    expect(stdout).toMatch(/deep\.weight +F8_E4M3 +\[2, 3\] +6 B/);
    expect(stdout).toMatch(/format: pt/);
    for (const wrong of ["", "short"]) {
      const { exitCode, stderr } = await wasmgrad(["inspect", folder.write("wrong.safetensors", wrong)]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining("no safetensors file") });
    }
  });

  test("inspect shows the tensors of files of other formats, whatever they are called", async () => {
    const fixture = (name: string) => readFileSync(new URL(`../fixtures/exchange/${name}`, import.meta.url));
    const torch = folder.write("weights.safetensors", fixture("mlp.pt"));
    const { stdout, exitCode } = await wasmgrad(["inspect", torch]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^weights\.safetensors: PyTorch, 4\.5 kB, 11 tensors/);
    expect(stdout).toMatch(/0\.weight +float32 +\[8, 5\] +40\n/);
    expect(stdout).toMatch(/3\.num_batches_tracked +int64 +\[\] +1\n/);
    const { format, tensors } = JSON.parse((await wasmgrad(["inspect", torch, "--json"])).stdout);
    expect(format).toBe("torch");
    expect(tensors[0]).toEqual({ name: "0.weight", dtype: "float32", shape: [8, 5] });
    const keras = await wasmgrad(["inspect", folder.write("keras.weights.h5", fixture("keras3_only.weights.h5"))]);
    expect(keras.stdout).toMatch(/layers\/conv2d\/vars\/0 +float32 +\[3, 3, 2, 4\] +72\n/);
    expect(keras.stdout).toMatch(/no model/);
    const hostile = await wasmgrad(["inspect", folder.write("model.pt", fixture("malicious.pt"))]);
    expect(hostile).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining('run "posix.system"') });
    const json = await wasmgrad(["inspect", folder.write("wrong.json", "{}".repeat(50))]);
    expect(json).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringMatching(/tfjs|JSON/i) });
  });

  test("describe shows a table in lines that fit, and as JSON", async () => {
    for (const columns of [60, 80, 120]) {
      const { stdout } = await wasmgrad(["describe", table, "--target", "town"], { columns });
      expect(stdout).toMatch(/town \(target\) +category/);
      for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThan(columns);
    }
    const { stdout } = await wasmgrad(["describe", table, "--json", "--rows", "2"]);
    const { rowCount, columns, firstRows } = JSON.parse(stdout);
    expect([rowCount, columns.length, firstRows.length]).toEqual([200, 4, 2]);
  });
});

describe("on a terminal", () => {
  const run = (columns: number, env = {}) =>
    wasmgrad(["train", table, "--target", "town", "--epochs", "4", "--out", folder.path("tty.st")], {
      columns,
      isTTY: true,
      env,
    });

  test("the course of the training is one line, which fits, and goes away", async () => {
    for (const columns of [60, 80, 120]) {
      const { stdout, stderr } = await run(columns);
      expect(stderr).not.toContain("\n");
      expect(stderr.endsWith("\r\x1b[K")).toBe(true);
      for (const frame of stderr.split("\r")) {
        expect([...frame.replaceAll("\x1b[K", "")].length, frame).toBeLessThan(columns);
      }
      for (const line of stdout.split("\n")) {
        // Words that cannot be broken, as paths, may be longer.
        if (!line.includes(folder.path("")))
          expect([...line.replaceAll("\x1b[1m", "").replaceAll("\x1b[22m", "")].length, line).toBeLessThan(columns);
      }
    }
  });

  test("titles are bold, but with NO_COLOR and elsewhere", async () => {
    expect((await run(80)).stdout).toContain("\x1b[1mtown");
    expect((await run(80, { NO_COLOR: "1" })).stdout).not.toContain("\x1b");
    expect((await run(80, { TERM: "dumb" })).stdout).not.toContain("\x1b");
    expect(said).not.toContain("\x1b");
  });
});

test("the demo says what it runs, and comes from a table to answers", async () => {
  expect(flowers(1)).toBe(flowers(1));
  expect(flowers(1)).not.toBe(flowers(2));
  const { exitCode, stdout, stderr } = await wasmgrad(["demo"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\$ wasmgrad train \S+flowers\.csv --target kind --seed 1 --out \S+flowers\.safetensors$/m);
  expect(stdout).toMatch(/^\$ wasmgrad predict \S+flowers\.safetensors \S+new\.csv\nkind,probability\nalpine,/m);
  expect(stderr).toContain("count as others: colour 1");
});
