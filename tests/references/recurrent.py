#!/usr/bin/env python3
"""Writes recurrent.json: outputs, gradients and three training steps of recurrent layers, by torch in float64.

Run (Debian's python3-torch 1.13):   /usr/bin/python3 tests/references/recurrent.py

The layers are written down here step by step from the formulas of Keras 3 (keras/src/layers/rnn, 2025), gradients are those of
torch.autograd. Where torch.nn has the same layer (lstm; gru with resetAfter; simpleRNN; without masks), it must agree.

  masks           A step that does not count leaves the states and repeats the output, 0 before the first that counts;
                  in a bidirectional layer that returns sequences it puts out 0.
  goBackwards     The steps from the last to the first; outputs in the order in which they are made.
  bidirectional   The second layer goes the other way, and its sequence is turned around before both are merged.

Numbers are not stored where a rule makes them: number(seed, i) = ((i + 1)·48271 + seed·69621) mod 2003 − 1001, in 1024ths; x has
seed 1, states 2 and 3 (5 and 6 of a second layer), the weights 10, 11, … (halved), the target of output j 20 + j. The loss is the
sum over all outputs of the mean squared error, training is three steps of sgd with a learning rate of 0.125.

A case is { name, kind, options, batch, time, features, mask?, hasStates, mergeMode?, outputs, loss, gradients, inputGradients, losses,
weights }: gradients by the weights, then by x and the states; losses of the three steps, and the weights after them.
"""
import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
DIGITS = 9


def number(seed, i):
    return (((i + 1) * 48271 + seed * 69621) % 2003 - 1001) / 1024


def tensor(seed, shape, scale=1.0):
    count = math.prod(shape)
    return torch.tensor([number(seed, i) * scale for i in range(count)]).reshape(shape)


ACTIVATIONS = {
    "linear": lambda x: x,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "hardSigmoid": lambda x: torch.clamp(x + 3, 0, 6) / 6,
    "elu": torch.nn.functional.elu,
    "softsign": torch.nn.functional.softsign,
    "softplus": torch.nn.functional.softplus,
}


