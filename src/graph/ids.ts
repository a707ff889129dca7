import type { NodeList } from "./emitNodes";
import type { Node } from "./node";

/** Who takes ids, and how many there are: 0 … count − 1. */
export interface IdLimit {
  readonly who: string;
  readonly count: number;
}

/** What the layers that take a node as ids allow: the fewest, where several do. */
export function idLimitOf({ nodes }: Pick<NodeList, "nodes">, input: Node): IdLimit | undefined {
  const limits = nodes.flatMap(({ call, inputs }) =>
    inputs.flatMap((node, i) => (call && node === input ? (call.layer.idLimit(i, call.options) ?? []) : [])),
  );
  return limits.length ? limits.reduce((least, limit) => (limit.count < least.count ? limit : least)) : undefined;
}
