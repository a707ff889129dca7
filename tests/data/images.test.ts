// C27: images by file, folder and memory. The files are Pillow's or written by the standard; sizes are changed by formula
// (tests/references/images.py).
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decode as decodePng } from "fast-png";
import jpegJs from "jpeg-js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { image, imageFolder } from "../../src/data";
import { ArgumentError, DataError, FormatError, LimitError, ShapeError } from "../../src/errors";
import type { JpegDecoder } from "../../src/images/jpeg";
import { resize, type ImageInterpolation } from "../../src/images/resize";
import { bytesOf, messageOf } from "./arrays";

interface Picture {
  readonly file: string;
  readonly height: number;
  readonly width: number;
  readonly rgba: string;
}

const references = JSON.parse(readFileSync("tests/references/images.json", "utf8")) as {
  png: Record<string, Picture>;
  refused: Record<string, string>;
  jpeg: Record<string, Picture>;
  sizes: {
    kind: ImageInterpolation;
    from: [number, number];
    to: [number, number];
    source: string;
    exact: number[];
    pillow: string;
  }[];
  luma: { rgb: string; grey: string };
};

/** `ImageData` of red, green and blue. */
function pixelsOf(rgb: ArrayLike<number>, width: number, height: number, alpha = 255) {
  const data = new Uint8ClampedArray(4 * width * height).fill(alpha);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[4 * i + c] = rgb[3 * i + c];
  return { data, width, height };
}

describe("PNG", () => {
  it.each(Object.keys(references.png))("is read to the bit: %s", async (name) => {
    const { file, height, width, rgba } = references.png[name];
    const { shape, dtype, data } = await image(bytesOf(file), { channels: 4 });
    expect([shape, dtype]).toEqual([[height, width, 4], "uint8"]);
    expect([...data]).toEqual([...bytesOf(rgba)]);
  });

  it.each([
    ["interlaced, few bits", "interlaced with 1 bits a pixel"],
    ["animated", "is animated"],
    ["too few samples", "inflates to 136 bytes instead of 170"],
    ["half a row less", "inflates to 147 bytes instead of 170"],
    ["too many samples", "inflates to more than its 170 bytes"],
    ["a colour beyond the palette", "a colour that its palette does not have"],
    ["an unknown part that counts", 'has a part "QRST"'],
    ["no pixels", "says what the format does not have"],
    ["16 bits of palette", "says what the format does not have"],
  ])("is refused by name: %s", async (name, message) => {
    expect(await messageOf(image(bytesOf(references.refused[name])), FormatError)).toContain(message);
  });

  it("of too many pixels is refused before it is decoded", async () => {
    const message = await messageOf(image(bytesOf(references.refused["a billion pixels"])), LimitError);
    expect(message).toBe("image: has 40000 × 40000 pixels. Raise maximumPixels (now 100000000).");
  });

  it("is refused at every length, and with any bit changed", async () => {
    const file = bytesOf(references.png["palette of 4 bits"].file);
    for (let length = 0; length < file.length; length++) await messageOf(image(file.subarray(0, length)), FormatError);
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] ^= 1 << ((at * 3) % 8);
      const error = await image(damaged, { channels: 4 }).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error, `byte ${at}`).toBeInstanceOf(FormatError);
    }
  });
});

describe("JPEG", () => {
  it.each(Object.keys(references.jpeg))(
    "is read within three steps of libjpeg, on average within one: %s",
    async (name) => {
      const { file, height, width, rgba } = references.jpeg[name];
      const { shape, data } = await image(bytesOf(file), { channels: 4 });
      expect(shape).toEqual([height, width, 4]);
      const expected = bytesOf(rgba);
      const differences = Array.from(data, (value, i) => Math.abs(value - expected[i]));
      expect(Math.max(...differences)).toBeLessThanOrEqual(3);
      expect(differences.reduce((sum, each) => sum + each, 0) / differences.length).toBeLessThan(1);
    },
  );

  /** The baseline file with a byte of its frame changed. */
  const changed = (offset: number, ...bytes: number[]) => {
    const file = bytesOf(references.jpeg.baseline.file);
    const frame = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0);
    file.set(bytes, frame + offset);
    return file;
  };

  it.each([
    ["12 bits", changed(4, 12), "has 12 bits a sample"],
    ["lossless", changed(1, 0xc3), "is lossless"],
    ["arithmetic", changed(1, 0xc9), "is arithmetically coded"],
    ["two colours", changed(9, 2), "is damaged"],
    ["no height", changed(5, 0, 0), "has 0 × 26 pixels"],
  ])("is refused by name: %s", async (_, file, message) => {
    expect(await messageOf(image(file), FormatError)).toContain(message);
  });

  it("of four colours that does not say which is refused", async () => {
    const file = bytesOf(references.jpeg.cmyk.file);
    const adobe = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xee);
    file[adobe + 4] = 0x61;
    expect(await messageOf(image(file), FormatError)).toContain("has four colours and does not say which");
  });

  it("is refused at every length; with any byte changed it ends in pixels or a typed error", async () => {
    for (const name of ["baseline", "progressive"]) {
      const file = bytesOf(references.jpeg[name].file);
      for (let length = 0; length < file.length; length++)
        await messageOf(image(file.subarray(0, length)), FormatError);
      for (let at = 0; at < file.length; at += 3) {
        const damaged = file.slice();
        damaged[at] ^= 1 << (at % 8);
        const error = await image(damaged, { maximumPixels: 10_000 }).then(
          () => undefined,
          (reason) => reason,
        );
        if (error) expect([FormatError, LimitError], `byte ${at}: ${error}`).toContain(error.constructor);
      }
    }
  });
});