# ── Cells: the new states, the first of which is put out ───────────────────────────────────────────────────────────
def split(x, parts):
    return torch.split(x, x.shape[-1] // parts, -1)


def lstm(x, states, weights, options):
    h, c = states
    inner, gate = activations(options)
    z = x @ weights[0] + h @ weights[1] + (weights[2] if len(weights) > 2 else 0)
    i, f, g, o = split(z, 4)
    c = gate(f) * c + gate(i) * inner(g)
    return [gate(o) * inner(c), c]


def gru(x, states, weights, options):
    (h,) = states
    inner, gate = activations(options)
    after = options.get("resetAfter", True)
    bias = weights[2] if len(weights) > 2 else None
    ofInput, ofState = (bias[0], bias[1]) if bias is not None and after else (bias if bias is not None else 0, 0)
    xz, xr, xh = split(x @ weights[0] + ofInput, 3)
    uz, ur, uh = split(weights[1], 3)
    bz, br, bh = split(ofState, 3) if bias is not None and after else (0, 0, 0)
    z = gate(xz + h @ uz + bz)
    r = gate(xr + h @ ur + br)
    g = inner(xh + (r * (h @ uh + bh) if after else (r * h) @ uh))
    return [z * h + (1 - z) * g]


def simpleRNN(x, states, weights, options):
    inner, _ = activations(options)
    return [inner(x @ weights[0] + states[0] @ weights[1] + (weights[2] if len(weights) > 2 else 0))]


def activations(options):
    return ACTIVATIONS[options.get("activation", "tanh")], ACTIVATIONS[options.get("recurrentActivation", "sigmoid")]


CELLS = {"lstm": (lstm, 4, 2), "gru": (gru, 3, 1), "simpleRNN": (simpleRNN, 1, 1)}


# ── Layers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def run(kind, x, states, weights, options, mask, backwards, zeros):
    """All outputs in the order of the steps, and the last states."""
    cell = CELLS[kind][0]
    order = list(range(x.shape[1]))
    outputs, previous = [], torch.zeros(x.shape[0], options["units"])
    for t in reversed(order) if backwards else order:
        new = cell(x[:, t], states, weights, options)
        output = new[0]
        if mask is not None:
            counts = mask[:, t : t + 1] != 0
            output = torch.where(counts, output, torch.zeros_like(output) if zeros else previous)
            previous = torch.where(counts, new[0], previous)
            new = [torch.where(counts, a, b) for a, b in zip(new, states)]
        else:
            previous = output
        states = new
        outputs.append(output)
    return torch.stack(outputs, 1), previous, states


def layer(case, x, states, weights, mask):
    options, kind = case["options"], case["kind"]
    sequences, backwards = options.get("returnSequences", False), options.get("goBackwards", False)
    if "mergeMode" not in case:
        y, last, ends = run(kind, x, states, weights, options, mask, backwards, False)
        first = y if sequences else last
    else:
        half, count = len(weights) // 2, len(states) // 2
        y, last, ends = run(kind, x, states[:count], weights[:half], options, mask, backwards, sequences)
        other, otherLast, otherEnds = run(kind, x, states[count:], weights[half:], options, mask, not backwards, sequences)
        a, b = (y, other.flip(1)) if sequences else (last, otherLast)
        ends = [*ends, *otherEnds]
        first = {
            "concat": lambda: torch.cat([a, b], -1),
            "sum": lambda: a + b,
            "mul": lambda: a * b,
            "ave": lambda: (a + b) / 2,
        }[case["mergeMode"]]()
    return [first, *ends] if options.get("returnState") else [first]


def penalty(options, weights):
    total = 0
    for name, weight in zip(("kernel", "recurrent", "bias"), weights):
        regularizer = options.get(f"{name}Regularizer")
        if regularizer:
            total = total + regularizer["options"]["l2"] * (weight**2).sum()
    return total


def lossOf(case, x, states, weights, mask, targets):
    outputs = layer(case, x, states, weights, mask)
    loss = sum(((y - t) ** 2).mean() for y, t in zip(outputs, targets))
    return outputs, loss + penalty(case["options"], weights)


def shapesOf(case):
    units, features = case["options"]["units"], case["features"]
    gates = CELLS[case["kind"]][1]
    shapes = [[features, gates * units], [units, gates * units]]
    if case["options"].get("useBias", True):
        after = case["kind"] == "gru" and case["options"].get("resetAfter", True)
        shapes.append([2, gates * units] if after else [gates * units])
    return shapes


def compare(case, x, states, weights, outputs):
    """torch.nn's own layer, where it has it."""
    options, kind = case["options"], case["kind"]
    special = {"activation", "recurrentActivation", "goBackwards"} & set(options)
    if case.get("mask") or special or "mergeMode" in case or options.get("resetAfter") is False:
        return False
    units = options["units"]
    hasBias = len(weights) > 2
    made = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "simpleRNN": torch.nn.RNN}[kind]
    module = made(case["features"], units, batch_first=True, bias=hasBias)
    # torch has r z n where Keras has z r h, and z the other way round.
    order = (lambda w: torch.cat([split(w, 3)[1], split(w, 3)[0], split(w, 3)[2]], -1)) if kind == "gru" else lambda w: w
    with torch.no_grad():
        module.weight_ih_l0.copy_(order(weights[0]).T)
        module.weight_hh_l0.copy_(order(weights[1]).T)
        if hasBias:
            biases = weights[2] if kind == "gru" else torch.stack([weights[2], torch.zeros_like(weights[2])])
            module.bias_ih_l0.copy_(order(biases[0]))
            module.bias_hh_l0.copy_(order(biases[1]))
    given = tuple(s[None] for s in states)
    y, _ = module(x, given if kind == "lstm" else given[0])
    wanted = y if options.get("returnSequences") else y[:, -1]
    assert torch.allclose(wanted, outputs[0], atol=1e-12), case["name"]
    return True


def numbers(x):
    return [float(f"%.{DIGITS}g" % value) for value in x.detach().reshape(-1).tolist()]


