#!/usr/bin/env python3
"""Independent reference numbers for wasmgrad: training trajectories of 10 steps, computed with torch in float64.

Run (Debian's python3-torch, torch 1.13, numpy 1.24):   /usr/bin/python3 tests/references/generateTorch.py
It writes torch.json and torchImages.json beside itself, or those of the two that it is given. `generateTfjs.mjs` then trains the same networks a second time with tfjs and
writes tfjs.json, and `format.ts` reads both. The formulas, with what is special about Keras 3, are in
`kerasFormulas.py` and `imageLayers.py`; the networks in `cases.py` and `imageCases.py`.

What one step does, in Keras's order: loss + penalties → gradients of the trainable weights → clip → weight decay
w −= lr·decay·w on every trainable weight, biases too → update rule. The loss of a step is that of its own batch,
before its update, penalties included.
With batchSize, steps take the samples in order, the last batch of an epoch being smaller, and start over.
Penalties of frozen weights do not count; reduction and sample weights never touch penalties.

Inputs, targets and initial weights are multiples of 1/64 to 1/1024, so float32 and float64 start out equal; the file
holds them as integers with their denominator, and results with 10 significant digits.
A case is kept only with data for which it is well conditioned: noise of 1e-6 in the initial weights and a run in
float32 both have to leave the change of the weights within 5e-5 of its largest value. Data that put a relu, a hinge,
a clip or a sign on its edge fail this, and are drawn again. So do data whose losses differ in float32: 1 − 1e-7 is
not a float32, and a certain, wrong answer of 1 costs a binary cross-entropy 16.12 in float64 and 15.94 in float32.
"""
import json
import pathlib
import sys
import zlib

import numpy as np
import torch

import imageCases
from cases import CASES
from imageLayers import LAYERS
from kerasFormulas import ACTIVATIONS, FUSED, LOSSES, OPTIMIZERS, SCHEDULES, clip, reduceLoss

STEPS, DIGITS, NOISE, WELL_CONDITIONED = 10, 10, 1e-6, 5e-5


# ── Data ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def onGrid(random, shape, scale, step):
    """Multiples of step in [−scale, scale], never 0."""
    values = random.integers(1, round(scale / step) + 1, shape) * random.choice([-1, 1], shape)
    return values * step


def drawTargets(random, kind, shape):
    labels = random.integers(0, shape[-1], shape[:-1])
    if kind == "real":
        return onGrid(random, shape, 2, 1 / 64)
    if kind == "positive":
        return random.integers(8, 160, shape) / 64
    if kind == "count":
        return random.integers(0, 5, shape).astype(float)
    if kind == "distribution":
        parts = random.integers(1, 8, shape).astype(float)
        parts[..., -1] = 16 - parts[..., :-1].sum(-1)
        return parts / 16
    if kind == "labels":
        return labels.astype(float)
    if kind == "oneHot":
        return np.eye(shape[-1])[labels]
    binary = random.integers(0, 2, shape).astype(float)
    return binary if kind == "binary" else 2 * binary - 1


def numbered(kind, weights):
    """The name that a layer with weights gets: its kind, numbered from the second on."""
    index = len({name.split("/")[0] for name in weights if name.split("/")[0].split("_")[0] == kind})
    return f"{kind}_{index}" if index else kind


def drawImageWeights(random, layer, shape, weights, scale, step):
    """Names a layer of imageLayers.py, draws its weights and returns the shape of its output."""
    shapes, apply = LAYERS[layer["type"]]
    own = {}
    if shapes:
        layer["name"] = numbered(layer["type"], weights)
        for part, size in shapes(layer, shape).items():
            if part != "bias" or layer.get("useBias", True):
                own[part] = onGrid(random, size, scale / 2 if part == "bias" else scale, step)
        weights.update({f"{layer['name']}/{part}": values for part, values in own.items()})
    return tuple(apply(layer, {part: torch.tensor(values) for part, values in own.items()}, torch.zeros(shape).double()).shape)


