#!/usr/bin/env python3
"""Writes masks.json: losses and metrics of sequences with a mask, computed in float64 by numpy from the rules of Keras 3.

Run (Debian's python3-numpy 1.24):   /usr/bin/python3 tests/references/masks.py

The rules, as keras/src/losses/loss.py and keras/src/metrics/reduction_metrics.py have them (Keras 3, 2025):

  losses    Every place [batch, time] has a loss. Its weight is sampleWeight · mask; with the reduction sumOverBatchSize the mask
            is first multiplied by total / valid, the number of its places by that of its ones (0 where there are none). Weighted
            losses are summed, and divided by batch · time with sumOverBatchSize. So it is their sum over the valid places,
            divided by how many those are, whatever their weights.
  metrics   A mean with the weights sampleWeight · mask, unscaled: Σ weight·value / Σ weight, 0 where the weights are all 0.
            Totals of several batches are added up before the division. (Keras adds up means over time of both, which for
            batches of one length is the same quotient; batches of different lengths would differ, and none stand here.)

A sampleWeight [batch] is a weight of all places of a sequence: Keras's documentation says so; its code wants [batch, 1].

A case is { name, kind: "loss" | "metric", reduction?, fromLogits?, batches, value, gradient? }, a batch is { yTrue, yPred, mask,
sampleWeight? }, all { shape, values }; `gradient` is that of the value by yPred, for a loss, which has one batch.
"""
import json
import pathlib

import numpy as np

DIGITS, EPSILON = 12, 1e-7
random = np.random.default_rng(20)


# ── One value for every place ──────────────────────────────────────────────────────────────────────────────────────
def clipped(p):
    return np.clip(p, EPSILON, 1 - EPSILON)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def crossentropy(t, p, fromLogits):
    p = softmax(p) if fromLogits else clipped(p / p.sum(-1, keepdims=True))
    return -(t * np.log(p)).sum(-1)


def binaryCrossentropy(t, p, fromLogits):
    p = 1 / (1 + np.exp(-p)) if fromLogits else clipped(p)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(-1)


def oneHot(labels, classes):
    return np.eye(classes)[labels.astype(int)]


PLACES = {
    "meanSquaredError": lambda t, p, fromLogits: ((p - t) ** 2).mean(-1),
    "meanAbsoluteError": lambda t, p, fromLogits: np.abs(p - t).mean(-1),
    "categoricalCrossentropy": crossentropy,
    "sparseCategoricalCrossentropy": lambda t, p, fromLogits: crossentropy(oneHot(t, p.shape[-1]), p, fromLogits),
    "binaryCrossentropy": binaryCrossentropy,
    "binaryAccuracy": lambda t, p, fromLogits: (t == (p > 0.5)).mean(-1),
    "categoricalAccuracy": lambda t, p, fromLogits: (t.argmax(-1) == p.argmax(-1)).astype(float),
    "sparseCategoricalAccuracy": lambda t, p, fromLogits: (t == p.argmax(-1)).astype(float),
}


# ── Reductions ─────────────────────────────────────────────────────────────────────────────────────────────────────
def weightsOf(batch, scaled):
    mask = batch["mask"].astype(float)
    if scaled:
        mask = mask * (mask.size / mask.sum() if mask.sum() else 0)
    weight = batch.get("sampleWeight")
    if weight is None:
        return mask
    return mask * (weight[:, None] if weight.ndim == 1 else weight)


def lossOf(name, reduction, fromLogits, batch):
    values = PLACES[name](batch["yTrue"], batch["yPred"], fromLogits)
    mean = reduction == "sumOverBatchSize"
    total = (values * weightsOf(batch, mean)).sum()
    return total / values.size if mean else total


def metricOf(name, fromLogits, batches):
    total = count = 0
    for batch in batches:
        weights = weightsOf(batch, False)
        total += (PLACES[name](batch["yTrue"], batch["yPred"], fromLogits) * weights).sum()
        count += weights.sum()
    return total / count if count else 0.0


def gradientOf(name, reduction, fromLogits, batch):
    """By central differences of the fourth order, good to 1e-9."""
    x, h = batch["yPred"], 1e-4
    gradient = np.zeros_like(x)
    for at in np.ndindex(x.shape):

        def moved(steps):
            p = x.copy()
            p[at] += steps * h
            return lossOf(name, reduction, fromLogits, {**batch, "yPred": p})

        gradient[at] = (8 * (moved(1) - moved(-1)) - moved(2) + moved(-2)) / (12 * h)
    return gradient


# ── Data ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def grid(low, high, shape):
    return random.integers(round(low * 64), round(high * 64) + 1, shape) / 64