describe("other files", () => {
  it.each([
    ["GIF89a", "it is a GIF"],
    ["RIFF1234WEBPVP8 ", "it is a WebP"],
    ["\0\0\0\x1cftypavif", "it is an AVIF"],
    ["\0\0\0\x1cftypheic", "it is a HEIC"],
    ["<!doctype html>", "it is an HTML page"],
    ["version https://git-lfs.github.com/spec/v1", "git lfs pull"],
    ["", "it is empty"],
    ["what", "it begins as neither"],
  ])("are refused by name: %j", async (text, message) => {
    expect(await messageOf(image(Buffer.from(text, "latin1")), FormatError)).toContain(message);
  });
});

describe("sizes", () => {
  it.each(references.sizes.map((each) => [each.kind, each.from, each.to, each] as const))(
    "%s from %j to %j are those of the formula, rounded once, and within a step Pillow's",
    (kind, [height, width], to, { source, exact, pillow }) => {
      const result = resize(bytesOf(source), width, 3, { top: 0, left: 0, height, width }, to, kind);
      expect(result.length).toBe(exact.length);
      const byPillow = bytesOf(pillow);
      // Pillow's BOX takes pixels whole or not at all, which is the same where sizes divide each other.
      const isAlike = kind !== "area" || (height % to[0] === 0 && width % to[1] === 0);
      for (const [i, value] of result.entries()) {
        expect(Math.abs(value - exact[i])).toBeLessThanOrEqual(0.5 + 1e-6);
        if (isAlike) expect(Math.abs(value - byPillow[i])).toBeLessThanOrEqual(1);
      }
    },
  );

  it("keep corners apart by half pixels, as tfjs does not (tfjs #1729, #4364)", async () => {
    const source = Array.from({ length: 9 }, (_, i) => [20 * (i + 1), 0, 0]).flat();
    const { data } = await image(pixelsOf(source, 3, 3), { size: [6, 6] });
    const red = Array.from({ length: 6 }, (_, x) => data[3 * x]);
    expect(red).toEqual([20, 25, 35, 45, 55, 60]);
  });

  it("do not let colours shine through that cannot be seen", async () => {
    const source = { data: Uint8Array.of(200, 100, 0, 255, 0, 255, 255, 0), width: 2, height: 1 };
    const { data } = await image(source, { size: [1, 1], channels: 4 });
    expect([...data]).toEqual([200, 100, 0, 128]);
  });

  it("crop and pad in the middle", async () => {
    // Four columns of 0, 60, 120 and 180, one row.
    const source = pixelsOf(
      [0, 60, 120, 180].flatMap((value) => [value, value, value]),
      4,
      1,
    );
    const columns = async (options: object) => [...(await image(source, { channels: 1, ...options })).data];
    expect(await columns({ size: [1, 2] })).toEqual([43, 137]);
    expect(await columns({ size: [1, 2], interpolation: "area" })).toEqual([30, 150]);
    expect(await columns({ size: [1, 2], cropToAspectRatio: true })).toEqual([60, 120]);
    expect(await columns({ size: [3, 4], padToAspectRatio: true })).toEqual([0, 0, 0, 0, 0, 60, 120, 180, 0, 0, 0, 0]);
    expect(await columns({ size: [1, 6], padToAspectRatio: true })).toEqual([0, 0, 60, 120, 180, 0]);
  });
});

