/** A writer of Protocol Buffers for tests: what it writes is as simple as the format allows. */
export function varint(value: number): number[] {
  if (value < 0) {
    // Ten bytes of two's complement.
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return [...bytes, Number(rest)];
  }
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** A field of length-delimited bytes. */
export function part(field: number, bytes: Iterable<number>): number[] {
  const list = [...bytes];
  return [...varint(field * 8 + 2), ...varint(list.length), ...list];
}

export const text = (field: number, value: string): number[] => part(field, new TextEncoder().encode(value));

export const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

export const float = (field: number, value: number): number[] => [
  ...varint(field * 8 + 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
];

/** A tensor of float32 or int64 in raw data. */
export function tensor(name: string, dims: readonly number[], data: readonly number[], type: 1 | 7 = 1): number[] {
  const raw = type === 1 ? Float32Array.from(data).buffer : BigInt64Array.from(data, BigInt).buffer;
  return [
    ...dims.flatMap((size) => number(1, size)),
    ...number(2, type),
    ...text(8, name),
    ...part(9, new Uint8Array(raw)),
  ];
}

/** A tensor that goes in or out. */
export function port(name: string, sizes: readonly (number | string)[], type = 1): number[] {
  const dims = sizes.flatMap((size) => part(1, typeof size === "number" ? number(1, size) : text(2, size)));
  return [...text(1, name), ...part(2, part(1, [...number(1, type), ...part(2, dims)]))];
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: readonly number[] };

function attribute(name: string, value: Attribute): number[] {
  const own = text(1, name);
  if (typeof value === "number") return [...own, ...number(3, value), ...number(20, 2)];
  if (typeof value === "string") return [...own, ...text(4, value), ...number(20, 3)];
  if ("float" in value) return [...own, ...float(2, value.float), ...number(20, 1)];
  if ("graph" in value) return [...own, ...part(6, value.graph), ...number(20, 5)];
  return [...own, ...value.flatMap((one) => number(8, one)), ...number(20, 7)];
}

export function node(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  name = "",
): number[] {
  return [
    ...inputs.flatMap((input) => text(1, input)),
    ...outputs.flatMap((output) => text(2, output)),
    ...text(3, name),
    ...text(4, type),
    ...Object.entries(attributes).flatMap(([key, value]) => part(5, attribute(key, value))),
  ];
}

export interface GraphParts {
  readonly nodes: readonly number[][];
  readonly inputs: readonly number[][];
  readonly outputs: readonly number[][];
  readonly initializers?: readonly number[][];
}

export function graph({ nodes, inputs, outputs, initializers = [] }: GraphParts): number[] {
  return [
    ...nodes.flatMap((one) => part(1, one)),
    ...text(2, "graph"),
    ...initializers.flatMap((one) => part(5, one)),
    ...inputs.flatMap((one) => part(11, one)),
    ...outputs.flatMap((one) => part(12, one)),
  ];
}

/** A file of one graph. */
export function onnx(parts: GraphParts, opset = 17): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...number(1, 8),
    ...text(2, "tests"),
    ...part(7, graph(parts)),
    ...part(8, [...text(1, ""), ...number(2, opset)]),
  ]);
}
