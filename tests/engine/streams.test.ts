import { describe, expect, it } from "vitest";
import { streamIn } from "./streamVariant";

describe("streams where WebAssembly is forbidden", () => {
  it("run on the readable kernels after one warning, with the bits of the whole sequence there", async () => {
    const [here, there] = await Promise.all([
      streamIn(process.execPath, []),
      streamIn(process.execPath, [], "forbidden"),
    ]);
    expect(here).toMatchObject({ different: [], warnings: "" });
    expect(there.different).toEqual([]);
    expect(there.warnings.match(/engine "js" takes over/g)).toHaveLength(1);
    const jitless = await streamIn(process.execPath, ["--jitless"]);
    expect(jitless.sha256).toBe(there.sha256);
  });

  it('of the engine "wasm", asked for by name, are an error', async () => {
    const { error, warnings } = await streamIn(process.execPath, [], "forbidden", "required");
    expect(error).toMatchObject({ name: "WebAssemblyError", reason: "forbidden" });
    expect(warnings).toBe("");
  });
});