def drawData(reference, settings, attempt):
    """The inputs, targets and initial weights of a case: a function of its name and the attempt alone."""
    random = np.random.default_rng([zlib.crc32(reference["name"].encode()), attempt])
    shape = (settings["samples"], *settings["inputShape"])
    x = onGrid(random, shape, settings["xScale"], 1 / 64)
    step = 1 / 1024 if settings["small"] else 1 / 256
    weights = {}
    for layer in reference["layers"]:
        if layer["type"] == "flatten":
            shape = (shape[0], int(np.prod(shape[1:])))
        if layer["type"] in LAYERS:
            shape = drawImageWeights(random, layer, shape, weights, settings["weightScale"], step)
        if layer["type"] != "dense":
            continue
        layer["name"] = numbered("dense", weights)
        weights[layer["name"] + "/kernel"] = onGrid(random, (shape[-1], layer["units"]), settings["weightScale"], step)
        if layer["useBias"]:
            weights[layer["name"] + "/bias"] = onGrid(random, layer["units"], settings["weightScale"] / 2, step)
        shape = (*shape[:-1], layer["units"])
    return x, drawTargets(random, settings["target"], shape), weights


# ── Training ───────────────────────────────────────────────────────────────────────────────────────────────────────
def activate(spec, z):
    options = {} if isinstance(spec, str) else {key: value for key, value in spec.items() if key != "name"}
    return ACTIVATIONS[spec if isinstance(spec, str) else spec["name"]](z, **options)


def forward(layers, weights, x):
    """The output, the name of the last activation and what went into it."""
    name, logits = None, None
    for layer in layers:
        if layer["type"] == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif layer["type"] == "rescaling":
            x = x * layer["scale"] + layer["offset"]
        elif layer["type"] in LAYERS:
            prefix = layer.get("name", "") + "/"
            own = {name[len(prefix):]: w for name, w in weights.items() if name.startswith(prefix)}
            x = activate(layer.get("activation", "linear"), LAYERS[layer["type"]][1](layer, own, x))
        else:
            if layer["type"] == "dense":
                x = x @ weights[layer["name"] + "/kernel"]
                if layer["useBias"]:
                    x = x + weights[layer["name"] + "/bias"]
            name, logits = layer["activation"], x
            x = activate(name, x)
    return x, name, logits


def penalty(layers, weights):
    total = 0
    for layer in layers:
        for part in ("kernel", "bias"):
            rule = layer.get(part + "Regularizer")
            if rule and layer.get("trainable", True):
                w = weights[f"{layer['name']}/{part}"]
                total = total + rule.get("l1", 0) * w.abs().sum() + rule.get("l2", 0) * (w**2).sum()
    return total


def batchWeights(reference, y):
    """Sample weights, or class weights spread over the samples (1 for a class without one); the API takes one kind."""
    if "classWeight" not in reference:
        return reference.get("sampleWeight")
    labels = y.argmax(-1) if y.ndim > 1 else y
    return [reference["classWeight"].get(str(int(label)), 1) for label in labels]


def train(reference, x, y, initial, dtype=torch.float64):
    tensor = lambda values: torch.tensor(np.asarray(values), dtype=dtype)
    layers, options = reference["layers"], dict(reference["optimizerOptions"])
    lossOptions = dict(reference.get("lossOptions", {}))
    reduction = lossOptions.pop("reduction", "sumOverBatchSize")
    factory, defaultRate, defaultDecay = OPTIMIZERS[reference["optimizer"]]
    rate = options.pop("learningRate", defaultRate)
    if isinstance(rate, dict):
        rateAt = SCHEDULES[rate["schedule"]](**{key: value for key, value in rate.items() if key != "schedule"})
    else:
        rateAt = lambda t: rate
    decay = options.pop("weightDecay", defaultDecay)
    clipping = {key: options.pop(key) for key in ("clipNorm", "globalClipNorm", "clipValue") if key in options}
    update, states = factory(**options), {name: {} for name in initial}
    frozen = {layer["name"] for layer in layers if not layer.get("trainable", True)}
    trainable = [name for name in initial if name.split("/")[0] not in frozen]
    weights = {name: tensor(values) for name, values in initial.items()}
    sampleWeights = batchWeights(reference, y)
    x, y = tensor(x), tensor(y)
    size = reference.get("batchSize", len(x))
    starts = range(0, len(x), size)
    losses = []
    for t in range(STEPS):
        begin = starts[t % len(starts)]
        rows = slice(begin, begin + size)
        for name in trainable:
            weights[name] = weights[name].detach().requires_grad_()
        output, last, logits = forward(layers, weights, x[rows])
        fused = (last, reference["loss"]) in FUSED
        values = LOSSES[reference["loss"]](y[rows], output, logits if fused else None, **lossOptions)
        scaling = None if sampleWeights is None else tensor(sampleWeights[rows])
        loss = reduceLoss(values, scaling, reduction) + penalty(layers, weights)
        gradients = clip(torch.autograd.grad(loss, [weights[name] for name in trainable]), **clipping)
        losses.append(float(loss))
        for name, gradient in zip(trainable, gradients):
            w = weights[name].detach()
            if decay is not None:
                w = w - w * decay * rateAt(t)
            weights[name] = update(states[name], w, gradient, rateAt(t), t)
    final = {name: w.detach().double().numpy() for name, w in weights.items()}
    predictions = forward(layers, {name: w.detach() for name, w in weights.items()}, x)[0].double().numpy()
    return losses, final, predictions, [rateAt(t) for t in range(STEPS)] if isinstance(rate, dict) else None


