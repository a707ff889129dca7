// C27: images in real browsers, from files, canvases, bitmaps, elements and video frames, to the pixels that Node reads.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { image, imageFolder } from "../../src/data";
import { chromium, firefox, programOf, runPage } from "./browser";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-images-"));
const bundle = join(folder, "index.js");
const files = new Map([
  ["/", "tests/browser/page.html"],
  ["/training.js", "tests/browser/images.js"],
  ["/images.json", "tests/references/images.json"],
  ["/dist/index.js", bundle],
]);
const references = JSON.parse(readFileSync("tests/references/images.json", "utf8"));
const bytesOf = (kind: string, name: string) => new Uint8Array(Buffer.from(references[kind][name].file, "base64"));

interface Read {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

beforeAll(async () => {
  await build({
    entryPoints: ["src/index.ts"],
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    define: { PAPA_BROWSER_CONTEXT: "true" },
    logLevel: "error",
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.for([chromium, firefox])("$name reads images from all that a page has", async (browser, { skip }) => {
  const program = programOf(browser, skip);
  const report = await runPage(browser, program, { files, test: "readImages", deadlineMilliseconds: 280_000 });
  const { results } = report as { results: Record<string, never> };

  const png = await image(bytesOf("png", "rgb"));
  expect(results.png).toEqual({ shape: [5, 11, 3], values: [...png.data] });
  expect(results.palette).toEqual([5, 11, 3]);

  // JPEG decoders differ by some steps; which way is up they do not.
  const turned = results.turned as Read;
  const inNode = await image(bytesOf("jpeg", "orientation 6"));
  expect(turned.shape).toEqual([26, 19, 3]);
  expect(Math.max(...turned.values.map((value, i) => Math.abs(value - inNode.data[i])))).toBeLessThanOrEqual(4);

  const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 102, 51, 153];
  const drawn = Object.entries<Read>(results.drawn);
  expect(drawn.length).toBeGreaterThanOrEqual(5);
  for (const [source, read] of drawn) expect(read, source).toEqual({ shape: [2, 2, 3], values: colours });
  // A video goes through YUV.
  const { shape, corners } = results.video as { shape: number[]; corners: number[][] };
  expect(shape).toEqual([16, 16, 3]);
  for (const [i, corner] of [
    [255, 0, 0],
    [102, 51, 153],
  ].entries()) {
    for (const [channel, value] of corner.entries())
      expect(Math.abs(corners[i][channel] - value)).toBeLessThanOrEqual(12);
  }

  const given = [new File([bytesOf("png", "rgb")], "b.png"), new File([bytesOf("png", "grey of 2 bits")], "a.png")];
  const expected = await (await imageFolder(given, { labels: ["cat", "dog"], size: [3, 4] })).toTensors();
  const { x, y } = expected as unknown as Record<"x" | "y", { data: Uint8Array }>;
  expect(results.folder).toEqual({
    classNames: ["cat", "dog"],
    files: ["b.png", "a.png"],
    skipped: [{ path: "notes.txt", reason: "not named as a PNG or JPEG file" }],
    x: [...x.data],
    y: [...y.data],
  });
  expect(results.failures).toEqual([
    'DataError: image: the video has no frame yet. Await its event "loadeddata".',
    "FormatError: imageFolder: broken.png: the PNG is cut off after 80 bytes.",
    "ArgumentError: imageFolder: a path needs Node. Give a list of files, such as that of an <input>.",
    "DataError: image: has 0 × 0 pixels: it is empty or closed.",
    "FormatError: image: not a PNG or JPEG file: it is an HTML page.",
  ]);
  expect(results.npz).toEqual([1, 2, 3]);
});
