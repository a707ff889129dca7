#!/usr/bin/env python3
"""Writes attention.json: layers of attention and embedding, computed in float64 with torch from the rules of Keras 3.

Run (Debian's python3-torch, torch 1.13):   /usr/bin/python3 tests/references/attention.py

Each case has one layer, or a chain of them, its inputs and weights, and what comes out: outputs, the loss (the sum over outputs of
the mean squared difference from a target) and its gradients by weights and inputs. The last cases are small GPTs with their losses
of some steps of sgd, or of Adam, and their last weights. Inputs, targets and weights are multiples of 1/64.

The rules:
  multiHeadAttention   q·k/sqrt(keyDim), a softmax over the keys that a query may see (query mask, value mask, key mask, attention
                       mask, causality j <= i, window |i - j| < w), zeros where it sees none (Keras 3.11 and later), times v.
  rotary               pairs (j, j + half), angle position/scalingFactor/maxWavelength^(2j/size), as Keras-hub has it.
Where a case has no mask, no window, and heads that fill its width, torch.nn.MultiheadAttention must agree.
"""
import json
import math
import pathlib

import torch

torch.manual_seed(16)
torch.set_default_dtype(torch.float64)
CASES = []


def grid(*shape, scale=1.0):
    steps = round(64 * scale)
    return torch.randint(-steps, steps + 1, shape).double() / 64


