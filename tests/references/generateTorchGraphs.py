#!/usr/bin/env python3
"""Independent reference numbers for graphs: normalisations, merges, shared layers, several inputs and outputs.

Run (Debian's python3-torch, torch 1.13):   /usr/bin/python3 tests/references/generateTorchGraphs.py
It writes torchGraphs.json beside itself, read by graphFormat.ts. Each case is trained for 10 steps on all its samples, in
float64, as in generateTorch.py, whose data, optimizers and losses it shares. Batch normalisation keeps moving averages of
the biased variance, as Keras 3 does; `predictions` are those of evaluation, with the moving averages.
"""
import json
import pathlib
import zlib

import numpy as np
import torch
import torch.nn.functional as F

from generateTorch import NOISE, STEPS, WELL_CONDITIONED, deviation, drawTargets, exact, onGrid, rounded
from kerasFormulas import ACTIVATIONS, LOSSES, OPTIMIZERS, reduceLoss


# ── Layers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def normalizedOver(x, options):
    """The trailing axes that a layer or rms normalisation works on."""
    axes = options.get("axis", -1)
    return len(axes) if isinstance(axes, list) else 1


def weightShapes(kind, options, shape):
    """Names and shapes of the weights of a layer whose (first) input has this shape, batch included."""
    if kind == "dense":
        return {"kernel": (shape[-1], options["units"]), "bias": (options["units"],)}
    if kind == "batchNormalization":
        names = (["gamma"] if options.get("scale", True) else []) + (["beta"] if options.get("center", True) else [])
        return {name: (shape[-1],) for name in names + ["moving_mean", "moving_variance"]}
    if kind == "prelu":
        return {"alpha": tuple(1 if i in options.get("sharedAxes", []) else n for i, n in enumerate(shape) if i > 0)}
    if kind in ("layerNormalization", "rmsNormalization", "groupNormalization"):
        over = tuple(shape[len(shape) - (1 if kind[0] == "g" else normalizedOver(None, options)):])
        names = (["gamma"] if options.get("scale", True) else [])
        if kind != "rmsNormalization" and options.get("center", True):
            names.append("beta")
        return {name: over for name in names}
    return {}


def batchNormalization(x, w, options, training, states, prefix):
    eps, momentum = options.get("epsilon", 1e-3), options.get("momentum", 0.99)
    mean, variance = states[prefix + "moving_mean"], states[prefix + "moving_variance"]
    if not training:
        return F.batch_norm(x.movedim(-1, 1), mean, variance, w.get("gamma"), w.get("beta"), False, 0, eps).movedim(1, -1)
    rows = x.detach().reshape(-1, x.shape[-1])
    states[prefix + "moving_mean"] = mean * momentum + rows.mean(0) * (1 - momentum)
    states[prefix + "moving_variance"] = variance * momentum + rows.var(0, unbiased=False) * (1 - momentum)
    return F.batch_norm(x.movedim(-1, 1), None, None, w.get("gamma"), w.get("beta"), True, 0, eps).movedim(1, -1)


def apply(kind, options, inputs, w, training, states, prefix):
    x = inputs[0]
    if kind == "dense":
        return ACTIVATIONS[options.get("activation", "linear")](x @ w["kernel"] + w["bias"])
    if kind == "batchNormalization":
        return batchNormalization(x, w, options, training and options.get("trainable", True), states, prefix)
    if kind == "layerNormalization":
        over = tuple(x.shape[-normalizedOver(x, options):])
        return F.layer_norm(x, over, w.get("gamma"), w.get("beta"), options.get("epsilon", 1e-3))
    if kind == "groupNormalization":
        groups = options.get("groups", 32)
        groups = x.shape[-1] if groups == -1 else groups
        y = F.group_norm(x.movedim(-1, 1), groups, w.get("gamma"), w.get("beta"), options.get("epsilon", 1e-3))
        return y.movedim(1, -1)
    if kind == "rmsNormalization":
        axes = tuple(range(-normalizedOver(x, options), 0))
        y = x * torch.rsqrt((x**2).mean(axes, keepdim=True) + options.get("epsilon", 1e-6))
        return y * w["gamma"] if "gamma" in w else y
    if kind == "prelu":
        return torch.relu(x) - w["alpha"] * torch.relu(-x)
    if kind == "concatenate":
        return torch.cat(inputs, options.get("axis", -1))
    if kind == "dot":
        axes = options["axes"] if isinstance(options["axes"], list) else [options["axes"]] * 2
        if options.get("normalize"):
            inputs = [F.normalize(each, dim=axis, eps=1e-7) for each, axis in zip(inputs, axes)]
        rows = [torch.tensordot(a, b, dims=([axes[0] - 1], [axes[1] - 1])) for a, b in zip(*inputs)]
        y = torch.stack(rows)
        return y[:, None] if y.ndim == 1 else y
    if kind == "permute":
        return x.permute(0, *options["dims"])
    if kind == "flatten":
        return x.reshape(x.shape[0], -1)
    if kind == "average":
        return torch.stack(inputs).mean(0)
    fold = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "maximum": torch.maximum, "minimum": torch.minimum}
    for other in inputs[1:]:
        x = fold[kind](x, other)
    return x


