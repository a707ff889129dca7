"""Keras 3's activations, losses, optimizers and schedules, written out from its published formulas.

Nothing here comes from wasmgrad, and nothing from torch.optim or torch.nn: those differ from Keras in places.
Torch only adds, multiplies and differentiates. Every fact below was read in keras-team/keras, keras/src/.

Conventions
  t     step counted from 0; the first update uses schedule(0) and bias corrections with exponent t + 1
  EPS   1e-7, Keras's backend epsilon
  Losses reduce the last axis to one value per sample (per timestep for rank 3), see `reduceLoss` for the rest.
"""
import math

import torch

EPS = 1e-7


# ── Activations ────────────────────────────────────────────────────────────────────────────────────────────────────
def softplus(z):
    return torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-torch.abs(z)))


def logSoftmax(z):
    shifted = z - z.max(dim=-1, keepdim=True).values.detach()
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))


def gelu(z, approximate=False):
    if approximate:
        return 0.5 * z * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    return 0.5 * z * (1 + torch.erf(z / math.sqrt(2)))


def elu(z, alpha=1.0):
    return torch.where(z > 0, z, alpha * torch.expm1(torch.clamp(z, max=0)))


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: torch.clamp(z, min=0),
    "relu6": lambda z: torch.clamp(z, 0, 6),
    "leakyRelu": lambda z, negativeSlope=0.2: torch.where(z > 0, z, negativeSlope * z),
    "elu": elu,
    "selu": lambda z: SELU_SCALE * elu(z, SELU_ALPHA),
    "gelu": gelu,
    "silu": lambda z: z * torch.sigmoid(z),
    "mish": lambda z: z * torch.tanh(softplus(z)),
    "sigmoid": torch.sigmoid,
    "hardSigmoid": lambda z: torch.clamp(z + 3, 0, 6) / 6,
    "tanh": torch.tanh,
    "softplus": softplus,
    "softsign": lambda z: z / (1 + torch.abs(z)),
    "softmax": lambda z: torch.exp(logSoftmax(z)),
    "logSoftmax": logSoftmax,
    "exponential": torch.exp,
}


# ── Losses: (target, output, logits or None, options) → one value per sample ───────────────────────────────────────
# `logits` is given when the output layer ends in softmax or sigmoid: Keras then computes the matching cross-entropy
# from what went into that activation, and so clips nothing.
def categoricalCrossentropy(y, output, logits, fromLogits=False, labelSmoothing=0.0):
    y = y * (1 - labelSmoothing) + labelSmoothing / y.shape[-1]
    if fromLogits or logits is not None:
        return -(y * logSoftmax(output if fromLogits else logits)).sum(-1)
    probabilities = output / output.sum(-1, keepdim=True)
    return -(y * torch.log(torch.clamp(probabilities, EPS, 1 - EPS))).sum(-1)


def sparseCategoricalCrossentropy(y, output, logits, **options):
    """Integer labels. Keras has no label smoothing here; wasmgrad's is that of the one-hot form."""
    oneHot = torch.nn.functional.one_hot(y.long(), output.shape[-1]).to(output.dtype)
    return categoricalCrossentropy(oneHot, output, logits, **options)


def binaryCrossentropy(y, output, logits, fromLogits=False, labelSmoothing=0.0):
    y = y * (1 - labelSmoothing) + 0.5 * labelSmoothing
    if fromLogits or logits is not None:
        z = output if fromLogits else logits
        return (softplus(z) - y * z).mean(-1)
    p = torch.clamp(output, EPS, 1 - EPS)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean(-1)


def huber(y, output, _logits, delta=1.0):
    error = torch.abs(output - y)
    return torch.where(error <= delta, 0.5 * error**2, delta * error - 0.5 * delta**2).mean(-1)


def logCosh(y, output, _logits):
    error = output - y
    return (error + softplus(-2 * error) - math.log(2)).mean(-1)


def meanSquaredLogarithmicError(y, output, _logits):
    logarithm = lambda v: torch.log(torch.clamp(v, min=EPS) + 1)
    return ((logarithm(output) - logarithm(y)) ** 2).mean(-1)


def kullbackLeiblerDivergence(y, output, _logits):
    y, output = torch.clamp(y, EPS, 1), torch.clamp(output, EPS, 1)
    return (y * torch.log(y / output)).sum(-1)


def hinge(y, output, _logits):
    return torch.clamp(1 - signLabels(y) * output, min=0).mean(-1)


def squaredHinge(y, output, _logits):
    return (torch.clamp(1 - signLabels(y) * output, min=0) ** 2).mean(-1)


def signLabels(y):
    """0/1 labels become -1/1, but only when every label of the batch is 0 or 1."""
    return 2 * y - 1 if bool(((y == 0) | (y == 1)).all()) else y