def compute(case):
    batch, time, units = case["batch"], case["time"], case["options"]["units"]
    directions = 2 if "mergeMode" in case else 1
    shapes = shapesOf(case) * directions
    x = tensor(1, [batch, time, case["features"]]).requires_grad_()
    count = CELLS[case["kind"]][2]
    seeds = [2, 3][:count] + ([5, 6][:count] if directions == 2 else [])
    states = [
        (tensor(seed, [batch, units]) if case["hasStates"] else torch.zeros(batch, units)).requires_grad_()
        for seed in seeds
    ]
    mask = torch.tensor(case["mask"], dtype=torch.float64) if case.get("mask") else None
    weights = [tensor(10 + i, shape, 0.5).requires_grad_() for i, shape in enumerate(shapes)]
    with torch.no_grad():
        made = layer(case, x, states, weights, mask)
    targets = [tensor(20 + j, list(y.shape)) for j, y in enumerate(made)]
    outputs, loss = lossOf(case, x, states, weights, mask, targets)
    case["checked"] = compare(case, x, states, weights, outputs)
    given = [x, *(states if case["hasStates"] else [])]
    gradients = torch.autograd.grad(loss, [*weights, *given], allow_unused=True)
    gradients = [torch.zeros_like(w) if g is None else g for g, w in zip(gradients, [*weights, *given])]
    losses = []
    for _ in range(3):
        _, value = lossOf(case, x, states, weights, mask, targets)
        losses.append(value.item())
        steps = torch.autograd.grad(value, weights)
        weights = [(w - 0.125 * g).detach().requires_grad_() for w, g in zip(weights, steps)]
    return {
        **case,
        "outputs": [numbers(y) for y in outputs],
        "loss": loss.item(),
        "gradients": [numbers(g) for g in gradients[: len(weights)]],
        "inputGradients": [numbers(g) for g in gradients[len(weights) :]],
        "losses": losses,
        "weights": [numbers(w) for w in weights],
    }


# ── Cases ──────────────────────────────────────────────────────────────────────────────────────────────────────────
RIGHT = [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]]
LEFT = [[0, 0, 1, 1, 1], [0, 0, 0, 0, 1], [1, 1, 1, 1, 1]]
HOLES = [[1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [0, 1, 1, 0, 0]]
SEQUENCES, STATE, BACKWARDS = {"returnSequences": True}, {"returnState": True}, {"goBackwards": True}


def makeCases():
    cases = []

    def add(what, kind, options=None, batch=3, time=5, features=3, units=4, mask=None, hasStates=False, mergeMode=None):
        form = " (reset before)" if (options or {}).get("resetAfter") is False else ""
        case = {
            "name": f"{kind}{form}: {what}",
            "kind": kind,
            "options": {"units": units, **(options or {})},
            **{"batch": batch, "time": time, "features": features, "hasStates": hasStates},
        }
        if mask:
            case["mask"] = mask
        if mergeMode:
            case["mergeMode"] = mergeMode
        cases.append(case)

    l2 = {"name": "l2", "options": {"l2": 0.125}}
    for kind, form in (("lstm", {}), ("gru", {}), ("gru", {"resetAfter": False}), ("simpleRNN", {})):
        add("last output", kind, form)
        add("sequence and states from given ones", kind, {**form, **SEQUENCES, **STATE}, hasStates=True)
        add("backwards", kind, {**form, **SEQUENCES, **BACKWARDS})
        add("one step of one sample", kind, form, batch=1, time=1)
        add("odd widths", kind, {**form, **SEQUENCES}, batch=2, time=3, features=1, units=7)
        add("200 steps", kind, form, batch=2, time=200, features=1, units=5)
        add("mask at the end", kind, {**form, **SEQUENCES}, mask=RIGHT)
        add("mask at the beginning, with given states", kind, {**form, **SEQUENCES, **STATE}, mask=LEFT, hasStates=True)
        add("mask with holes, last output, with given states", kind, {**form, **STATE}, mask=HOLES, hasStates=True)
        add("mask with holes, backwards", kind, {**form, **SEQUENCES, **BACKWARDS, **STATE}, mask=HOLES, hasStates=True)
        add("without bias, penalties", kind, {**form, "useBias": False, "kernelRegularizer": l2, "recurrentRegularizer": l2})
        others = {"activation": "softsign"} if kind == "simpleRNN" else {"activation": "elu", "recurrentActivation": "hardSigmoid"}
        add("other activations", kind, {**form, **others, **SEQUENCES})
        for mode in ("concat", "sum", "mul", "ave"):
            add(f"bidirectional, {mode}", kind, {**form, **(SEQUENCES if mode != "sum" else {})}, mergeMode=mode)
        add("bidirectional, mask with holes", kind, {**form, **SEQUENCES}, mask=HOLES, mergeMode="concat")
        add("bidirectional, mask, states", kind, {**form, **STATE}, mask=LEFT, mergeMode="sum", hasStates=True)
        add("bidirectional, backwards", kind, {**form, **SEQUENCES, **STATE, **BACKWARDS}, mask=RIGHT, mergeMode="ave")
    return cases


results = [compute(case) for case in makeCases()]
path = pathlib.Path(__file__).with_name("recurrent.json")
path.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in results) + "\n]\n")
print(len(results), "cases,", sum(case["checked"] for case in results), "agree with torch.nn,", path.stat().st_size, "bytes")