def distributions(shape):
    """Multiples of 1/64, each at least 4/64, that add up to 1."""
    parts = 4 + random.multinomial(64 - 4 * shape[-1], np.ones(shape[-1]) / shape[-1], shape[:-1])
    return parts / 64


def targetsOf(name, shape):
    labels = random.integers(0, shape[-1], shape[:-1])
    if name.startswith("sparse"):
        return labels.astype(float)
    if name.startswith("categorical"):
        return oneHot(labels, shape[-1])
    return random.integers(0, 2, shape).astype(float) if name.startswith("binary") else grid(-2, 2, shape)


def predictionsOf(name, shape, fromLogits):
    if fromLogits or name.startswith("mean"):
        return grid(-2, 2, shape) + 1 / 128
    return distributions(shape) if "ategorical" in name else (random.integers(4, 61, shape) + 0.5) / 64


def lengthsMask(lengths, time):
    return (np.arange(time)[None] < np.array(lengths)[:, None]).astype(float)


def batchOf(name, shape, mask, weight, fromLogits):
    batch = {"yTrue": targetsOf(name, shape), "yPred": predictionsOf(name, shape, fromLogits), "mask": np.array(mask)}
    if weight:
        batch["sampleWeight"] = grid(0, 2, shape[:1] if weight == "batch" else shape[:2])
    return batch


# ── Cases ──────────────────────────────────────────────────────────────────────────────────────────────────────────
CASES = []
LENGTHS = lengthsMask([4, 2, 1], 4)
HOLES = np.array([[1, 0, 1, 0, 1], [0, 1, 1, 0, 0]])
EMPTY_ROW = lengthsMask([3, 0], 3)


def described(x):
    return {"shape": list(x.shape), "values": [float(f"{value:.{DIGITS}g}") for value in x.reshape(-1)]}


def loss(name, mask, features=3, weight=None, reduction="sumOverBatchSize", fromLogits=False):
    batch = batchOf(name, (*np.shape(mask), features), mask, weight, fromLogits)
    add("loss", name, [batch], lossOf(name, reduction, fromLogits, batch), fromLogits, reduction=reduction,
        gradient=described(gradientOf(name, reduction, fromLogits, batch)))  # fmt: skip


def metric(name, *masks, features=3, weight=None, fromLogits=False):
    batches = [batchOf(name, (*np.shape(mask), features), mask, weight, fromLogits) for mask in masks]
    add("metric", name, batches, metricOf(name, fromLogits, batches), fromLogits)


def add(kind, name, batches, value, fromLogits, **others):
    logits = {"fromLogits": True} if fromLogits else {}
    listed = [{part: described(x) for part, x in batch.items()} for batch in batches]
    CASES.append({"name": name, "kind": kind, **logits, **others, "batches": listed, "value": float(f"{value:.{DIGITS}g}")})


for name in ["meanSquaredError", "meanAbsoluteError", "categoricalCrossentropy", "sparseCategoricalCrossentropy"]:
    loss(name, LENGTHS)
    loss(name, HOLES, weight="time")
    loss(name, EMPTY_ROW, weight="batch")
    loss(name, LENGTHS, reduction="sum", weight="time")
loss("binaryCrossentropy", LENGTHS)
loss("binaryCrossentropy", HOLES, features=1, weight="batch")
loss("binaryCrossentropy", HOLES, reduction="sum")
for name in ["categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy"]:
    loss(name, LENGTHS, weight="time", fromLogits=True)
loss("meanSquaredError", np.ones((2, 3)), weight="time")
loss("meanSquaredError", np.zeros((2, 3)))
loss("categoricalCrossentropy", np.zeros((2, 3)), weight="batch")

for name in ["meanSquaredError", "meanAbsoluteError", "categoricalAccuracy", "sparseCategoricalAccuracy", "binaryAccuracy"]:
    metric(name, LENGTHS)
    metric(name, HOLES, weight="time")
    metric(name, LENGTHS, lengthsMask([1, 4], 4), weight="batch")
metric("categoricalCrossentropy", LENGTHS, EMPTY_ROW[:, [0, 1, 2, 2]], weight="time")
metric("sparseCategoricalCrossentropy", HOLES)
metric("binaryCrossentropy", LENGTHS, features=1, weight="time", fromLogits=True)
metric("meanSquaredError", np.zeros((2, 3)))

if __name__ == "__main__":
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in CASES)
    path = pathlib.Path(__file__).with_name("masks.json")
    path.write_text(f"[\n{lines}\n]\n")
    print(f"{len(CASES)} cases, {path.stat().st_size} bytes")
