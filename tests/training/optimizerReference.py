#!/usr/bin/env python3
"""Reference numbers for single optimizers: six updates of four weights by given gradients, in float64.

Run (Debian's python3-torch):   /usr/bin/python3 tests/training/optimizerReference.py
It writes optimizerReference.json beside itself. The update rules are those of tests/references/kerasFormulas.py.
"""
import json
import pathlib
import sys

import torch

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent / "references"))
from kerasFormulas import OPTIMIZERS, clip  # noqa: E402

WEIGHTS = [0.5, -1.25, 2.0, -0.125]
GRADIENTS = [
    [0.5, -0.25, 1.5, 0.0],
    [-1.0, 0.125, 0.75, 0.25],
    [0.25, 0.25, -2.0, 0.0],
    [1.25, -0.5, 0.5, -0.0625],
    [0.0, 0.75, 0.25, 0.5],
    [-0.75, -1.0, 1.0, 0.125],
]

# name, options of the update rule, options around it
CASES = [
    ("sgd", {}, {}),
    ("sgd", {}, {"learningRate": 0.5}),
    ("sgd", {"momentum": 0.9}, {}),
    ("sgd", {"momentum": 0.75, "nesterov": True}, {"learningRate": 0.1}),
    ("rmsprop", {}, {}),
    ("rmsprop", {"rho": 0.75, "epsilon": 0.5}, {"learningRate": 0.25}),
    ("rmsprop", {"momentum": 0.5}, {}),
    ("rmsprop", {"centered": True}, {}),
    ("rmsprop", {"centered": True, "momentum": 0.25, "epsilon": 0.125}, {}),
    ("adagrad", {}, {}),
    ("adagrad", {"initialAccumulatorValue": 0.5, "epsilon": 0.25}, {"learningRate": 0.5}),
    ("adadelta", {}, {}),
    ("adadelta", {"rho": 0.75, "epsilon": 0.0625}, {"learningRate": 1.0}),
    ("adam", {}, {}),
    ("adam", {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.25}, {"learningRate": 0.125}),
    ("adam", {"amsgrad": True, "beta2": 0.5}, {}),
    ("adamW", {}, {}),
    ("adamW", {}, {"weightDecay": 0.5, "learningRate": 0.1}),
    ("adamax", {}, {}),
    ("adamax", {"beta1": 0.5, "beta2": 0.5, "epsilon": 0.25}, {"learningRate": 0.125}),
    ("nadam", {}, {}),
    ("nadam", {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.25}, {"learningRate": 0.125}),
    ("lion", {}, {}),
    ("lion", {"beta1": 0.5, "beta2": 0.25}, {"learningRate": 0.125, "weightDecay": 0.25}),
    ("sgd", {}, {"clipNorm": 1.0}),
    ("sgd", {}, {"globalClipNorm": 0.75}),
    ("sgd", {"momentum": 0.5}, {"clipValue": 0.5, "weightDecay": 0.125}),
]


def trajectory(name, own, around):
    factory, learningRate, weightDecay = OPTIMIZERS[name]
    learningRate = around.get("learningRate", learningRate)
    weightDecay = around.get("weightDecay", weightDecay)
    clipping = {key: value for key, value in around.items() if key.startswith("clip") or key.startswith("global")}
    step = factory(**own)
    w, state, rows = torch.tensor(WEIGHTS, dtype=torch.float64), {}, []
    for t, gradient in enumerate(GRADIENTS):
        (g,) = clip([torch.tensor(gradient, dtype=torch.float64)], **clipping)
        if weightDecay:
            w = w - learningRate * weightDecay * w
        w = step(state, w, g, learningRate, t)
        rows.append(w.tolist())
    return {"name": name, "options": {**own, **around}, "weights": rows}


cases = [trajectory(*case) for case in CASES]
document = {"weights": WEIGHTS, "gradients": GRADIENTS, "cases": cases}
(here / "optimizerReference.json").write_text(json.dumps(document, indent=1) + "\n")
