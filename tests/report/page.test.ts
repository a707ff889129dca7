// The page of a report: what stands in it, names that somebody hostile has chosen, and the policy that it carries.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type ClassReport, type Report, report } from "../../src/index";
import { script, scriptHash } from "../../src/report/html/script";
import { style, styleHash } from "../../src/report/html/style";
import { cell, clean, count, number, percent, shortened, tickLabel, withUnit } from "../../src/report/wording";
import { flowers, nonFinite, oddWords, trained } from "./models";

const hashOf = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

test("the policy of pages allows their own style and script and nothing else", () => {
  expect(styleHash).toBe(hashOf(style));
  expect(scriptHash).toBe(hashOf(script));
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [1, "1.00"],
    [0.12345, "0.123"],
    [0.00012345, "0.000123"],
    [0.0000123, "1.23\u202f×\u202f10⁻⁵"],
    [-45.678, "−45.7"],
    [9.999, "10.0"],
    [999.6, "1000"],
    [12345.6, "12\u202f300"],
    [-2000, "−2000"],
    [-20_000, "−20\u202f000"],
    [1.5e12, "1.50\u202f×\u202f10¹²"],
    [Number.NaN, "–"],
    [null, "–"],
  ])("%d with three significant digits is %s", (value, want) => {
    expect(number(value)).toBe(want);
  });

  test("counts have all their digits, shares are in percent, ticks as many as they need", () => {
    expect([count(1234), count(100_000)]).toEqual(["1234", "100\u202f000"]);
    expect([percent(0.97436), percent(1), percent(0), percent(null)]).toEqual([
      "97.4\u202f%",
      "100\u202f%",
      "0\u202f%",
      "–",
    ]);
    expect([0.25, -20_000, 2e6, 0].map(tickLabel)).toEqual(["0.25", "−20\u202f000", "2\u202fM", "0"]);
    const powers = ["2\u202f×\u202f10⁻⁷", "−2.5\u202f×\u202f10¹⁰", "3\u202f×\u202f10⁻⁹"];
    expect([2e-7, -2.5e10, 0.3e-8].map(tickLabel)).toEqual(powers);
    expect(withUnit(5, "km/h")).toBe("5.00\u202fkm/h");
    expect(cell("2020-01-02T00:00:00.000Z")).toBe("2020-01-02");
  });
});

describe("names", () => {
  test.each([
    ["a\nb\tc", "a b c"],
    ["\u202etxet", "txet"],
    ["\u2067שלום\u2069", "שלום"],
    ["", "(empty)"],
    ["  ", "(blank)"],
    ["\ud800x", "\ufffdx"],
    ["x".repeat(10_000), `${"x".repeat(59)}…`],
    ["😀".repeat(100), `${"😀".repeat(59)}…`],
  ])("%j is shown as one short line", (name, want) => {
    expect(clean(name)).toBe(want);
  });
});

test("of long names that begin alike the ends tell which is which", () => {
  expect(shortened("species of number 12", 12)).toBe("specie…er 12");
  expect(shortened("short", 12)).toBe("short");
});

const HOSTILE = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "__proto__",
  "constructor",
  "\u202eevil",
  "&amp;</svg>",
  "w".repeat(10_000),
  "'quoted' `and`",
];

/** Tags without what stands in quotes. */
const tagsOf = (page: string) => page.match(/<[a-z](?:"[^"]*"|[^">])*>/gi)!.map((tag) => tag.replace(/"[^"]*"/g, '""'));

describe("hostile names", () => {
  let found: Report;
  let page: string;
  beforeAll(async () => {
    const rows = flowers(160, HOSTILE).map(({ kind, a, noise }, i) => {
      const row: Record<string, unknown> = { "<b>target</b>": kind, "</script><script>x": a, "\u202erow": noise };
      Object.defineProperty(row, "__proto__", { value: i % 3, enumerable: true });
      row['"onload="alert(1)'] = HOSTILE[(i * 3) % HOSTILE.length];
      return row;
    });
    const columns = { "<b>target</b>": "category", '"onload="alert(1)': "category" };
    const { model, table } = await trained(rows, "<b>target</b>", { epochs: 3, columns });
    found = await report(model, table, { train: table, title: "<script>title</script>" });
    page = found.html();
  });

  test("are text: the page has one script and one style, which are its own", () => {
    expect(page.match(/<script\b/gi)).toHaveLength(1);
    expect(page.match(/<\/script/gi)).toHaveLength(1);
    expect(page.match(/<style\b/gi)).toHaveLength(1);
    expect(tagsOf(page).filter((tag) => /^<(img|iframe|object|link|base|form)\b|\son\w+=/i.test(tag))).toEqual([]);
    expect(page.includes("&lt;script&gt;alert(1)&lt;/script&gt;")).toBe(true);
    expect(page.includes("\u202e")).toBe(false);
    expect(page.includes("w".repeat(61))).toBe(false);
    expect(String(found).includes("\u202e")).toBe(false);
  });

  test("refer to nothing outside", () => {
    expect(tagsOf(page).filter((tag) => /\s(src|srcset|action|data|style|xlink:href)=/i.test(tag))).toEqual([]);
    const links = [...page.matchAll(/\shref="([^"]*)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !link.startsWith("#"))).toEqual([]);
    expect(page.match(/https?:|url\(|@import/g)).toBeNull();
  });

  test("are columns and classes like others", () => {
    const target = found.targets[0] as ClassReport;
    expect(target.classes.map(({ name }) => name).sort()).toEqual([...HOSTILE].sort());
    expect(target.importance.columns.map(({ column }) => column)).toContain("__proto__");
    expect(Object.keys(target.mistakes[0].values)).toContain("__proto__");
    expect(JSON.parse(JSON.stringify(found)).targets[0].mistakes[0].values).toHaveProperty("__proto__");
    expect(nonFinite(found.data)).toEqual([]);
    expect(oddWords(page)).toEqual([]);
  });
});

describe("learning curves", () => {
  test("are thinned and say so; what is not finite is a gap", async () => {
    const { model, table } = await trained(flowers(20, ["a", "b"]), "kind", { epochs: 1 });
    const epoch = Array.from({ length: 1000 }, (_, i) => i);
    const history = {
      epoch,
      history: { loss: epoch.map((i) => (i === 3 ? Number.NaN : 1 / (1 + i))), valLoss: epoch.map((i) => 2 / (1 + i)) },
    };
    const found = await report(model, table, { history });
    expect(found.data.learning!.series[0].values[3]).toBeNull();
    expect(found.html().includes("300 of 1000 epochs are drawn")).toBe(true);
    expect(oddWords(found.html())).toEqual([]);
    const one = await report(model, table, { history: { epoch: [0], history: { loss: [0.5] } } });
    expect(oddWords(one.html())).toEqual([]);
    const none = await report(model, table, { history: { epoch: [], history: {} } });
    expect(none.data.learning).toBeNull();
  });
});
