import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Names the tests that did not run, and why: nobody should believe that a browser was tried when none was there. */
export default class SkippedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped: TestCase[] = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    if (skipped.length > 0) console.log("Skipped tests:");
    for (const test of skipped) {
      const { note } = test.result() as { note?: string };
      console.log(`  ${test.module.relativeModuleId} > ${test.fullName}${note ? `: ${note}` : ""}`);
    }
  }
}