# ── Training ───────────────────────────────────────────────────────────────────────────────────────────────────────
def forward(graph, weights, states, inputs, training):
    """The outputs of all nodes; those of inputs come first."""
    values = list(inputs)
    layers = {layer["name"]: layer for layer in graph["layers"]}
    for node in graph["nodes"]:
        name = node["layer"]
        own = {key.split("/")[1]: w for key, w in weights.items() if key.split("/")[0] == name}
        layer = layers[name]
        values.append(apply(layer["type"], layer["options"], [values[i] for i in node["from"]], own, training, states,
                            name + "/"))
    return [values[i] for i in graph["outputs"]]


def isState(name):
    return "/moving_" in name


def train(graph, x, y, initial, dtype=torch.float64):
    tensor = lambda values: torch.tensor(np.asarray(values), dtype=dtype)
    factory, rate, _ = OPTIMIZERS[graph["optimizer"]]
    options = dict(graph["optimizerOptions"])
    rate = options.pop("learningRate", rate)
    update = factory(**options)
    frozen = {layer["name"] for layer in graph["layers"] if not layer["options"].get("trainable", True)}
    weights = {name: tensor(w) for name, w in initial.items() if not isState(name)}
    states = {name: tensor(w) for name, w in initial.items() if isState(name)}
    trainable = [name for name in weights if name.split("/")[0] not in frozen]
    slots = {name: {} for name in trainable}
    x, y = [tensor(each) for each in x], [tensor(each) for each in y]
    losses = []
    for t in range(STEPS):
        for name in trainable:
            weights[name] = weights[name].detach().requires_grad_()
        outputs = forward(graph, weights, states, x, True)
        parts = [reduceLoss(LOSSES[loss](target, output, None), None, "sumOverBatchSize")
                 for loss, target, output in zip(graph["loss"], y, outputs)]
        loss = sum(weight * part for weight, part in zip(graph["lossWeights"], parts))
        losses.append([float(loss), *map(float, parts)])
        gradients = torch.autograd.grad(loss, [weights[name] for name in trainable])
        for name, gradient in zip(trainable, gradients):
            weights[name] = update(slots[name], weights[name].detach(), gradient, rate, t)
    final = {name: w.detach().double().numpy() for name, w in {**weights, **states}.items()}
    detached = {name: w.detach() for name, w in weights.items()}
    predictions = [each.double().numpy() for each in forward(graph, detached, states, x, False)]
    return losses, final, predictions


def drawData(graph, settings, attempt):
    random = np.random.default_rng([zlib.crc32(graph["name"].encode()), attempt])
    samples = settings["samples"]
    x = [onGrid(random, (samples, *shape), 2, 1 / 64) + settings["offset"] for shape in graph["inputs"]]
    # Shapes follow from a run with weights that are made on the way.
    weights, values = {}, [torch.tensor(each) for each in x]
    layers = {layer["name"]: layer for layer in graph["layers"]}
    for node in graph["nodes"]:
        layer, prefix = layers[node["layer"]], node["layer"] + "/"
        inputs = [values[i] for i in node["from"]]
        for name, shape in weightShapes(layer["type"], layer["options"], tuple(inputs[0].shape)).items():
            if prefix + name not in weights:
                scale = onGrid(random, shape, 0.75, 1 / 256)
                isScale = name in ("gamma", "moving_variance")
                weights[prefix + name] = 1 + scale / 2 if isScale else scale
        own = {key.split("/")[1]: torch.tensor(w) for key, w in weights.items() if key.startswith(prefix)}
        states = {key: torch.tensor(w) for key, w in weights.items() if isState(key)}
        values.append(apply(layer["type"], layer["options"], inputs, own, True, states, prefix))
    y = [drawTargets(random, settings["target"], tuple(values[i].shape)) for i in graph["outputs"]]
    ordered = [f"{layer['name']}/{name}" for layer in graph["layers"] for name in
               [key.split("/")[1] for key in weights if key.startswith(layer["name"] + "/")]]
    return x, y, {name: weights[name] for name in ordered}