def stored(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{v:.11g}") for v in tensor.detach().flatten().tolist()]}


def rotate(x, maxWavelength=10000.0, scalingFactor=1.0):
    """x [batch, time, ..., size]"""
    size = x.shape[-1]
    frequency = torch.tensor([maxWavelength ** (-2 * j / size) for j in range(size // 2)])
    angle = torch.arange(x.shape[1]).double()[:, None] / scalingFactor * frequency
    angle = angle.reshape(1, x.shape[1], *([1] * (x.dim() - 3)), size // 2)
    a, b = x[..., : size // 2], x[..., size // 2 :]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


def seen(T, S, options, masks, attentionMask):
    """[batch or 1, T, S]"""
    allowed = torch.ones(1, T, S, dtype=torch.bool)
    i, j = torch.arange(T)[:, None], torch.arange(S)[None]
    if options.get("useCausalMask"):
        allowed = allowed & (j <= i)
    if options.get("slidingWindow"):
        allowed = allowed & ((i - j).abs() < options["slidingWindow"])
    if "query" in masks:
        allowed = allowed & masks["query"].bool()[:, :, None]
    for name in ("value", "key"):
        if name in masks:
            allowed = allowed & masks[name].bool()[:, None]
    if attentionMask is not None:
        allowed = allowed & attentionMask.bool()
    return allowed


def softmaxOver(scores, allowed):
    allowed = allowed[:, None].expand_as(scores) if scores.dim() == 4 else allowed.expand_as(scores)
    z = torch.where(allowed, scores, torch.full((), -1e30))
    powers = (z - z.amax(-1, keepdim=True).detach()).exp() * allowed
    total = powers.sum(-1, keepdim=True)
    return powers / torch.where(total == 0, torch.ones(()), total)


def heads(x, weights, name):
    y = torch.einsum("bti,ihd->bthd", x, weights[f"{name}/kernel"])
    return y + weights[f"{name}/bias"] if f"{name}/bias" in weights else y


def multiHead(options, weights, inputs, masks, attentionMask):
    """Of both layers: heads of keys are repeated to those of queries."""
    query = inputs["query"]
    value = inputs.get("value", query)
    key = inputs.get("key", value)
    if "value" not in inputs and "query" in masks:
        masks = {**masks, "value": masks["query"]}
    q, k, v = heads(query, weights, "query"), heads(key, weights, "key"), heads(value, weights, "value")
    if "rotaryEmbedding" in options:
        q, k = rotate(q, **options["rotaryEmbedding"]), rotate(k, **options["rotaryEmbedding"])
    group = q.shape[2] // k.shape[2]
    k, v = k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)
    allowed = seen(q.shape[1], k.shape[1], options, masks, attentionMask)
    p = softmaxOver(torch.einsum("bthd,bshd->bhts", q, k) / math.sqrt(q.shape[-1]), allowed)
    y = torch.einsum("bhts,bshd->bthd", p, v)
    kernel = weights["attentionOutput/kernel"]
    y = torch.tensordot(y, kernel, 2)
    if "attentionOutput/bias" in weights:
        y = y + weights["attentionOutput/bias"]
    return [y, p]


def weightsOfHeads(options, inputs):
    query = inputs["query"]
    value = inputs.get("value", query)
    key = inputs.get("key", value)
    count, keyCount = options.get("numHeads", options.get("numQueryHeads")), options.get("numKeyValueHeads")
    keyCount = keyCount or count
    size = options.get("keyDim", options.get("headDim"))
    valueSize = options.get("valueDim", size)
    out = options.get("outputShape", query.shape[-1])
    out = out if isinstance(out, list) else [out]
    shapes = {"query": ([query.shape[-1]], [count, size]), "key": ([key.shape[-1]], [keyCount, size])}
    shapes.update({"value": ([value.shape[-1]], [keyCount, valueSize]), "attentionOutput": ([count, valueSize], out)})
    weights = {}
    for name, (ins, outs) in shapes.items():
        weights[f"{name}/kernel"] = grid(*ins, *outs, scale=0.75)
        if options.get("useBias", True):
            weights[f"{name}/bias"] = grid(*outs, scale=0.5)
    return weights


def luong(options, weights, inputs, masks, attentionMask):
    query, value = inputs["query"], inputs["value"]
    key = inputs.get("key", value)
    if "value" in masks:
        keyMask = {"value": masks["value"]}
    else:
        keyMask = {}
    if options["kind"] == "attention":
        scores = torch.einsum("btd,bsd->bts", query, key) * weights.get("scale", torch.ones(()))
    else:
        scores = (torch.tanh(query[:, :, None] + key[:, None]) * weights.get("scale", torch.ones(()))).sum(-1)
    p = softmaxOver(scores, seen(query.shape[1], value.shape[1], options, keyMask, None))
    y = p @ value
    if "query" in masks:
        y = y * masks["query"][:, :, None]
    return [y, p]


def case(name, kind, options, query, value=None, key=None, masks=None, attentionMask=None, scores=False):
    inputs = {"query": query}
    if value is not None:
        inputs["value"] = value
    if key is not None:
        inputs["key"] = key
    masks = masks or {}
    if kind in ("multiHeadAttention", "groupQueryAttention"):
        weights, compute = weightsOfHeads(options, inputs), multiHead
    else:
        weights, compute = {}, luong
        if options.get("useScale", kind == "additiveAttention"):
            weights["scale"] = grid() + 1.5 if kind == "attention" else grid(query.shape[-1])
    leaves = [t.requires_grad_() for t in [*inputs.values(), *weights.values()]]
    outputs = compute({"kind": kind, **options}, weights, inputs, masks, attentionMask)[: 2 if scores else 1]
    if kind == "multiHeadAttention" and not masks and attentionMask is None:
        checkWithTorch(options, weights, inputs, outputs[0])
    targets = [grid(*y.shape) for y in outputs]
    loss = sum(((y - t) ** 2).mean() for y, t in zip(outputs, targets))
    gradients = torch.autograd.grad(loss, leaves)
    CASES.append({
        "name": name, "kind": kind, "options": options,
        "inputs": {n: stored(t) for n, t in inputs.items()},
        "masks": {n: stored(t) for n, t in masks.items()},
        **({"attentionMask": stored(attentionMask)} if attentionMask is not None else {}),
        "weights": {n: stored(t) for n, t in weights.items()},
        "targets": [stored(t) for t in targets], "outputs": [stored(y) for y in outputs], "loss": loss.item(),
        "inputGradients": [stored(g) for g in gradients[: len(inputs)]],
        "weightGradients": {n: stored(g) for n, g in zip(weights, gradients[len(inputs) :])},
    })


def checkWithTorch(options, weights, inputs, expected):
    """torch.nn.MultiheadAttention has one width: heads·keyDim."""
    query = inputs["query"]
    width, count = query.shape[-1], options["numHeads"]
    plain = all(name not in options for name in ("valueDim", "outputShape", "slidingWindow", "rotaryEmbedding"))
    if not plain or count * options["keyDim"] != width or not options.get("useBias", True):
        return
    value = inputs.get("value", query)
    key = inputs.get("key", value)
    layer = torch.nn.MultiheadAttention(width, count, kdim=key.shape[-1], vdim=value.shape[-1], batch_first=True)
    names = ["query", "key", "value"]
    with torch.no_grad():
        kernels = [weights[f"{name}/kernel"].reshape(-1, width).T for name in names]
        if layer._qkv_same_embed_dim:
            layer.in_proj_weight.copy_(torch.cat(kernels))
        else:
            for name, kernel in zip(("q", "k", "v"), kernels):
                getattr(layer, f"{name}_proj_weight").copy_(kernel)
        layer.in_proj_bias.copy_(torch.cat([weights[f"{name}/bias"].flatten() for name in names]))
        layer.out_proj.weight.copy_(weights["attentionOutput/kernel"].reshape(width, width).T)
        layer.out_proj.bias.copy_(weights["attentionOutput/bias"])
        causal = options.get("useCausalMask")
        mask = torch.ones(query.shape[1], key.shape[1]).triu(1).bool() if causal else None
        y, _ = layer(query, key, value, attn_mask=mask)
    assert (y - expected).abs().max() < 1e-12, (y - expected).abs().max()
    CHECKED.append(1)


CHECKED = []


def lengths(counts, T):
    return (torch.arange(T)[None] < torch.tensor(counts)[:, None]).double()


# ── Layers over heads ──────────────────────────────────────────────────────────────────────────────────────────────
MHA, GQA = "multiHeadAttention", "groupQueryAttention"
case("self, one head", MHA, {"numHeads": 1, "keyDim": 4}, grid(2, 3, 4))
case("self, two heads", MHA, {"numHeads": 2, "keyDim": 4}, grid(3, 5, 8))
case("causal", MHA, {"numHeads": 2, "keyDim": 4, "useCausalMask": True}, grid(2, 6, 8))
case("causal, heads of 16", MHA, {"numHeads": 2, "keyDim": 16, "useCausalMask": True}, grid(2, 9, 32, scale=0.5))
case("heads of 32", MHA, {"numHeads": 1, "keyDim": 32, "useCausalMask": True}, grid(1, 7, 5))
case("heads of 64", MHA, {"numHeads": 1, "keyDim": 64}, grid(1, 5, 3))
case("odd sizes", MHA, {"numHeads": 3, "keyDim": 5, "valueDim": 7, "outputShape": 11}, grid(2, 7, 3))
case("output of two axes", MHA, {"numHeads": 2, "keyDim": 3, "outputShape": [2, 3]}, grid(2, 4, 5))
case("no bias", MHA, {"numHeads": 2, "keyDim": 3, "useBias": False}, grid(2, 4, 5))
case("one step", MHA, {"numHeads": 2, "keyDim": 3, "useCausalMask": True}, grid(4, 1, 6))
case("batch of one", MHA, {"numHeads": 2, "keyDim": 3}, grid(1, 13, 6))
case("long", MHA, {"numHeads": 1, "keyDim": 3, "useCausalMask": True}, grid(1, 200, 3))
case("padding of the queries", MHA, {"numHeads": 2, "keyDim": 4}, grid(3, 5, 8), masks={"query": lengths([5, 3, 1], 5)})
case("padding and causal", MHA, {"numHeads": 2, "keyDim": 4, "useCausalMask": True}, grid(3, 5, 8),
     masks={"query": torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1]]).double()})
case("no valid key", MHA, {"numHeads": 2, "keyDim": 4}, grid(2, 4, 8), masks={"query": lengths([4, 0], 4)})
case("attention mask", MHA, {"numHeads": 2, "keyDim": 4}, grid(2, 4, 8), attentionMask=(grid(2, 4, 4) > -0.3).double())
case("attention mask and causal", MHA, {"numHeads": 2, "keyDim": 3, "useCausalMask": True}, grid(2, 5, 6),
     attentionMask=(grid(2, 5, 5) > -0.3).double(), masks={"query": lengths([5, 4], 5)})
case("attention mask of all samples", MHA, {"numHeads": 2, "keyDim": 3}, grid(2, 5, 6), attentionMask=torch.ones(5, 5).tril())
case("cross", MHA, {"numHeads": 2, "keyDim": 3}, grid(2, 4, 6), grid(2, 7, 6))
case("cross, other width, masks", MHA, {"numHeads": 2, "keyDim": 3}, grid(2, 4, 6), grid(2, 7, 5),
     masks={"query": lengths([4, 2], 4), "value": lengths([3, 7], 7)})
case("query, value and key", MHA, {"numHeads": 2, "keyDim": 3}, grid(2, 4, 6), grid(2, 5, 3), grid(2, 5, 7),
     masks={"value": lengths([3, 5], 5), "key": lengths([5, 4], 5)})
case("scores", MHA, {"numHeads": 2, "keyDim": 3}, grid(2, 4, 6), scores=True)
case("scores, causal, masked", MHA, {"numHeads": 2, "keyDim": 3, "useCausalMask": True}, grid(2, 4, 6),
     masks={"query": lengths([4, 2], 4)}, scores=True)
case("window", MHA, {"numHeads": 2, "keyDim": 4, "useCausalMask": True, "slidingWindow": 3}, grid(2, 9, 8))
case("window on both sides", MHA, {"numHeads": 2, "keyDim": 4, "slidingWindow": 2}, grid(2, 9, 8))
case("rotary", MHA, {"numHeads": 2, "keyDim": 4, "useCausalMask": True, "rotaryEmbedding": {}}, grid(2, 9, 8))
case("rotary, short wavelength", MHA, {"numHeads": 1, "keyDim": 6, "rotaryEmbedding": {"maxWavelength": 50.0}}, grid(2, 5, 4))
case("groups", GQA, {"headDim": 4, "numQueryHeads": 4, "numKeyValueHeads": 2}, grid(2, 5, 6))
case("groups of one key head, causal", GQA,
     {"headDim": 3, "numQueryHeads": 3, "numKeyValueHeads": 1, "useCausalMask": True}, grid(2, 6, 7))
case("groups, cross, masks", GQA, {"headDim": 4, "numQueryHeads": 4, "numKeyValueHeads": 2, "useBias": False}, grid(2, 5, 6),
     grid(2, 3, 4), masks={"value": lengths([2, 3], 3)})
case("groups, rotary, scores", GQA,
     {"headDim": 4, "numQueryHeads": 4, "numKeyValueHeads": 2, "useCausalMask": True, "rotaryEmbedding": {}}, grid(2, 5, 6), scores=True)

# ── Luong's and Bahdanau's ─────────────────────────────────────────────────────────────────────────────────────────
case("Luong", "attention", {}, grid(2, 4, 3), grid(2, 5, 3))
case("Luong, scale, masks", "attention", {"useScale": True}, grid(2, 4, 3), grid(2, 5, 3),
     masks={"query": lengths([4, 2], 4), "value": lengths([3, 5], 5)})
case("Luong, key, causal", "attention", {"useCausalMask": True}, grid(2, 5, 3), grid(2, 5, 6), grid(2, 5, 3))
case("Bahdanau", "additiveAttention", {}, grid(2, 4, 3), grid(2, 5, 3))
case("Bahdanau, no scale, masks", "additiveAttention", {"useScale": False}, grid(2, 4, 3), grid(2, 5, 3),
     masks={"query": lengths([4, 2], 4), "value": lengths([3, 5], 5)})
case("Bahdanau, causal, scores", "additiveAttention", {"useCausalMask": True}, grid(2, 5, 3), grid(2, 5, 6)[..., :3], scores=True)


# ── GPTs ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def normalized(x, gamma, beta, epsilon=1e-3):
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / ((x - mean) ** 2).mean(-1, keepdim=True).add(epsilon).sqrt() * gamma + beta


def gpt(name, V, T, W, H, L, batch, steps, optimizer, tied, gated):
    block = {"numHeads": H, "keyDim": W // H, "useCausalMask": True}
    if gated:
        block["rotaryEmbedding"] = {}
    w = {"tokens/embeddings": grid(V, W, scale=0.5)}
    if not gated:
        w["positions/embeddings"] = grid(T + 2, W, scale=0.5)
    for i in range(L):
        w.update({f"norm{i}/gamma": 1 + grid(W, scale=0.25), f"norm{i}/beta": grid(W, scale=0.25)})
        for n, t in weightsOfHeads(block, {"query": torch.zeros(1, 1, W)}).items():
            w[f"heads{i}/{n}"] = (t * 32).round() / 64
        w.update({f"wide{i}/kernel": grid(W, 2 * W, scale=0.5), f"wide{i}/bias": grid(2 * W, scale=0.25)})
        if gated:
            w[f"gate{i}/kernel"] = grid(W, 2 * W, scale=0.5)
        w.update({f"narrow{i}/kernel": grid(2 * W, W, scale=0.5), f"narrow{i}/bias": grid(W, scale=0.25)})
    if not tied:
        w.update({"logits/kernel": grid(W, V, scale=0.5), "logits/bias": grid(V, scale=0.25)})
    initial = {n: stored(t) for n, t in w.items()}
    ids, targets = torch.randint(0, V, (batch, T)), torch.randint(0, V, (batch, T))
    w = {n: t.clone().requires_grad_() for n, t in w.items()}

    def loss():
        x = w["tokens/embeddings"][ids]
        if not gated:
            x = x + w["positions/embeddings"][:T]
        for i in range(L):
            own = {n[len(f"heads{i}/") :]: t for n, t in w.items() if n.startswith(f"heads{i}/")}
            n = normalized(x, w[f"norm{i}/gamma"], w[f"norm{i}/beta"])
            x = x + multiHead(block, own, {"query": n}, {}, None)[0]
            wide = x @ w[f"wide{i}/kernel"] + w[f"wide{i}/bias"]
            h = torch.nn.functional.silu(wide) * (x @ w[f"gate{i}/kernel"]) if gated else torch.nn.functional.gelu(wide)
            x = x + h @ w[f"narrow{i}/kernel"] + w[f"narrow{i}/bias"]
        logits = x @ w["tokens/embeddings"].T if tied else x @ w["logits/kernel"] + w["logits/bias"]
        return torch.nn.functional.cross_entropy(logits.reshape(-1, V), targets.flatten())

    m, v, losses = {n: 0.0 for n in w}, {n: 0.0 for n in w}, []
    for step in range(1, steps + 1):
        value = loss()
        losses.append(value.item())
        for (n, t), g in zip(list(w.items()), torch.autograd.grad(value, list(w.values()))):
            if optimizer == "sgd":
                t = t - 0.125 * g
            else:
                m[n], v[n] = 0.9 * m[n] + 0.1 * g, 0.999 * v[n] + 0.001 * g * g
                rate = 0.01 * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
                t = t - rate * m[n] / (v[n].sqrt() + 1e-4)
            w[n] = t.detach().requires_grad_()
    CASES.append({
        "name": name, "kind": "gpt",
        "options": {"V": V, "T": T, "W": W, "H": H, "L": L, "optimizer": optimizer, "tied": tied, "gated": gated},
        "ids": ids.tolist(), "targets": targets.tolist(), "losses": losses, "initialWeights": initial,
        "finalWeights": {n: stored(t) for n, t in w.items()},
    })


gpt("GPT, GELU, sgd", V=11, T=6, W=8, H=2, L=2, batch=3, steps=5, optimizer="sgd", tied=False, gated=False)
gpt("GPT, GELU, tied, Adam", V=7, T=5, W=6, H=3, L=1, batch=4, steps=6, optimizer="adam", tied=True, gated=False)
gpt("SwiGLU, rotary, tied, Adam", V=9, T=7, W=8, H=2, L=2, batch=2, steps=6, optimizer="adam", tied=True, gated=True)
gpt("SwiGLU, rotary, sgd, one sample", V=9, T=1, W=4, H=1, L=1, batch=1, steps=5, optimizer="sgd", tied=False, gated=True)

pathlib.Path(__file__).with_name("attention.json").write_text(json.dumps(CASES) + "\n")
print(len(CASES), "cases;", len(CHECKED), "of them as torch.nn.MultiheadAttention")
