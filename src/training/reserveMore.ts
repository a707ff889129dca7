import type { LoweringKey } from "../compiler/lowerings";
import type { Capacity } from "../runtime/memoryMap";
import type { Runtime } from "../runtime/runtime";

/**
 * Makes room in the middle of a pass, when longer sequences come than all before: data, their order and the sums of the pass move along
 * where memory is laid out anew.
 */
export async function reserveMore(
  runtime: Runtime,
  need: Partial<Capacity>,
  programs: readonly LoweringKey[],
): Promise<void> {
  const { map, capacity } = runtime;
  const { bytes } = runtime.engine.memory;
  const copy = (address: number, length: number) => bytes.slice(address, address + length);
  const sums = copy(map.bases.totals, map.programs - map.bases.totals);
  const order = copy(map.order, 4 * capacity.order);
  const data = copy(map.bases.data, capacity.dataBytes);
  await runtime.reserve(need, programs);
  if (runtime.map === map) return;
  const put = (content: Uint8Array, address: number) => {
    runtime.engine.memory.bytes.set(content, address);
    runtime.engine.wrote?.(address, content.length);
  };
  put(sums, runtime.map.bases.totals);
  put(order, runtime.map.order);
  put(data, runtime.map.bases.data);
}