def fitness(graph, x, y, initial, final, losses):
    random = np.random.default_rng(1)
    worst = 0
    for _ in range(4):
        noisy = {name: w * (1 + random.uniform(-NOISE, NOISE, w.shape)) for name, w in initial.items()}
        worst = max(worst, deviation(initial, final, noisy, train(graph, x, y, noisy)[1]))
    singleLosses, single, _ = train(graph, x, y, initial, torch.float32)
    difference = np.abs(np.subtract(losses, singleLosses)).max() / np.abs(losses).max()
    changes = [np.abs(final[name] - initial[name]).max() for name in initial]
    return worst, max(deviation(initial, final, initial, single), difference), min(c for c in changes if c > 0)


def generate(graph, settings):
    for attempt in range(200):
        x, y, initial = drawData(graph, settings, attempt)
        losses, final, predictions = train(graph, x, y, initial)
        noise, single, change = fitness(graph, x, y, initial, final, losses)
        if max(noise, single) < WELL_CONDITIONED and change >= 4e-3:
            break
    else:
        raise SystemExit(f"{graph['name']}: no well-conditioned data found: {noise:.0e} {single:.0e} {change:.0e}")
    print(f"{graph['name']:<62} attempt {attempt:>2}  noise {noise:.0e}  float32 {single:.0e}  change {change:.0e}")
    return {
        "name": graph["name"], "source": f"torch {torch.__version__.split('a')[0]} float64", **graph,
        "x": [exact(each) for each in x], "y": [exact(each) for each in y],
        "initialWeights": {name: exact(w) for name, w in initial.items()},
        "losses": [rounded(each) for each in losses],
        "finalWeights": {name: rounded(w) for name, w in final.items()},
        "predictions": [rounded(each) for each in predictions],
    }


# ── Cases ──────────────────────────────────────────────────────────────────────────────────────────────────────────
CASES = []


class Builder:
    """A graph in the making: layers and nodes are listed as they are called."""

    def __init__(self, *inputs):
        self.inputs, self.layers, self.nodes = [list(shape) for shape in inputs], [], []

    def layer(self, kind, **options):
        """A layer without a use yet, for sharing."""
        count = sum(layer["type"] == kind for layer in self.layers)
        name = f"{kind}_{count}" if count else kind
        self.layers.append({"name": name, "type": kind, "options": options})
        return name

    def use(self, name, *sources):
        self.nodes.append({"layer": name, "from": list(sources)})
        return len(self.inputs) + len(self.nodes) - 1

    def __call__(self, kind, *sources, **options):
        return self.use(self.layer(kind, **options), *sources)

    def case(self, name, *outputs, loss="meanSquaredError", lossWeights=None, optimizer="sgd", target="real", samples=7,
             offset=0, **optimizerOptions):
        graph = {"name": name, "inputs": self.inputs, "layers": self.layers, "nodes": self.nodes,
                 "outputs": list(outputs), "loss": loss if isinstance(loss, list) else [loss] * len(outputs),
                 "lossWeights": lossWeights or [1] * len(outputs), "optimizer": optimizer,
                 "optimizerOptions": {"learningRate": 0.05, **optimizerOptions}}
        CASES.append((graph, dict(target=target, samples=samples, offset=offset)))


def normalised(name, kind, shape=(6,), offset=0, first=False, optimizer="sgd", samples=7, learningRate=0.05, **options):
    g = Builder(shape)
    x = 0 if first else g("dense", 0, units=8, activation="tanh")
    x = g(kind, x, **options)
    x = g("dense", x, units=5, activation="tanh")
    g.case(name, g("dense", x, units=2), offset=offset, optimizer=optimizer, samples=samples, learningRate=learningRate)


normalised("batchNormalization, defaults", "batchNormalization")
normalised("batchNormalization, momentum 0.75, epsilon 0.125", "batchNormalization", momentum=0.75, epsilon=0.125)
normalised("batchNormalization, no scale", "batchNormalization", scale=False, momentum=0.5)
normalised("batchNormalization, no center, adam", "batchNormalization", center=False, momentum=0.5, optimizer="adam")
normalised("batchNormalization of positions", "batchNormalization", shape=(3, 4), momentum=0.5, samples=5)
normalised("batchNormalization of data around 100", "batchNormalization", first=True, offset=100, momentum=0.5)
normalised("batchNormalization, frozen", "batchNormalization", trainable=False)
normalised("layerNormalization, defaults", "layerNormalization")
normalised("layerNormalization, no scale, epsilon 0.125", "layerNormalization", scale=False, epsilon=0.125)
normalised("layerNormalization over two axes", "layerNormalization", shape=(3, 4), axis=[-2, -1], first=True)
normalised("layerNormalization of data around 100", "layerNormalization", shape=(9,), first=True, offset=100)
normalised("layerNormalization of positions, adam", "layerNormalization", shape=(3, 4), optimizer="adam", samples=5)
normalised("groupNormalization, 4 groups", "groupNormalization", groups=4, shape=(3, 6), samples=5)
normalised("groupNormalization, one group", "groupNormalization", groups=1, shape=(3, 5), samples=5)
normalised("groupNormalization, every channel its own", "groupNormalization", groups=-1, shape=(5, 4), samples=5)
normalised("rmsNormalization, defaults", "rmsNormalization")
normalised("rmsNormalization, no scale, adam", "rmsNormalization", scale=False, optimizer="adam")

