import { describe, expect, it } from "vitest";
import { MemoryLayout } from "../../src/program/memoryLayout";

describe("a memory layout", () => {
  it("places regions one after the other on multiples of 64 bytes, behind the module's static data", () => {
    const layout = new MemoryLayout();
    expect(layout.totalBytes).toBe(4096);
    expect([layout.place(1), layout.place(64), layout.place(0), layout.place(65), layout.place(8)]).toEqual([
      4096, 4160, 4224, 4224, 4352,
    ]);
    expect(layout.totalBytes).toBe(4416);
  });

  it("begins where it is told, on the next multiple", () => {
    expect(new MemoryLayout(0).place(5)).toBe(0);
    expect(new MemoryLayout(65).place(5)).toBe(128);
  });

  it("says whether WebAssembly can have so much: 4 GB less a page", () => {
    const layout = new MemoryLayout();
    layout.place(2 ** 32 - 65536 - 4096);
    expect(layout.fits).toBe(true);
    layout.place(1);
    expect(layout.fits).toBe(false);
  });
});
