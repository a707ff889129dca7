"""PyTorch on one thread, in the same conversation as serve.mjs: one JSON object a line, one answer a line."""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def read_floats(path, rows):
    with open(path, "rb") as file:
        values = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    return values.reshape(rows, -1)


def convolutions(pixels, filters):
    """3x3 convolutions, each with relu and pooling, of square images; none where there are no filters."""
    if not filters:
        return []
    side = round(pixels**0.5)
    layers = [nn.Unflatten(1, (1, side, side))]
    for inputs, outputs in zip([1, *filters], filters):
        layers += [nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return [*layers, nn.Flatten()]


class Recurrent(nn.Module):
    """The output of the last step of a recurrent layer over values that are so many steps."""

    def __init__(self, kind, steps, features, units, bias):
        super().__init__()
        self.steps = steps
        self.layer = {"lstm": nn.LSTM, "gru": nn.GRU}[kind](features, units, bias=bias, batch_first=True)

    def forward(self, x):
        return self.layer(x.reshape(x.shape[0], self.steps, -1))[0][:, -1]


def features_of(layers, pixels):
    with torch.no_grad():
        return nn.Sequential(*layers)(torch.zeros(1, pixels)).shape[1]


class Block(nn.Module):
    """Attention, then two dense layers, each on normalized inputs and beside a way around."""

    def __init__(self, width, heads, context):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.register_buffer("hidden", torch.ones(context, context, dtype=torch.bool).triu(1))

    def forward(self, x):
        n = self.norms[0](x)
        x = x + self.attention(n, n, n, attn_mask=self.hidden, need_weights=False)[0]
        return x + self.dense(self.norms[1](x))


class Gpt(nn.Module):
    def __init__(self, vocabulary, context, width, heads, blocks):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.randn(context, width) / width**0.5)
        blocks = [Block(width, heads, context) for _ in range(blocks)]
        self.rest = nn.Sequential(*blocks, nn.LayerNorm(width), nn.Linear(width, vocabulary))

    def forward(self, ids):
        return self.rest(self.tokens(ids) + self.positions)


def train_gpt(network, x_path, y_path):
    samples, batch = network["samples"], network["batchSize"]
    x, y = (read_floats(path, samples).long() for path in (x_path, y_path))
    model = Gpt(**network["transformer"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=network["learningRate"], weight_decay=0.004)
    initial = {name: value.clone() for name, value in model.state_dict().items()}

    def run(epochs):
        losses = []
        for _ in range(epochs):
            order = torch.randperm(samples)
            for first in range(0, samples, batch):
                chosen = order[first : first + batch]
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(x[chosen]).flatten(0, 1), y[chosen].flatten())
                loss.backward()
                optimizer.step()
            losses.append(loss.item())
        return losses

    return run, lambda: model.load_state_dict(initial)


def train(network, x_path, y_path):
    if "transformer" in network:
        return train_gpt(network, x_path, y_path)
    widths, samples, batch = network["widths"], network["samples"], network["batchSize"]
    x, y = read_floats(x_path, samples), read_floats(y_path, samples)
    layers = convolutions(widths[0], network.get("filters", []))
    recurrent = network.get("recurrent")
    if recurrent:
        steps, units = recurrent["steps"], recurrent["units"]
        layers.append(Recurrent(recurrent["kind"], steps, widths[0] // steps, units, network["useBias"]))
    if layers:
        widths = [features_of(layers, widths[0]), *widths[1:]]
    for inputs, units, activation in zip(widths, widths[1:], network["activations"]):
        layers.append(nn.Linear(inputs, units, bias=network["useBias"]))
        if activation in ACTIVATIONS:
            layers.append(ACTIVATIONS[activation]())
    model = nn.Sequential(*layers)
    # Its cross-entropy takes logits, and with floating-point targets probabilities of classes.
    loss_of = nn.MSELoss() if network["loss"] == "meanSquaredError" else nn.CrossEntropyLoss()
    make = torch.optim.SGD if network["optimizer"] == "sgd" else torch.optim.Adam
    optimizer = make(model.parameters(), lr=network["learningRate"])
    initial = {name: value.clone() for name, value in model.state_dict().items()}

    def step(inputs, targets):
        optimizer.zero_grad()
        loss = loss_of(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    def run(epochs):
        losses = []
        for _ in range(epochs):
            if samples == batch:
                loss = step(x, y)
            else:
                order = torch.randperm(samples)
                for first in range(0, samples, batch):
                    chosen = order[first : first + batch]
                    loss = step(x[chosen], y[chosen])
            losses.append(loss.item())
        return losses

    return run, lambda: model.load_state_dict(initial)


def multiply(product, a_path, b_path):
    form, m, k, n = product["form"], product["m"], product["k"], product["n"]
    a = read_floats(a_path, k if form == "TN" else m)
    b = read_floats(b_path, n if form == "NT" else k)
    a = a.t() if form == "TN" else a
    b = b.t() if form == "NT" else b
    c = torch.empty(m, n)
    if not torch.allclose(torch.mm(a, b), (a.double() @ b.double()).float(), rtol=1e-3, atol=1e-3):
        raise ArithmeticError("this BLAS computes wrong products on this processor")

    def run(times):
        for _ in range(times):
            torch.mm(a, b, out=c)

    return run, lambda: None


def name_of_blas():
    """What Debian's PyTorch multiplies matrices with is whatever libblas.so.3 is; the reference one is slow."""
    torch.mm(torch.ones(64, 64), torch.ones(64, 64))
    with open("/proc/self/maps") as maps:
        libraries = maps.read()
    known = {"libopenblas": "OpenBLAS", "libmkl": "MKL", "libblis": "BLIS"}
    return next((name for file, name in known.items() if file in libraries), "reference BLAS")


def warm_up(run, effort):
    """Runs until it is warm; returns how many times of the work take about a fifth of a turn, and the first and last loss."""
    begin, times = time.perf_counter(), 1
    losses = []
    while True:
        start = time.perf_counter()
        losses += run(times) or []
        end = time.perf_counter()
        fitting = times * effort["turnMilliseconds"] / 5000 / max(end - start, 1e-6)
        times = max(1, int(min(fitting, 4 * times) + 0.999))
        if 1000 * (end - begin) >= effort["warmUpMilliseconds"] and fitting <= 4 * times:
            return times, losses[:1] + losses[-1:]


def answer(state, message):
    command = message["command"]
    if command == "hello":
        return {"name": "PyTorch native", "version": f"{torch.__version__}, {name_of_blas()}"}
    if command == "start":
        make, what = (train, message["network"]) if "network" in message else (multiply, message["product"])
        state["run"], state["reset"] = make(what, message["x"], message["y"])
        state["times"], losses = warm_up(state["run"], message["effort"])
        return {"losses": losses}
    state["reset"]()
    start = now = time.perf_counter()
    runs = 0
    while 1000 * (now - start) < message["turnMilliseconds"]:
        state["run"](state["times"])
        now = time.perf_counter()
        runs += 1
    return {"nanoseconds": 1e9 * (now - start) / runs / state["times"]}


if __name__ == "__main__":
    state = {}
    for line in sys.stdin:
        print(json.dumps(answer(state, json.loads(line))), flush=True)
