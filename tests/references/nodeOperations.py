#!/usr/bin/env python3
"""Writes nodeOperations.json: values and gradients of the operations on nodes, computed in float64 by numpy and by torch.

Run (Debian's python3-numpy 1.24 and python3-torch 1.13):   /usr/bin/python3 tests/references/nodeOperations.py

Every operation is written down twice, for numpy and for torch. Both must agree within 1e-12; numpy's values and torch's
gradients are kept, with 12 significant digits. Inputs are multiples of 1/256, so that float32 and float64 start out equal.

A case is { op, options, inputs, output, upstream, gradients }:
  op, options   as in keras.ops, in camelCase; axes count from the first axis, which may be a batch, or from the end
  inputs        [{ shape, dtype: "float32" | "int32", values }]
  output        { shape, values }; of split and topK instead `outputs`, a list of them
  upstream      the gradient of the output, flat; for `outputs` a list, with null where there is no gradient
  gradients     one flat list for every input, null for int32, for conditions and where numpy's rules have none
`upstream` and `gradients` are absent where an operation has no gradient. No case stands where a gradient jumps: on a tie of
two extremes, or at the zero of abs.
"""
import json
import math
import pathlib
import zlib

import numpy as np
import torch

DIGITS, AGREEMENT = 12, 1e-12
CASES = []

erf = np.vectorize(math.erf, otypes=[float])


def axesOf(options):
    axis = options.get("axis")
    return tuple(axis) if isinstance(axis, list) else axis


def reduction(numpy, ofTorch):
    """The two versions of a reduction over the axes of the options; torch moves them to the end and joins them."""

    def withTorch(x, options):
        axis, keep = options.get("axis"), options.get("keepDims", False)
        axes = list(range(x.ndim)) if axis is None else [a % x.ndim for a in (axis if isinstance(axis, list) else [axis])]
        rest = [a for a in range(x.ndim) if a not in axes]
        y = ofTorch(x.permute(*rest, *axes).reshape([x.shape[a] for a in rest] + [-1]))
        return y.reshape([1 if a in axes else n for a, n in enumerate(x.shape)]) if keep else y

    return (lambda x, o: numpy(x, axis=axesOf(o), keepdims=o.get("keepDims", False))), withTorch


def logSumExp(x, axis, keepdims):
    top = x.max(axis=axis, keepdims=True)
    sums = np.log(np.exp(x - top).sum(axis=axis, keepdims=True)) + top
    return sums if keepdims else np.squeeze(sums, axis=axis if axis is not None else tuple(range(x.ndim)))


def flags(compare):
    return lambda *arguments: compare(*arguments[:-1]).astype(float)


def sliceOf(x, o):
    return x[tuple(slice(start, start + size) for start, size in zip(o["startIndices"], o["shape"]))]