# ── Are these data fit to be a reference? ──────────────────────────────────────────────────────────────────────────
def deviation(initial, final, otherInitial, otherFinal):
    """Largest difference of two changes of the weights, relative to the largest change, over each weight tensor."""
    worst = 0
    for name in initial:
        change, other = final[name] - initial[name], otherFinal[name] - otherInitial[name]
        if np.any(change):
            worst = max(worst, np.abs(change - other).max() / np.abs(change).max())
    return worst


def fitness(reference, x, y, initial, final, losses):
    """Deviation under noise; in float32, losses included; and the least of the tensors' largest changes."""
    random = np.random.default_rng(1)
    noisy = []
    for _ in range(4):
        other = {name: w * (1 + random.uniform(-NOISE, NOISE, w.shape)) for name, w in initial.items()}
        noisy.append(deviation(initial, final, other, train(reference, x, y, other)[1]))
    singleLosses, singleFinal, *_ = train(reference, x, y, initial, torch.float32)
    lossDifference = np.abs(np.subtract(losses, singleLosses)).max() / np.abs(losses).max()
    single = max(deviation(initial, final, initial, singleFinal), lossDifference)
    changes = [np.abs(final[name] - initial[name]).max() for name in initial]
    return max(noisy), single, min((change for change in changes if change > 0), default=0)


# ── The file ───────────────────────────────────────────────────────────────────────────────────────────────────────
def exact(values):
    """An array on a grid, as integers and the smallest power of two that makes them integers."""
    denominator = 1
    while np.any(values * denominator % 1):
        denominator *= 2
    data = (values * denominator).astype(int).ravel().tolist()
    return {"shape": list(values.shape), "denominator": denominator, "data": data}


def rounded(values):
    if isinstance(values, np.ndarray):
        return {"shape": list(values.shape), "data": rounded(values.ravel().tolist())}
    return [int(v) if v == int(v) else float(f"{v:.{DIGITS}g}") for v in values]


def generate(reference, settings):
    for attempt in range(200):
        x, y, initial = drawData(reference, settings, attempt)
        losses, final, predictions, rates = train(reference, x, y, initial)
        noise, single, change = fitness(reference, x, y, initial, final, losses)
        if max(noise, single) < WELL_CONDITIONED and change >= (4e-3 if settings["small"] else 1e-2):
            break
    else:
        raise SystemExit(f"{reference['name']}: no well-conditioned data found; lower a rate or widen the inputs")
    print(f"{reference['name']:<62} attempt {attempt:>2}  noise {noise:.0e}  float32 {single:.0e}  change {change:.0e}")
    entry = {"name": reference["name"], "source": f"torch {torch.__version__.split('a')[0]} float64", **reference}
    entry.update(x=exact(x), y=exact(y))
    entry["initialWeights"] = {name: exact(w) for name, w in initial.items()}
    entry["losses"] = rounded(losses)
    if rates:
        entry["learningRates"] = rounded(rates)
    entry["finalWeights"] = {name: rounded(w) for name, w in final.items()}
    entry["predictions"] = rounded(predictions)
    return entry


if __name__ == "__main__":
    torch.set_num_threads(1)
    files = {"torch.json": CASES, "torchImages.json": imageCases.CASES}
    for file in sys.argv[1:] or files:
        entries = [generate(reference, settings) for reference, settings in files[file]]
        assert len({entry["name"] for entry in entries}) == len(entries), "names must differ"
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
        path = pathlib.Path(__file__).with_name(file)
        path.write_text(f"[\n{lines}\n]\n")
        print(f"{file}: {len(entries)} trajectories, {path.stat().st_size} bytes")
