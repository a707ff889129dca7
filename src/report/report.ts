import { reportPage } from "./html/page";
import type { ReportData, TargetReport } from "./reportData";
import { reportText } from "./text";

/** What was found out about a model. */
export class Report {
  /** @internal */
  constructor(
    /** All of it as plain JSON. */
    readonly data: ReportData,
  ) {}

  /** What is said of each target, in their order. */
  get targets(): readonly TargetReport[] {
    return this.data.targets;
  }

  /**
   * As text.
   *
   * @param width of the lines, at least 40; default 80
   * @throws ArgumentError
   */
  toString(width = 80): string {
    return reportText(this.data, width);
  }

  /** As one page without outside references, which can be read without scripts. */
  html(): string {
    return reportPage(this.data);
  }

  /** The data, for JSON.stringify. */
  toJSON(): ReportData {
    return this.data;
  }
}