def splitSizes(x, o):
    parts, n = o["indicesOrSections"], x.shape[o.get("axis", 0)]
    if isinstance(parts, int):
        return [n // parts] * parts
    edges = [0, *parts, n]
    return [end - start for start, end in zip(edges, edges[1:])]


def padTorch(x, o):
    flat = [n for before, after in reversed(o["padWidth"]) for n in (before, after)]
    return torch.nn.functional.pad(x, flat, value=o.get("constantValues", 0))


def norm(x, o):
    return np.linalg.norm(x, ord=o.get("ord"), axis=axesOf(o), keepdims=o.get("keepDims", False))


def normTorch(x, o):
    axis = o.get("axis")
    order = o.get("ord", "fro" if isinstance(axis, list) and len(axis) == 2 else 2)
    axes = None if axis is None else axis if isinstance(axis, list) else [axis]
    if order == "fro":
        return torch.linalg.matrix_norm(x, "fro", tuple(axes), o.get("keepDims", False))
    return torch.linalg.vector_norm(x, order, axes, o.get("keepDims", False))


def direction(o):
    return -1 if o.get("descending") else 1


def topK(x, o):
    places = np.argsort(-x, axis=-1, kind="stable")[..., : o["k"]]
    return [np.take_along_axis(x, places, -1), places.astype(float)]


def topKTorch(x, o):
    values, places = torch.topk(x, o["k"])
    return [values, places.double()]


def long(x):
    return x.long()


# op: (numpy, torch), each called with the inputs and the options. Without the second: no gradient, nothing to compare with.
OPERATIONS = {
    "add": (lambda a, b, o: a + b,) * 2,
    "subtract": (lambda a, b, o: a - b,) * 2,
    "multiply": (lambda a, b, o: a * b,) * 2,
    "divide": (lambda a, b, o: a / b,) * 2,
    "power": (lambda a, b, o: a**b,) * 2,
    "maximum": (lambda a, b, o: np.maximum(a, b), lambda a, b, o: torch.maximum(a, b)),
    "minimum": (lambda a, b, o: np.minimum(a, b), lambda a, b, o: torch.minimum(a, b)),
    "negative": (lambda x, o: -x,) * 2,
    "abs": (lambda x, o: np.abs(x), lambda x, o: x.abs()),
    "sign": (lambda x, o: np.sign(x), None),
    "square": (lambda x, o: x * x,) * 2,
    "sqrt": (lambda x, o: np.sqrt(x), lambda x, o: x.sqrt()),
    "rsqrt": (lambda x, o: 1 / np.sqrt(x), lambda x, o: x.rsqrt()),
    "reciprocal": (lambda x, o: 1 / x, lambda x, o: x.reciprocal()),
    "exp": (lambda x, o: np.exp(x), lambda x, o: x.exp()),
    "expm1": (lambda x, o: np.expm1(x), lambda x, o: x.expm1()),
    "log": (lambda x, o: np.log(x), lambda x, o: x.log()),
    "log1p": (lambda x, o: np.log1p(x), lambda x, o: x.log1p()),
    "sin": (lambda x, o: np.sin(x), lambda x, o: x.sin()),
    "cos": (lambda x, o: np.cos(x), lambda x, o: x.cos()),
    "tanh": (lambda x, o: np.tanh(x), lambda x, o: x.tanh()),
    "sigmoid": (lambda x, o: 1 / (1 + np.exp(-x)), lambda x, o: x.sigmoid()),
    "erf": (lambda x, o: erf(x), lambda x, o: x.erf()),
    "floor": (lambda x, o: np.floor(x), None),
    "ceil": (lambda x, o: np.ceil(x), None),
    "round": (lambda x, o: np.round(x), None),
    "clip": (lambda x, o: np.clip(x, o["xMin"], o["xMax"]), lambda x, o: x.clamp(o["xMin"], o["xMax"])),
    "equal": (flags(np.equal), None),
    "notEqual": (flags(np.not_equal), None),
    "greater": (flags(np.greater), None),
    "greaterEqual": (flags(np.greater_equal), None),
    "less": (flags(np.less), None),
    "lessEqual": (flags(np.less_equal), None),
    "logicalAnd": (flags(np.logical_and), None),
    "logicalOr": (flags(np.logical_or), None),
    "logicalNot": (flags(np.logical_not), None),
    "where": (lambda c, a, b, o: np.where(c != 0, a, b), lambda c, a, b, o: torch.where(c != 0, a, b)),
    "sum": reduction(np.sum, lambda x: x.sum(-1)),
    "mean": reduction(np.mean, lambda x: x.mean(-1)),
    "variance": reduction(np.var, lambda x: x.var(-1, unbiased=False)),
    "max": reduction(np.max, lambda x: x.amax(-1)),
    "min": reduction(np.min, lambda x: x.amin(-1)),
    "prod": reduction(np.prod, lambda x: x.prod(-1)),
    "logSumExp": reduction(logSumExp, lambda x: x.logsumexp(-1)),
    "argMax": (lambda x, o: np.argmax(x, axis=o.get("axis"), keepdims=o.get("keepDims", False)).astype(float), None),
    "argMin": (lambda x, o: np.argmin(x, axis=o.get("axis"), keepdims=o.get("keepDims", False)).astype(float), None),
    "norm": (norm, normTorch),
    "matmul": (lambda a, b, o: np.matmul(a, b), lambda a, b, o: torch.matmul(a, b)),
    "einsum": (lambda *x: np.einsum(x[-1]["equation"], *x[:-1]), lambda *x: torch.einsum(x[-1]["equation"], *x[:-1])),
    "reshape": (lambda x, o: x.reshape(o["newShape"]),) * 2,
    "transpose": (
        lambda x, o: np.transpose(x, o.get("axes")),
        lambda x, o: x.permute(o.get("axes", list(range(x.ndim))[::-1])),
    ),
    "expandDims": (lambda x, o: np.expand_dims(x, axesOf(o)), lambda x, o: x.unsqueeze(o["axis"])),
    "squeeze": (
        lambda x, o: np.squeeze(x, axesOf(o)),
        lambda x, o: x.squeeze(o["axis"]) if isinstance(o.get("axis"), int) else x.squeeze(),
    ),
    "concatenate": (lambda *x: np.concatenate(x[:-1], x[-1]["axis"]), lambda *x: torch.cat(x[:-1], x[-1]["axis"])),
    "stack": (lambda *x: np.stack(x[:-1], x[-1]["axis"]), lambda *x: torch.stack(x[:-1], x[-1]["axis"])),
    "split": (
        lambda x, o: np.split(x, o["indicesOrSections"], o.get("axis", 0)),
        lambda x, o: list(torch.split(x, splitSizes(x, o), o.get("axis", 0))),
    ),
    "slice": (sliceOf, sliceOf),
    "pad": (lambda x, o: np.pad(x, o["padWidth"], o["mode"], constant_values=o.get("constantValues", 0)), padTorch),
    "tile": (lambda x, o: np.tile(x, o["repeats"]), lambda x, o: x.tile(*o["repeats"])),
    "broadcastTo": (lambda x, o: np.broadcast_to(x, o["shape"]), lambda x, o: x.broadcast_to(o["shape"])),
    "flip": (
        lambda x, o: np.flip(x, axesOf(o)),
        lambda x, o: x.flip(list(range(x.ndim)) if "axis" not in o else o["axis"] if isinstance(o["axis"], list) else [o["axis"]]),
    ),
    "take": (
        lambda x, i, o: np.take(x, i.astype(int), o.get("axis")),
        lambda x, i, o: x.reshape(-1)[long(i)] if "axis" not in o else x[(slice(None),) * (o["axis"] % x.ndim) + (long(i),)],
    ),
    "takeAlongAxis": (
        lambda x, i, o: np.take_along_axis(x, i.astype(int), o["axis"]),
        lambda x, i, o: torch.take_along_dim(x, long(i), o["axis"]),
    ),
    "oneHot": (lambda i, o: np.eye(o["numClasses"])[i.astype(int)], None),
    "cumSum": (
        lambda x, o: np.cumsum(x, o.get("axis")),
        lambda x, o: x.cumsum(o["axis"]) if "axis" in o else x.reshape(-1).cumsum(0),
    ),
    "softmax": (
        lambda x, o: np.exp(x - logSumExp(x, o.get("axis", -1), True)),
        lambda x, o: x.softmax(o.get("axis", -1)),
    ),
    "logSoftmax": (
        lambda x, o: x - logSumExp(x, o.get("axis", -1), True),
        lambda x, o: x.log_softmax(o.get("axis", -1)),
    ),
    "topK": (topK, topKTorch),
    "sort": (
        lambda x, o: direction(o) * np.sort(direction(o) * x, axis=o.get("axis", -1)),
        lambda x, o: x.sort(dim=o.get("axis", -1), descending=o.get("descending", False)).values,
    ),
}


# ── Data ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def draw(random, shape, kind):
    """Multiples of 1/256, half of them of 1/2; what `kind` says is what the operation is defined for."""
    count = int(np.prod(shape))
    if isinstance(kind, int):
        return random.integers(0, kind, shape).astype(float)
    if kind == "distinct":
        # no two the same, none 0, none closer than 1/64
        return ((random.permutation(count) - count // 2) * 4 + random.integers(1, 3, count)).reshape(shape) / 256
    if kind in ("halves", "flag"):
        return random.integers(-3, 4, shape) / 2 if kind == "halves" else random.integers(0, 2, shape).astype(float)
    low, high = {"real": (-3, 3), "positive": (0.25, 4), "above -1": (-0.75, 3), "wide": (-30, 30)}.get(kind, (0.5, 2.5))
    fine = random.integers(math.ceil(low * 256), math.floor(high * 256) + 1, shape) / 256
    coarse = random.integers(math.ceil(low * 2), math.floor(high * 2) + 1, shape) / 2
    x = np.where(random.integers(0, 2, shape) == 0, fine, coarse)
    x = np.where(x == 0, 0.25, x)
    return x * random.choice([-1, 1], shape) if kind == "not 0" else x


def number(value):
    text = float(f"{value:.{DIGITS}g}")
    return int(text) if text == int(text) and abs(text) < 1e15 else text


def flat(x):
    return [number(value) for value in np.asarray(x).reshape(-1)]


def described(x):
    return {"shape": list(np.shape(x)), "values": flat(x)}


# Kinds of inputs other than "real", by operation.
KINDS = {
    **dict.fromkeys(["sqrt", "rsqrt", "log"], ["positive"]),
    **dict.fromkeys(["maximum", "minimum", "max", "min", "abs", "topK", "sort"], ["distinct"]),
    **dict.fromkeys(["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"], ["halves"]),
    **dict.fromkeys(["sign", "floor", "ceil", "round", "argMax", "argMin"], ["halves"]),
    **dict.fromkeys(["logicalAnd", "logicalOr", "logicalNot"], ["flag"]),
    "divide": ["real", "not 0"],
    "power": ["positive", "real"],
    "reciprocal": ["not 0"],
    "log1p": ["above -1"],
    "where": ["flag", "real", "real"],
    "norm": ["not 0"],
}
WITHOUT_GRADIENT = ("flag",)


def kindOf(op, options, i, kinds):
    known = kinds or KINDS.get(op, ["real"])
    return known[min(i, len(known) - 1)]


def case(op, *shapes, kinds=None, **options):
    """Adds a case with random inputs of these shapes."""
    random = np.random.default_rng([zlib.crc32(op.encode()), len([c for c in CASES if c["op"] == op])])
    used = [kindOf(op, options, i, kinds) for i in range(len(shapes))]
    inputs = [draw(random, shape, kind) for shape, kind in zip(shapes, used)]
    if used == ["distinct", "distinct"]:
        inputs[1] = inputs[1] + 1 / 128
    entry = {
        "op": op,
        "options": options,
        "inputs": [
            {"shape": list(shape), "dtype": "int32" if isinstance(kind, int) else "float32", "values": flat(x)}
            for shape, kind, x in zip(shapes, used, inputs)
        ],
    }
    ofNumpy, ofTorch = OPERATIONS[op]
    results = ofNumpy(*inputs, options)
    isList = isinstance(results, list)
    results = results if isList else [results]
    assert all(np.isfinite(result).all() for result in results), op
    entry.update({"outputs": [described(y) for y in results]} if isList else {"output": described(results[0])})
    if ofTorch:
        entry.update(withGradients(random, op, options, inputs, used, results, ofTorch, isList))
    CASES.append(entry)


def withGradients(random, op, options, inputs, kinds, results, ofTorch, isList):
    """The gradients by torch, after a comparison of its values with those of numpy."""
    wants = [not isinstance(kind, int) and kind not in WITHOUT_GRADIENT for kind in kinds]
    tensors = [torch.tensor(x, requires_grad=want) for x, want in zip(inputs, wants)]
    outputs = ofTorch(*tensors, options)
    outputs = outputs if isList else [outputs]
    for y, expected in zip(outputs, results):
        assert tuple(y.shape) == np.shape(expected), (op, options, y.shape, np.shape(expected))
        error = np.abs(y.detach().numpy() - expected) / np.maximum(1, np.abs(expected))
        assert error.max() <= AGREEMENT, (op, options, error.max())
    upstream = [random.integers(-8, 9, y.shape) / 4 if y.requires_grad else None for y in outputs]
    sum((y * torch.tensor(u)).sum() for y, u in zip(outputs, upstream) if u is not None).backward()
    gradients = [flat(x.grad.numpy()) if want else None for x, want in zip(tensors, wants)]
    listed = [None if u is None else flat(u) for u in upstream]
    return {"upstream": listed if isList else listed[0], "gradients": gradients}


# ── Cases ──────────────────────────────────────────────────────────────────────────────────────────────────────────
# Every pair of ranks, with ones that are repeated on either side.
PAIRS = {
    (1, 1): ([7], [1]), (1, 2): ([3], [5, 1]), (1, 3): ([3], [2, 5, 1]), (1, 4): ([3], [2, 1, 5, 3]),
    (2, 1): ([5, 1], [3]), (2, 2): ([5, 1], [1, 3]), (2, 3): ([5, 1], [2, 1, 3]), (2, 4): ([1, 3], [2, 1, 5, 1]),
    (3, 1): ([2, 5, 1], [3]), (3, 2): ([2, 1, 3], [5, 1]), (3, 3): ([1, 5, 3], [2, 1, 1]), (3, 4): ([5, 1, 3], [2, 1, 2, 3]),
    (4, 1): ([2, 1, 2, 3], [1]), (4, 2): ([2, 1, 1, 3], [5, 1]), (4, 3): ([2, 1, 3, 1], [2, 1, 3]), (4, 4): ([2, 1, 3, 1], [1, 2, 3, 5]),
}  # fmt: skip
ALONE = [[], [7], [5, 3], [2, 3, 3], [2, 1, 3, 2]]
for ranks in [(i, j) for i in range(5) for j in range(5)]:
    left, right = PAIRS.get(ranks, (ALONE[ranks[0]], ALONE[ranks[1]]))
    case("add", left, right)
    case("multiply", left, right)

for op in ["subtract", "divide", "maximum", "minimum", "power"]:
    case(op, [5, 3], [5, 3])
    case(op, [2, 1, 3], [5, 1])
    case(op, [], [2, 3])
case("power", [3, 2], [], kinds=["positive", "positive"])

for op in ["negative", "abs", "sign", "square", "sqrt", "rsqrt", "reciprocal", "exp", "expm1", "log", "log1p", "sin", "cos"]:
    case(op, [3, 5])
for op in ["tanh", "sigmoid", "erf", "floor", "ceil", "round"]:
    case(op, [3, 5])
for op in ["tanh", "sigmoid", "sin"]:
    case(op, [7], kinds=["wide"])
case("exp", [])
case("square", [2, 1, 3, 2])
case("clip", [3, 5], xMin=-1.125, xMax=1.875)
case("clip", [2, 2, 3], xMin=0.125, xMax=0.625)

for op in ["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"]:
    case(op, [4, 3], [4, 3])
    case(op, [3, 1], [2, 1, 4])
for op in ["logicalAnd", "logicalOr"]:
    case(op, [3, 4], [3, 4])
    case(op, [4], [3, 1], kinds=["halves"])
case("logicalNot", [7])
case("logicalNot", [2, 3], kinds=["halves"])
case("where", [3, 4], [3, 4], [3, 4])
case("where", [3, 1], [2, 1, 4], [])
case("where", [2, 3], [3], [2, 1])

for op in ["sum", "mean", "variance", "max", "min", "prod", "logSumExp"]:
    case(op, [3, 5])
    case(op, [3, 5], axis=0)
    case(op, [2, 3, 5], axis=-1, keepDims=True)
    case(op, [2, 3, 1, 2], axis=[0, 2])
    case(op, [2, 3, 4], axis=[-1, 1], keepDims=True)
    case(op, [2, 3, 2], keepDims=True)
case("sum", [7], axis=0)
case("mean", [1, 7], axis=[0, -1])
case("logSumExp", [3, 4], axis=1, kinds=["wide"])
for op in ["argMax", "argMin"]:
    case(op, [3, 5], axis=-1)
    case(op, [4, 3], axis=0)
    case(op, [2, 4, 3], axis=1, keepDims=True)
    case(op, [2, 5])
case("norm", [7])
case("norm", [3, 4], axis=-1)
case("norm", [3, 4], axis=0, ord=1, keepDims=True)
case("norm", [2, 3, 4], axis=[1, 2])
case("norm", [2, 3, 2], axis=-1, ord=3)
case("norm", [2, 3, 4], axis=[-2, -1], ord="fro", keepDims=True)

case("matmul", [3, 5], [5, 2])
case("matmul", [2, 3, 5], [2, 5, 4])
case("matmul", [2, 3, 5], [5, 4])
case("matmul", [3, 5], [2, 5, 4])
case("matmul", [2, 1, 3, 2], [3, 2, 5])
case("matmul", [2, 2, 3, 1], [2, 2, 1, 4])
case("matmul", [5], [5])
case("matmul", [3, 5], [5])
case("matmul", [5], [5, 3])
case("matmul", [2, 3, 5], [5])
case("matmul", [5], [2, 5, 3])
case("einsum", [2, 3, 4], [2, 4, 5], equation="bij,bjk->bik")
case("einsum", [3, 4], [5, 4], equation="ij,kj->ik")
case("einsum", [2, 3, 2, 5], [2, 4, 2, 5], equation="bqhd,bkhd->bhqk")
case("einsum", [2, 2, 3, 4], [2, 4, 2, 3], equation="bhqk,bkhd->bqhd")
case("einsum", [3, 5], [3, 5], equation="bi,bi->b")
case("einsum", [3, 5], equation="ij->ji")
case("einsum", [2, 3, 3], equation="bii->bi")
case("einsum", [2, 3, 4], equation="bij->bj")
case("einsum", [2, 3, 4], [4, 5], equation="btd,dn->btn")
case("einsum", [3], [4], equation="i,j->ij")
case("einsum", [3, 4], [3, 4], equation="ij,ij->")

case("reshape", [2, 6], newShape=[3, 4])
case("reshape", [2, 3, 4], newShape=[2, -1])
case("reshape", [1], newShape=[])
case("transpose", [3, 5])
case("transpose", [2, 3, 4], axes=[1, 0, 2])
case("transpose", [2, 1, 3, 2], axes=[3, 1, 0, 2])
case("expandDims", [3, 2], axis=1)
case("expandDims", [3, 2], axis=-1)
case("squeeze", [3, 1, 2], axis=1)
case("squeeze", [1, 3, 1])
case("concatenate", [2, 3], [4, 3], axis=0)
case("concatenate", [2, 3, 1], [2, 3, 4], [2, 3, 2], axis=-1)
case("concatenate", [2, 1, 3], [2, 4, 3], axis=1)
case("stack", [3, 2], [3, 2], axis=0)
case("stack", [3, 2], [3, 2], [3, 2], axis=-1)
case("split", [6, 2], indicesOrSections=3, axis=0)
case("split", [2, 7], indicesOrSections=[2, 3], axis=-1)
case("slice", [4, 5], startIndices=[1, 2], shape=[2, 3])
case("slice", [2, 3, 4], startIndices=[0, 1, 3], shape=[2, 2, 1])
case("pad", [2, 3], padWidth=[[1, 0], [2, 1]], mode="constant")
case("pad", [2, 2, 3], padWidth=[[0, 0], [1, 2], [0, 1]], mode="constant", constantValues=-1.5)
case("tile", [2, 3], repeats=[2, 2])
case("tile", [3], repeats=[2, 3])
case("broadcastTo", [3, 1], shape=[2, 3, 4])
case("broadcastTo", [], shape=[2, 3])
case("flip", [3, 4])
case("flip", [3, 4], axis=1)
case("flip", [2, 3, 4], axis=[0, -1])
case("take", [5, 3], [4], axis=0, kinds=["real", 5])
case("take", [5, 3], [2, 6], axis=0, kinds=["real", 5])
case("take", [2, 3, 4], [5], axis=-1, kinds=["real", 4])
case("take", [2, 3, 4], [2, 2], axis=1, kinds=["real", 3])
case("take", [3, 4], [5], kinds=["real", 12])
case("takeAlongAxis", [3, 5], [3, 2], axis=1, kinds=["real", 5])
case("takeAlongAxis", [4, 3], [6, 3], axis=0, kinds=["real", 4])
case("takeAlongAxis", [2, 3, 4], [2, 3, 1], axis=-1, kinds=["real", 4])
case("oneHot", [7], numClasses=4, kinds=[4])
case("oneHot", [2, 3], numClasses=5, kinds=[5])
case("cumSum", [7], axis=0)
case("cumSum", [3, 5], axis=0)
case("cumSum", [2, 3, 4], axis=-1)
case("cumSum", [2, 3])
for op in ["softmax", "logSoftmax"]:
    case(op, [3, 5])
    case(op, [3, 5], axis=0)
    case(op, [2, 3, 4], axis=1)
    case(op, [2, 4], kinds=["wide"])
case("topK", [3, 5], k=2)
case("topK", [2, 2, 7], k=3)
case("sort", [3, 5])
case("sort", [5, 3], axis=0)
case("sort", [2, 7], axis=-1, descending=True)

if __name__ == "__main__":
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in CASES)
    path = pathlib.Path(__file__).with_name("nodeOperations.json")
    path.write_text(f"[\n{lines}\n]\n")
    assert set(OPERATIONS) == {entry["op"] for entry in CASES}
    print(f"{len(CASES)} cases of {len(OPERATIONS)} operations, {path.stat().st_size} bytes")