for kind in ("add", "subtract", "multiply", "average", "maximum", "minimum"):
    g = Builder([5], [4])
    a, b = g("dense", 0, units=6, activation="tanh"), g("dense", 1, units=6, activation="tanh")
    merged = g(kind, a, b) if kind == "subtract" else g(kind, a, b, g("dense", 0, units=6))
    g.case(f"{kind} of branches", g("dense", merged, units=2))

g = Builder([6])
x = g("dense", 0, units=6, activation="tanh")
x = g("add", x, g("dense", x, units=6, activation="tanh"))
x = g("add", x, g("dense", x, units=6, activation="tanh"))
g.case("residuals", g("dense", x, units=2), optimizer="adam")

g = Builder([6])
x = g("dense", 0, units=5)
g.case("the same node twice", g("dense", g("multiply", x, x), units=2), learningRate=0.02)

g = Builder([3, 4], [3, 4])
x = g("concatenate", g("dense", 0, units=5, activation="tanh"), g("dense", 1, units=3), 0)
g.case("concatenate three along the last axis", g("dense", x, units=2), samples=5)

g = Builder([3, 4], [2, 4])
x = g("concatenate", g("dense", 0, units=5), g("dense", 1, units=5), axis=1)
g.case("concatenate along axis 1", g("dense", g("flatten", x), units=2), samples=5)

for normalize in (False, True):
    g = Builder([5], [4])
    x = g("dot", g("dense", 0, units=6, activation="tanh"), g("dense", 1, units=6), axes=1, normalize=normalize)
    g.case(f"dot of vectors{', normalised' if normalize else ''}", g("dense", x, units=2))

g = Builder([3, 4], [5, 4])
x = g("dot", g("dense", 0, units=3, activation="tanh"), g("dense", 1, units=3), axes=[2, 2])
g.case("dot of matrices", x, samples=5)

g = Builder([3, 4], [4, 5])
x = g("dot", g("dense", 0, units=4, activation="tanh"), g("dense", 1, units=2), axes=[2, 1], normalize=True)
g.case("dot over different axes, normalised", x, samples=5)

g = Builder([3, 4])
x = g("dense", g("permute", g("dense", 0, units=5, activation="tanh"), dims=[2, 1]), units=2)
g.case("permute", x, samples=5)

g = Builder([3, 4])
x = g("prelu", g("dense", 0, units=5))
x = g("prelu", g("dense", x, units=4), sharedAxes=[1])
g.case("prelu, one slope each and one for all positions", g("dense", x, units=2), samples=5)

g = Builder([4], [4])
shared = g.layer("dense", units=5, activation="tanh")
a, b = g.use(shared, 0), g.use(shared, 1)
g.case("a shared layer", g("dense", g("subtract", a, b), units=2))

g = Builder([5])
first = g("dense", 0, units=5, activation="tanh")
shared = g.layer("dense", units=5, activation="tanh")
norm = g.layer("batchNormalization", momentum=0.5)
x = first
for _ in range(3):
    x = g.use(norm, g.use(shared, x))
g.case("a layer and its normalisation used three times", g("dense", x, units=2))

g = Builder([4], [3])
trunk = g("add", g("dense", 0, units=6, activation="tanh"), g("dense", 1, units=6))
g.case("two inputs, two outputs, lossWeights", g("dense", trunk, units=2), g("dense", trunk, units=3),
       loss=["meanSquaredError", "logCosh"], lossWeights=[0.25, 2])

if __name__ == "__main__":
    torch.set_num_threads(1)
    entries = [generate(graph, settings) for graph, settings in CASES]
    assert len({entry["name"] for entry in entries}) == len(entries), "names must differ"
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    path = pathlib.Path(__file__).with_name("torchGraphs.json")
    path.write_text(f"[\n{lines}\n]\n")
    print(f"{len(entries)} trajectories, {path.stat().st_size} bytes")