describe("channels", () => {
  it("grey is that of Pillow within a rounding", async () => {
    const grey = bytesOf(references.luma.grey);
    const { data } = await image(pixelsOf(bytesOf(references.luma.rgb), 5, 4), { channels: 1 });
    for (const [i, value] of data.entries()) expect(Math.abs(value - grey[i])).toBeLessThanOrEqual(1);
  });

  it("what can be seen through needs alpha or something behind it", async () => {
    const source = pixelsOf([100, 0, 200], 1, 1, 51);
    expect(await messageOf(image(source), DataError)).toContain("can be seen through. Ask for channels: 4");
    expect([...(await image(source, { background: 255 })).data]).toEqual([224, 204, 244]);
    expect([...(await image(source, { background: [0, 255, 0] })).data]).toEqual([20, 204, 40]);
    expect([...(await image(source, { channels: 4 })).data]).toEqual([100, 0, 200, 51]);
  });

  it.each([
    [{ size: 64 }, "size must be [height, width]"],
    [{ size: [0, 3] }, "the height in size must be an integer"],
    [{ channels: 2 }, "channels must be 1 (grey), 3"],
    [{ interpolation: "bicubic" }, 'interpolation cannot be "bicubic"'],
    [{ background: 256 }, "background must be"],
    [{ cropToAspectRatio: true }, "cropToAspectRatio needs a size"],
    [{ size: [1, 1], cropToAspectRatio: true, padToAspectRatio: true }, "not both"],
    [{ decoders: { gif: () => 0 } }, 'cannot be "gif"'],
    [{ decoders: { png: 1 } }, "decoders.png must be a function"],
    [{ sizes: [1, 1] }, 'Did you mean "size"?'],
  ])("options that do not fit are refused: %j", async (options, message) => {
    expect(await messageOf(image(pixelsOf([0, 0, 0], 1, 1), options as never), ArgumentError)).toContain(message);
  });

  it("pixels that do not fill their size are refused", async () => {
    await messageOf(image({ data: new Uint8Array(3), width: 1, height: 1 }), ShapeError);
    await messageOf(image({ data: new Uint8Array(0), width: 0, height: 0 }), ShapeError);
    await messageOf(image(7 as never), ArgumentError);
  });
});