def categoricalHinge(y, output, _logits):
    positive = (y * output).sum(-1)
    negative = ((1 - y) * output).max(dim=-1).values
    return torch.clamp(negative - positive + 1, min=0)


def cosineSimilarity(y, output, _logits):
    normalize = lambda v: v * torch.clamp((v**2).sum(-1, keepdim=True).rsqrt(), max=1 / EPS)
    return -(normalize(y) * normalize(output)).sum(-1)


LOSSES = {
    "meanSquaredError": lambda y, output, _: ((y - output) ** 2).mean(-1),
    "meanAbsoluteError": lambda y, output, _: torch.abs(y - output).mean(-1),
    "meanAbsolutePercentageError": lambda y, output, _: 100
    * (torch.abs(y - output) / torch.clamp(torch.abs(y), min=EPS)).mean(-1),
    "meanSquaredLogarithmicError": meanSquaredLogarithmicError,
    "huber": huber,
    "logCosh": logCosh,
    "binaryCrossentropy": binaryCrossentropy,
    "categoricalCrossentropy": categoricalCrossentropy,
    "sparseCategoricalCrossentropy": sparseCategoricalCrossentropy,
    "kullbackLeiblerDivergence": kullbackLeiblerDivergence,
    "poisson": lambda y, output, _: (output - y * torch.log(output + EPS)).mean(-1),
    "hinge": hinge,
    "squaredHinge": squaredHinge,
    "categoricalHinge": categoricalHinge,
    "cosineSimilarity": cosineSimilarity,
}

FUSED = {
    ("softmax", "categoricalCrossentropy"),
    ("softmax", "sparseCategoricalCrossentropy"),
    ("sigmoid", "binaryCrossentropy"),
}


def reduceLoss(values, weights, reduction):
    """Weights multiply; "sumOverBatchSize" divides by the number of values, never by the sum of the weights."""
    if weights is not None:
        values = values * weights.reshape([-1] + [1] * (values.dim() - 1))
    return values.sum() if reduction == "sum" else values.sum() / values.numel()


# ── Optimizers: factory(options) → step(state, w, g, lr, t) → new w; state is one dictionary per weight ────────────
def sgd(momentum=0.0, nesterov=False):
    def step(state, w, g, lr, t):
        if momentum == 0:
            return w - lr * g
        velocity = state["velocity"] = momentum * state.get("velocity", 0) - lr * g
        return w + momentum * velocity - lr * g if nesterov else w + velocity

    return step


def rmsprop(rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    def step(state, w, g, lr, t):
        square = state["square"] = rho * state.get("square", 0) + (1 - rho) * g * g
        variance = square
        if centered:
            mean = state["mean"] = rho * state.get("mean", 0) + (1 - rho) * g
            variance = square - mean * mean
        increment = lr * g / torch.sqrt(variance + epsilon)
        if momentum > 0:
            increment = state["increment"] = momentum * state.get("increment", 0) + increment
        return w - increment

    return step


def adagrad(initialAccumulatorValue=0.1, epsilon=1e-7):
    def step(state, w, g, lr, t):
        square = state["square"] = state.get("square", initialAccumulatorValue) + g * g
        return w - lr * g / torch.sqrt(square + epsilon)

    return step


def adadelta(rho=0.95, epsilon=1e-7):
    def step(state, w, g, lr, t):
        square = state["square"] = rho * state.get("square", 0) + (1 - rho) * g * g
        before = torch.as_tensor(state.get("change", 0.0), dtype=w.dtype)
        change = torch.sqrt(before + epsilon) * g / torch.sqrt(square + epsilon)
        state["change"] = rho * before + (1 - rho) * change * change
        return w - lr * change

    return step


def adam(beta1=0.9, beta2=0.999, epsilon=1e-7, amsgrad=False):
    """Epsilon is the paper's "epsilon hat": added to the root of the uncorrected second moment."""

    def step(state, w, g, lr, t):
        m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
        v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
        if amsgrad:
            v = state["vMaximum"] = torch.maximum(state.get("vMaximum", torch.zeros_like(v)), v)
        alpha = lr * math.sqrt(1 - beta2 ** (t + 1)) / (1 - beta1 ** (t + 1))
        return w - alpha * m / (torch.sqrt(v) + epsilon)

    return step


def adamax(beta1=0.9, beta2=0.999, epsilon=1e-7):
    def step(state, w, g, lr, t):
        m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
        u = state["u"] = torch.maximum(beta2 * state.get("u", torch.zeros_like(g)), torch.abs(g))
        return w - lr * m / ((1 - beta1 ** (t + 1)) * (u + epsilon))

    return step


def nadam(beta1=0.9, beta2=0.999, epsilon=1e-7):
    """Momentum follows Dozat's schedule, and its running product corrects the bias; epsilon after the correction."""

    def step(state, w, g, lr, t):
        momentum = beta1 * (1 - 0.5 * 0.96 ** (t + 1))
        nextMomentum = beta1 * (1 - 0.5 * 0.96 ** (t + 2))
        product = state["product"] = state.get("product", 1.0) * momentum
        m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
        v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
        mCorrected = nextMomentum * m / (1 - product * nextMomentum) + (1 - momentum) * g / (1 - product)
        vCorrected = v / (1 - beta2 ** (t + 1))
        return w - lr * mCorrected / (torch.sqrt(vCorrected) + epsilon)

    return step


def lion(beta1=0.9, beta2=0.99):
    def step(state, w, g, lr, t):
        m = state.get("m", torch.zeros_like(g))
        state["m"] = beta2 * m + (1 - beta2) * g
        return w - lr * torch.sign(beta1 * m + (1 - beta1) * g)

    return step


# name → (update rule, default learning rate, default weight decay)
OPTIMIZERS = {
    "sgd": (sgd, 0.01, None),
    "rmsprop": (rmsprop, 0.001, None),
    "adagrad": (adagrad, 0.001, None),
    "adadelta": (adadelta, 0.001, None),
    "adam": (adam, 0.001, None),
    "adamW": (adam, 0.001, 0.004),
    "adamax": (adamax, 0.001, None),
    "nadam": (nadam, 0.001, None),
    "lion": (lion, 0.001, None),
}


def clip(gradients, clipNorm=None, globalClipNorm=None, clipValue=None):
    """Keras accepts one of the three. Norms are over one weight tensor, or over all trainable ones."""
    if clipNorm:
        return [g * clipNorm / max(float(g.norm()), clipNorm) for g in gradients]
    if globalClipNorm:
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients))
        return [g * globalClipNorm / max(norm, globalClipNorm) for g in gradients]
    if clipValue:
        return [torch.clamp(g, -clipValue, clipValue) for g in gradients]
    return gradients


