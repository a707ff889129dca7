/**
 * Tells the highest temperature of tomorrow in Seattle by an LSTM over the last 30 days, and compares it with the naive forecast, that of
 * today: `npx tsx examples/forecast/index.ts [epochs] [folder]`. Leaves a chart in the folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawChart } from "./chart";
import { forecastTest, loadWeather, makeForecaster, makeWindows, rootMeanSquare, TEST_FROM } from "./weather";

const [epochs = "30", folder = "build"] = process.argv.slice(2);
const { table, dates } = loadWeather();
const windows = makeWindows(table);
const forecaster = makeForecaster(1);
console.log(`Learns from ${windows.train.size} windows until 2014, ${windows.test.size} days of 2015 to test with.`);

const start = performance.now();
await forecaster.fit(windows.train.shuffle(), {
  epochs: Number(epochs),
  callbacks: [
    {
      onEpochEnd(epoch, { loss }) {
        if ((epoch + 1) % 10 === 0) console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(3)}`);
      },
    },
  ],
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);

const { truth, forecast, naive } = await forecastTest(forecaster, windows, table);
const [error, naiveError] = [forecast, naive].map((guesses) => rootMeanSquare(guesses, truth));
console.log("Root of the mean squared error, of the highest temperature of tomorrow:");
console.log(`  naive forecast, that of today  ${naiveError.toFixed(2)} °C`);
console.log(`  LSTM                           ${error.toFixed(2)} °C, ${(error / naiveError).toFixed(3)} of it`);

// Eight weeks of spring.
const [from, days] = [90, 57];
const weeks = <T>(list: readonly T[]) => list.slice(from, from + days);
const chart = drawChart("Highest temperature of the day, Seattle, spring of 2015", weeks(dates.slice(TEST_FROM)), [
  { name: "naive: that of the day before", values: weeks(naive), color: "#999", isDashed: true },
  { name: "truth", values: weeks(truth), color: "#222", hasDots: true },
  { name: "LSTM, told a day before", values: weeks(forecast), color: "#d1495b", width: 2.5 },
]);
mkdirSync(folder, { recursive: true });
const path = join(folder, "forecast.svg");
writeFileSync(path, chart);
console.log(path);