describe("imageFolder", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-images-"));
  const png = (name: string) => bytesOf(references.png[name].file);
  const put = (path: string, content: Uint8Array | string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  };

  beforeAll(() => {
    put("good/dog/b.png", png("rgb"));
    put("good/dog/a.PNG", png("grey"));
    put("good/cat/x.jpg", bytesOf(references.jpeg.baseline.file));
    put("good/cat/deep/y.jpeg", bytesOf(references.jpeg["orientation 6"].file));
    put("good/10/one.png", png("palette of 8 bits"));
    put("good/2/two.png", png("rgba of 16 bits"));
    put("good/cat/.DS_Store", "x");
    put("good/cat/notes.txt", "x");
    put("good/.git/z.png", "x");
    put("good/loose.png", png("rgb"));
    mkdirSync(join(folder, "good/empty"));
    symlinkSync(join(folder, "good"), join(folder, "good/cat/circle.png"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const options = { size: [4, 6], background: 0 } as const;

  it("reads classes in order, whatever order the system lists them in (keras #3052, vision #714)", async () => {
    const dataset = await imageFolder(join(folder, "good"), options);
    expect(dataset.classNames).toEqual(["10", "2", "cat", "dog", "empty"]);
    expect(dataset.files).toEqual([
      "10/one.png",
      "2/two.png",
      "cat/deep/y.jpeg",
      "cat/x.jpg",
      "dog/a.PNG",
      "dog/b.png",
    ]);
    expect(dataset.size).toBe(6);
    const { x, y } = (await dataset.toTensors()) as never as Record<
      "x" | "y",
      { shape: number[]; dtype: string; data: Uint8Array }
    >;
    expect([x.shape, x.dtype]).toEqual([[6, 4, 6, 3], "uint8"]);
    expect([y.shape, y.dtype, [...y.data]]).toEqual([[6], "int32", [0, 1, 2, 2, 3, 3]]);
    for (const [i, path] of dataset.files.entries()) {
      const alone = await image(join(folder, "good", path), options);
      expect([...x.data.subarray(i * 72, (i + 1) * 72)]).toEqual([...alone.data]);
    }
    expect(await imageFolder(pathToFileURL(join(folder, "good")), options)).toMatchObject({ files: dataset.files });
  });

  it("says what it left out, and why (keras image_dataset_from_directory)", async () => {
    const { skipped } = await imageFolder(join(folder, "good"), options);
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      ".git": "hidden",
      "cat/.DS_Store": "hidden",
      "cat/circle.png": "a link to a folder",
      "cat/notes.txt": "not named as a PNG or JPEG file",
      "loose.png": "in no class",
      empty: "a class without images",
    });
  });

  it("takes the classes of another set in their order", async () => {
    put("test/dog/1.png", png("rgb"));
    const { classNames } = await imageFolder(join(folder, "good"), options);
    const test = await imageFolder(join(folder, "test"), { ...options, classNames });
    expect([...((await test.toTensors()).y as { data: Int32Array }).data]).toEqual([3]);
    const message = await messageOf(imageFolder(join(folder, "test"), { ...options, classNames: ["dogs"] }), DataError);
    expect(message).toBe('imageFolder: dog/1.png is of class "dog", which classNames has not. Did you mean "dogs"?');
  });

  it("reads without labels, loose files too", async () => {
    const dataset = await imageFolder(join(folder, "good"), { ...options, labels: null });
    expect([dataset.size, dataset.classNames]).toEqual([7, []]);
    expect((await dataset.toTensors()).y).toBeUndefined();
  });

  it("names the file that is broken, of another size, or can be seen through", async () => {
    put("broken/a/1.png", png("rgb"));
    put("broken/a/2.png", png("rgb").subarray(0, 60));
    expect(await messageOf(imageFolder(join(folder, "broken")), FormatError)).toContain(
      "imageFolder: a/2.png: the PNG is cut off",
    );
    put("sizes/a/1.png", png("rgb"));
    put("sizes/a/2.jpg", bytesOf(references.jpeg.baseline.file));
    expect(await messageOf(imageFolder(join(folder, "sizes")), ShapeError)).toContain(
      "a/2.jpg has 19 × 26 pixels, a/1.png has 5 × 11. Give a size",
    );
    put("clear/a/1.png", png("rgba"));
    expect(await messageOf(imageFolder(join(folder, "clear")), DataError)).toContain("a/1.png: can be seen through");
  });

  it("refuses a folder without images, none at all, and more than the limit", async () => {
    mkdirSync(join(folder, "nothing/a"), { recursive: true });
    await messageOf(imageFolder(join(folder, "nothing")), DataError);
    expect(await messageOf(imageFolder(join(folder, "missing")), DataError)).toContain("is not a folder");
    const message = await messageOf(imageFolder(join(folder, "good"), { ...options, maximumBytes: 431 }), LimitError);
    expect(message).toContain("6 images of [4, 6, 3] take 432 bytes");
    await messageOf(imageFolder(join(folder, "good"), { labels: ["a"] }), ArgumentError);
    await messageOf(imageFolder(7 as never), ArgumentError);
  });

  it("reads lists of files: by their way, or with a label each", async () => {
    const file = (name: string, way: string) =>
      Object.defineProperty(new File([png("rgb")], name), "webkitRelativePath", { value: way });
    const chosen = [
      file("2.png", "photos/b/2.png"),
      file("1.png", "photos/a/1.png"),
      file(".x.png", "photos/a/.x.png"),
    ];
    const dataset = await imageFolder(chosen);
    expect([dataset.classNames, dataset.files]).toEqual([
      ["a", "b"],
      ["a/1.png", "b/2.png"],
    ]);
    expect(dataset.skipped).toEqual([{ path: "a/.x.png", reason: "hidden" }]);
    const plain = [new File([png("rgb")], "2.png"), new File(["x"], "x.txt"), new File([png("grey")], "1.png")];
    const labelled = await imageFolder(plain, { labels: ["b", "?", "a"] });
    expect(labelled.files).toEqual(["2.png", "1.png"]);
    expect(
      [...((await labelled.toTensors()).y as { data: Int32Array }).data].map((i) => labelled.classNames[i]),
    ).toEqual(["b", "a"]);
    await messageOf(imageFolder(plain, { labels: ["b"] }), ArgumentError);
    await messageOf(imageFolder([1] as never), ArgumentError);
  });

  it("decodes by what is given instead of the packages", async () => {
    const png = vi.fn(decodePng);
    const jpeg = vi.fn(jpegJs.decode) as never as JpegDecoder;
    const decoders = { png, jpeg };
    const given = await imageFolder(join(folder, "good"), { ...options, decoders });
    const usual = await imageFolder(join(folder, "good"), options);
    expect(await given.toTensors()).toEqual(await usual.toTensors());
    expect([png, jpeg].map((decode) => vi.mocked(decode).mock.calls.length)).toEqual([4, 2]);
    const wrong = { png: () => ({ width: 1, height: 1, data: [], depth: 8, channels: 3 }) };
    await messageOf(image(join(folder, "good/dog/b.png"), { decoders: wrong }), FormatError);
  });
});