# ── Schedules: factory(options) → function of t ────────────────────────────────────────────────────────────────────
def exponentialDecay(initialLearningRate, decaySteps, decayRate, staircase=False):
    return lambda t: initialLearningRate * decayRate ** (t // decaySteps if staircase else t / decaySteps)


def inverseTimeDecay(initialLearningRate, decaySteps, decayRate, staircase=False):
    return lambda t: initialLearningRate / (1 + decayRate * (t // decaySteps if staircase else t / decaySteps))


def polynomialDecay(initialLearningRate, decaySteps, endLearningRate=0.0001, power=1.0, cycle=False):
    def schedule(t):
        # A cycling schedule stretches over ceil(t / decaySteps) periods, so it touches the end rate at each multiple.
        steps = decaySteps * (max(1, math.ceil(t / decaySteps)) if cycle else 1)
        return (initialLearningRate - endLearningRate) * (1 - min(t, steps) / steps) ** power + endLearningRate

    return schedule


def piecewiseConstantDecay(boundaries, values):
    """values[i] holds up to and including step boundaries[i]."""
    return lambda t: values[sum(t > boundary for boundary in boundaries)]


def cosineDecay(initialLearningRate, decaySteps, alpha=0.0, warmupTarget=None, warmupSteps=0):
    """Without warmupTarget, warmupSteps is ignored. decaySteps are counted from the end of the warm-up."""

    def schedule(t):
        start, peak = (0, initialLearningRate) if warmupTarget is None else (warmupSteps, warmupTarget)
        if t < start:
            return initialLearningRate + (warmupTarget - initialLearningRate) * t / warmupSteps
        fraction = min(t - start, decaySteps) / decaySteps
        return peak * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * fraction)) + alpha)

    return schedule


def cosineDecayRestarts(initialLearningRate, firstDecaySteps, tMul=2.0, mMul=1.0, alpha=0.0):
    """Period i is firstDecaySteps·tMul^i long and starts at mMul^i; alpha is not scaled by mMul."""

    def schedule(t):
        restart, begin, length = 0, 0, firstDecaySteps
        while t >= begin + length:
            begin, length, restart = begin + length, length * tMul, restart + 1
        cosine = 0.5 * mMul**restart * (1 + math.cos(math.pi * (t - begin) / length))
        return initialLearningRate * ((1 - alpha) * cosine + alpha)

    return schedule


SCHEDULES = {
    "exponentialDecay": exponentialDecay,
    "inverseTimeDecay": inverseTimeDecay,
    "polynomialDecay": polynomialDecay,
    "piecewiseConstantDecay": piecewiseConstantDecay,
    "cosineDecay": cosineDecay,
    "cosineDecayRestarts": cosineDecayRestarts,
}
