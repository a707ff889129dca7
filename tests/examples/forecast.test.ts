import { expect, it } from "vitest";
import { drawChart } from "../../examples/forecast/chart";
import {
  forecastTest,
  loadWeather,
  makeForecaster,
  makeWindows,
  rootMeanSquare,
} from "../../examples/forecast/weather";

it("the example of a forecast tells tomorrow's temperature better than that it stays the same", async () => {
  const { table, dates } = loadWeather();
  const windows = makeWindows(table);
  expect([windows.train.size, windows.test.size]).toEqual([1066, 365]);
  const forecaster = makeForecaster(2);
  await forecaster.fit(windows.train.shuffle(), { epochs: 12 });
  const { truth, forecast, naive } = await forecastTest(forecaster, windows, table);
  // The same days: the naive forecast is the truth one day later. 2015-01-01 and 2015-12-31 as the table has them.
  expect(naive.slice(1)).toEqual(truth.slice(0, -1));
  expect([truth[0], truth.at(-1), dates[1096]]).toEqual([5.6, 5.6, "2015-01-01"]);
  const naiveError = rootMeanSquare(naive, truth);
  expect(naiveError).toBeCloseTo(2.907, 3);
  // PyTorch after ten epochs: 0.924 to 0.948 of it over five seeds, after thirty 0.906 to 0.958.
  expect(rootMeanSquare(forecast, truth) / naiveError).toBeLessThan(0.97);
});

it("a chart has every day of a line where its value is", () => {
  const svg = drawChart(
    "a < b",
    ["2015-03-31", "2015-04-01", "2015-04-02"],
    [{ name: "truth", values: [10, 15, 20], color: "#000", hasDots: true }],
  );
  expect(svg).toContain("a &lt; b");
  expect(svg).toContain(">31 Mar<");
  // From 56 to 928 pixels across, from 376 for the lowest to 84 for the highest of the grid.
  expect(svg).toContain('d="M56.0 376.0L492.0 230.0L928.0 84.0"');
  expect(svg.match(/<circle/g)).toHaveLength(3);
});
