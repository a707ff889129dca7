import type { LearningSeries } from "./reportData";
import type { ReportOptions } from "./reportOptions";

/** Learning curves as plain JSON; null where there are none. */
export function learningOf(history: ReportOptions["history"]): { epoch: number[]; series: LearningSeries[] } | null {
  if (!history || history.epoch.length === 0) return null;
  const series = Object.keys(history.history).filter((name) => Array.isArray(history.history[name]));
  return {
    epoch: [...history.epoch],
    series: series.map((name) => ({
      name,
      values: history.epoch.map((_, i) => {
        const value = history.history[name][i];
        return Number.isFinite(value) ? value : null;
      }),
    })),
  };
}
