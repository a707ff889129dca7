import { expect, it } from "vitest";
import { input, layers, model as functional, WasmgradError } from "../../src/index";
import type { Node } from "../../src/graph/node";
import type { Layer } from "../../src/graph/layer";

/** An image through ten layers, with one of them replaced or one wire in the wrong place. */
function net({ at, by, from = [at! - 1] }: { at?: number; by?: Layer; from?: number[] } = {}) {
  const nodes: Node[] = [input({ shape: [8, 8, 3], name: "image" })];
  const wires: [Layer, number[]][] = [
    [layers.dense({ units: 6, name: "lift" }), [0]],
    [layers.batchNormalization({ name: "norm" }), [1]],
    [layers.relu({ name: "bend" }), [2]],
    [layers.dense({ units: 6, name: "mix" }), [3]],
    [layers.add({ name: "residual" }), [4, 2]],
    [layers.groupNormalization({ groups: 3, name: "groups" }), [5]],
    [layers.concatenate({ name: "join" }), [6, 1]],
    [layers.flatten({ name: "flat" }), [7]],
    [layers.dense({ units: 5, name: "hidden" }), [8]],
    [layers.dense({ units: 2, name: "answer" }), [9]],
  ];
  wires.forEach(([layer, sources], i) => {
    const isReplaced = i + 1 === at;
    const operands = (isReplaced ? from : sources).map((source) => nodes[source]);
    nodes.push((isReplaced ? (by ?? layer) : layer).apply(operands));
  });
  return nodes;
}

function told(mistake: () => unknown): string {
  try {
    mistake();
  } catch (error) {
    if (error instanceof WasmgradError) return `${error.name}: ${error.message}`;
    throw error;
  }
  throw new Error("the mistake went unnoticed");
}

it("ten layers wired rightly make a model", () => {
  const nodes = net();
  const model = functional({ inputs: nodes[0], outputs: nodes.at(-1)! });
  expect(model.layers).toHaveLength(10);
});

it("ten layers wired wrongly in ten ways draw the way on which it went wrong", () => {
  const nodes = net();
  const [image] = nodes;
  const mistakes: Record<string, () => unknown> = {
    "a residual around a change of width": () => net({ at: 5, from: [4, 0] }),
    "a merge of one": () => net({ at: 5, from: [4] }),
    "a subtraction of three": () => net({ at: 5, by: layers.subtract(), from: [4, 3, 2] }),
    "groups that do not divide": () => net({ at: 6, by: layers.groupNormalization({ groups: 4, name: "groups" }) }),
    "a concatenation along an axis that is not there": () =>
      net({ at: 7, by: layers.concatenate({ axis: 4, name: "join" }), from: [6, 1] }),
    "a concatenation along the wrong axis": () =>
      net({ at: 7, by: layers.concatenate({ axis: 1, name: "join" }), from: [6, 0] }),
    "a shared layer of another width": () => net({ at: 9, by: nodes[10].layer!, from: [8] }),
    "a dot product over axes of two lengths": () => net({ at: 7, by: layers.dot({ axes: [1, 3] }), from: [6, 1] }),
    "a permutation of too few axes": () => net({ at: 8, by: layers.permute({ dims: [2, 1] }) }),
    "an input that is not listed": () => functional({ inputs: input({ shape: [2] }), outputs: nodes[10] }),
    "an input that leads nowhere": () =>
      functional({ inputs: [image, input({ shape: [2], name: "idle" })], outputs: nodes[10] }),
    "two layers of one name": () =>
      functional({ inputs: image, outputs: layers.dense({ units: 1, name: "answer" }).apply(nodes[10]) }),
  };
  const messages = Object.entries(mistakes).map(([name, mistake]) => `${name}\n${told(mistake)}`);
  expect(`\n${messages.join("\n\n")}\n`).toMatchInlineSnapshot(`
    "
    a residual around a change of width
    ShapeError: residual: expects inputs of one shape, got [batch, 8, 8, 6] and [batch, 8, 8, 3]. Nothing is broadcast: bring them to one shape by layers such as dense, reshape or concatenate.
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual
      image [batch, 8, 8, 3] → residual

    a merge of one
    ShapeError: residual: expects two inputs or more, as in add.apply([a, b]), got 1.
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual

    a subtraction of three
    ShapeError: subtract: expects exactly two inputs, as in subtract.apply([a, b]), got 3.
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → subtract
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → subtract
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → subtract

    groups that do not divide
    ShapeError: groups: 6 channels of [batch, 8, 8, 6] cannot be divided into 4 groups. Give groups a divisor of 6, or −1 for one channel each.
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual [batch, 8, 8, 6] → groups

    a concatenation along an axis that is not there
    ShapeError: join: axis is 4, an input of [batch, 8, 8, 6] has no such axis.
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual [batch, 8, 8, 6] → groups [batch, 8, 8, 6] → join
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → join

    a concatenation along the wrong axis
    ShapeError: join: expects shapes that differ along axis 1 only, got [batch, 8, 8, 6] and [batch, 8, 8, 3].
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual [batch, 8, 8, 6] → groups [batch, 8, 8, 6] → join
      image [batch, 8, 8, 3] → join

    a shared layer of another width
    ShapeError: answer: its kernel is [5, 2] since it was first applied, an input of [batch, 768] needs [768, 2].
      … → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual [batch, 8, 8, 6] → groups [batch, 8, 8, 6] → join [batch, 8, 8, 12] → flat [batch, 768] → answer

    a dot product over axes of two lengths
    ShapeError: dot: sums over axes of one length, got 8 of [batch, 8, 8, 6] and 6 of [batch, 8, 8, 6].
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual [batch, 8, 8, 6] → groups [batch, 8, 8, 6] → dot
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → dot

    a permutation of too few axes
    ShapeError: permute: dims [2, 1] order 2 axes, the input is [batch, 8, 8, 12].
      image [batch, 8, 8, 3] → lift [batch, 8, 8, 6] → norm [batch, 8, 8, 6] → bend [batch, 8, 8, 6] → mix [batch, 8, 8, 6] → residual [batch, 8, 8, 6] → groups [batch, 8, 8, 6] → join [batch, 8, 8, 12] → permute

    an input that is not listed
    ArgumentError: model: an output depends on an input that is not among the inputs: image → lift → norm → bend → mix → residual → groups → join → flat → hidden → answer.

    an input that leads nowhere
    ArgumentError: model: no output depends on input 1 (idle).

    two layers of one name
    StateError: model: two layers are named "answer". Give one of them another name.
    "
  `);
});
