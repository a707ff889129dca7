"""The list of training trajectories: networks, data and options. `generateTorch.py` turns it into numbers."""

INPUTS, OUTPUTS = 7, 3


def dense(units, activation="linear", **options):
    return {"type": "dense", "units": units, "activation": activation, "useBias": True, **options}


def activation(name, **options):
    return {"name": name, **options}


def net(hidden, output="linear", **options):
    """7 inputs, 5 hidden units, 3 outputs; options go to both dense layers."""
    return [dense(5, hidden, **options), dense(OUTPUTS, output, **options)]


def deep(*activations, output="linear"):
    return [dense(units, each) for units, each in zip((5, 6, 4), activations)] + [dense(OUTPUTS, output)]


def schedule(name, **options):
    return {"schedule": name, **options}


CASES = []


def case(name, layers, loss, optimizer, optimizerOptions=None, **more):
    """Targets: real, positive, count, distribution, oneHot, labels, binary (0/1) or sign (−1/1).

    xScale and weightScale are the largest absolute values of inputs and initial weights. `small` (a defaults-only
    case) says that default learning rates move the weights little, so the weights are small, too.
    """
    settings = dict(target="real", samples=7, inputShape=[INPUTS], xScale=2.0, weightScale=0.75, small=False)
    settings.update((key, more.pop(key)) for key in list(more) if key in settings)
    reference = {"name": name, "layers": layers, "inputShape": settings["inputShape"], "loss": loss}
    reference.update({"optimizer": optimizer, "optimizerOptions": optimizerOptions or {}, **more})
    CASES.append((reference, settings))


MSE, CCE, SPARSE, BCE = (
    "meanSquaredError",
    "categoricalCrossentropy",
    "sparseCategoricalCrossentropy",
    "binaryCrossentropy",
)

# ── Optimizers with nothing but their defaults ─────────────────────────────────────────────────────────────────────
DEFAULTS = dict(small=True, weightScale=0.0625, xScale=4.0)
case("sgd, defaults", net("tanh"), MSE, "sgd", **DEFAULTS)
case("rmsprop, defaults", net("tanh"), MSE, "rmsprop", **DEFAULTS)
case("adagrad, defaults", net("tanh"), MSE, "adagrad", lossOptions={"reduction": "sum"}, **DEFAULTS)
case("adam, defaults", net("tanh", "softmax"), CCE, "adam", target="oneHot", **DEFAULTS)
case("adamW, defaults", net("tanh"), MSE, "adamW", **DEFAULTS)
case("adamax, defaults", net("tanh"), MSE, "adamax", **DEFAULTS)
case("nadam, defaults", net("tanh"), MSE, "nadam", **DEFAULTS)
case("lion, defaults", net("tanh"), MSE, "lion", **DEFAULTS)
case("adadelta, default rho and epsilon", net("tanh"), MSE, "adadelta", {"learningRate": 1.0}, **DEFAULTS)

# ── Optimizers with options ────────────────────────────────────────────────────────────────────────────────────────
case("sgd, momentum", net("tanh"), MSE, "sgd", {"learningRate": 0.0625, "momentum": 0.875})
case("sgd, nesterov", net("tanh"), MSE, "sgd", {"learningRate": 0.0625, "momentum": 0.75, "nesterov": True})
case("sgd, weight decay", net("sigmoid"), MSE, "sgd", {"learningRate": 0.25, "weightDecay": 0.1})
case("sgd, momentum and weight decay", net("tanh"), MSE, "sgd",
     {"learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.2})
case("sgd, clipValue", net("tanh"), MSE, "sgd", {"learningRate": 0.25, "clipValue": 0.1})
case("sgd, clipNorm", net("tanh"), MSE, "sgd", {"learningRate": 0.25, "clipNorm": 0.5})
case("sgd, globalClipNorm", net("tanh"), MSE, "sgd", {"learningRate": 0.25, "globalClipNorm": 0.5})
case("rmsprop, rho and momentum", net("softsign"), MSE, "rmsprop",
     {"learningRate": 0.015625, "rho": 0.75, "momentum": 0.5})
case("rmsprop, centered", net("tanh"), MSE, "rmsprop", {"learningRate": 0.01, "centered": True, "rho": 0.8})
case("rmsprop, centered with momentum", net("tanh"), MSE, "rmsprop",
     {"learningRate": 0.01, "centered": True, "momentum": 0.5, "epsilon": 1e-3})
case("rmsprop, large epsilon", net("tanh"), MSE, "rmsprop", {"learningRate": 0.03, "epsilon": 0.01})
case("adagrad, learning rate", net("tanh", "softmax"), CCE, "adagrad", {"learningRate": 0.25}, target="oneHot")
case("adagrad, accumulator and epsilon", net("tanh"), MSE, "adagrad",
     {"learningRate": 0.3, "initialAccumulatorValue": 0.01, "epsilon": 0.05})
case("adadelta, rho and epsilon", net("tanh"), MSE, "adadelta", {"learningRate": 1.5, "rho": 0.8, "epsilon": 1e-3})
case("adam, betas", net("tanh"), MSE, "adam",
     {"learningRate": 0.03125, "beta1": 0.75, "beta2": 0.96875, "epsilon": 1e-9})
case("adam, large epsilon", net("tanh"), MSE, "adam", {"learningRate": 0.03, "epsilon": 1e-3})
case("adam, amsgrad", net("tanh"), MSE, "adam", {"learningRate": 0.1, "beta2": 0.6, "amsgrad": True})
case("adam, clipNorm", net("relu"), MSE, "adam", {"learningRate": 0.03, "clipNorm": 0.25, "epsilon": 1e-3})
case("adam, globalClipNorm", net("tanh"), MSE, "adam", {"learningRate": 0.03, "globalClipNorm": 0.4, "epsilon": 1e-3})
case("adam, weight decay", net("tanh"), MSE, "adam", {"learningRate": 0.03, "weightDecay": 0.5})
case("adamW, weight decay", net("tanh", "softmax"), CCE, "adamW",
     {"learningRate": 0.03, "weightDecay": 0.1}, target="oneHot")
case("adamW, amsgrad", net("tanh"), MSE, "adamW",
     {"learningRate": 0.1, "beta2": 0.6, "amsgrad": True, "weightDecay": 0.05})
case("adamax, betas", net("tanh"), MSE, "adamax", {"learningRate": 0.03125, "beta1": 0.75, "beta2": 0.9375})
case("adamax, large epsilon", net("tanh"), MSE, "adamax", {"learningRate": 0.05, "epsilon": 0.1})
case("nadam, betas", net("tanh"), MSE, "nadam", {"learningRate": 0.03, "beta1": 0.8, "beta2": 0.95})
case("nadam, large epsilon", net("tanh"), MSE, "nadam", {"learningRate": 0.03, "epsilon": 0.01})
case("lion, betas and weight decay", net("tanh"), MSE, "lion",
     {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.9, "weightDecay": 0.5})
case("adam, regularizer then clipValue then weight decay", net("tanh", kernelRegularizer={"l2": 0.05}), MSE, "adam",
     {"learningRate": schedule("exponentialDecay", initialLearningRate=0.05, decaySteps=3, decayRate=0.5),
      "clipValue": 0.15, "weightDecay": 0.3, "epsilon": 1e-3})

# ── Schedules ──────────────────────────────────────────────────────────────────────────────────────────────────────
for name, options in [
    ("exponentialDecay", dict(initialLearningRate=0.2, decaySteps=4, decayRate=0.5)),
    ("exponentialDecay, staircase", dict(initialLearningRate=0.2, decaySteps=3, decayRate=0.25, staircase=True)),
    ("inverseTimeDecay", dict(initialLearningRate=0.2, decaySteps=2, decayRate=0.75)),
    ("inverseTimeDecay, staircase", dict(initialLearningRate=0.2, decaySteps=4, decayRate=1.5, staircase=True)),
    ("polynomialDecay", dict(initialLearningRate=0.2, decaySteps=7, endLearningRate=0.02, power=2.0)),
    ("polynomialDecay, defaults", dict(initialLearningRate=0.2, decaySteps=6)),
    ("polynomialDecay, cycle",
     dict(initialLearningRate=0.2, decaySteps=3, endLearningRate=0.05, power=0.5, cycle=True)),
    ("piecewiseConstantDecay", dict(boundaries=[2, 6], values=[0.2, 0.05, 0.125])),
    ("cosineDecay", dict(initialLearningRate=0.2, decaySteps=8, alpha=0.125)),
    ("cosineDecay, warm-up",
     dict(initialLearningRate=0.01, decaySteps=5, alpha=0.1, warmupTarget=0.25, warmupSteps=3)),
    ("cosineDecayRestarts", dict(initialLearningRate=0.2, firstDecaySteps=3, tMul=2.0, mMul=0.5, alpha=0.1)),
    ("cosineDecayRestarts, equal periods", dict(initialLearningRate=0.2, firstDecaySteps=4, tMul=1.0, mMul=0.75)),
]:
    case(f"schedule: {name}", [dense(OUTPUTS, "tanh")], MSE, "sgd",
         {"learningRate": schedule(name.split(",")[0], **options)}, samples=5)
case("schedule: weight decay follows it", [dense(OUTPUTS, "tanh")], MSE, "adamW",
     {"learningRate": schedule("cosineDecay", initialLearningRate=0.0, decaySteps=6, warmupTarget=0.1, warmupSteps=4),
      "weightDecay": 0.5}, samples=5)

# ── Losses ─────────────────────────────────────────────────────────────────────────────────────────────────────────
RATE = {"learningRate": 0.125}
case("meanSquaredError, sum", net("tanh"), MSE, "sgd", {"learningRate": 0.0125}, lossOptions={"reduction": "sum"})
case("meanAbsoluteError", net("tanh"), "meanAbsoluteError", "sgd", RATE)
case("meanAbsolutePercentageError", net("tanh"), "meanAbsolutePercentageError", "sgd", {"learningRate": 0.00390625},
     target="positive")
case("meanSquaredLogarithmicError", net("tanh", "softplus"), "meanSquaredLogarithmicError", "sgd",
     {"learningRate": 0.25}, target="positive")
case("meanSquaredLogarithmicError, negative predictions", net("tanh"), "meanSquaredLogarithmicError", "sgd",
     {"learningRate": 0.25}, target="real")
case("huber", net("tanh"), "huber", "sgd", RATE)
case("huber, delta", net("tanh"), "huber", "sgd", {"learningRate": 0.25}, lossOptions={"delta": 0.375})
case("logCosh", net("tanh"), "logCosh", "sgd", RATE)
case("binaryCrossentropy", net("tanh", "sigmoid"), BCE, "sgd", {"learningRate": 0.25}, target="binary", samples=17)
case("binaryCrossentropy, fromLogits", net("tanh"), BCE, "sgd", {"learningRate": 0.25}, target="binary",
     lossOptions={"fromLogits": True})
case("binaryCrossentropy, labelSmoothing", net("tanh", "sigmoid"), BCE, "sgd", {"learningRate": 0.25}, target="binary",
     lossOptions={"labelSmoothing": 0.2})
case("binaryCrossentropy, clipped probabilities", net("tanh", "hardSigmoid"), BCE, "sgd", {"learningRate": 0.125},
     target="binary", weightScale=1.5)
case("categoricalCrossentropy", net("tanh", "softmax"), CCE, "sgd", {"learningRate": 0.25}, target="oneHot")
case("categoricalCrossentropy, fromLogits", net("tanh"), CCE, "sgd", {"learningRate": 0.25}, target="oneHot",
     lossOptions={"fromLogits": True})
case("categoricalCrossentropy, labelSmoothing", net("tanh", "softmax"), CCE, "sgd", {"learningRate": 0.25},
     target="oneHot", lossOptions={"labelSmoothing": 0.15})
case("categoricalCrossentropy, fromLogits and labelSmoothing", net("tanh"), CCE, "sgd", {"learningRate": 0.25},
     target="oneHot", lossOptions={"fromLogits": True, "labelSmoothing": 0.15})
case("categoricalCrossentropy, sum", net("tanh", "softmax"), CCE, "sgd", {"learningRate": 0.025},
     target="oneHot", lossOptions={"reduction": "sum"})
case("categoricalCrossentropy, soft targets", net("tanh", "softmax"), CCE, "sgd", {"learningRate": 0.25},
     target="distribution")
case("categoricalCrossentropy, outputs that do not sum to 1", net("tanh", "softplus"), CCE, "sgd",
     {"learningRate": 0.25}, target="oneHot")
case("sparseCategoricalCrossentropy", net("tanh", "softmax"), SPARSE, "sgd", {"learningRate": 0.25}, target="labels")
case("sparseCategoricalCrossentropy, fromLogits", net("tanh"), SPARSE, "sgd", {"learningRate": 0.25}, target="labels",
     lossOptions={"fromLogits": True})
case("sparseCategoricalCrossentropy, labelSmoothing", net("tanh", "softmax"), SPARSE, "sgd", {"learningRate": 0.25},
     target="labels", lossOptions={"labelSmoothing": 0.15})
case("sparseCategoricalCrossentropy, outputs that do not sum to 1", net("tanh", "sigmoid"), SPARSE, "sgd",
     {"learningRate": 0.25}, target="labels")
case("kullbackLeiblerDivergence", net("tanh", "softmax"), "kullbackLeiblerDivergence", "sgd", {"learningRate": 0.25},
     target="distribution")
case("kullbackLeiblerDivergence, zero targets", net("tanh", "sigmoid"), "kullbackLeiblerDivergence", "sgd",
     {"learningRate": 0.125}, target="oneHot")
case("poisson", net("tanh", "exponential"), "poisson", "sgd", {"learningRate": 0.0625}, target="count")
case("hinge, 0 and 1", net("tanh"), "hinge", "sgd", {"learningRate": 0.25}, target="binary")
case("hinge, −1 and 1", net("tanh"), "hinge", "sgd", {"learningRate": 0.25}, target="sign")
case("squaredHinge, 0 and 1", net("tanh"), "squaredHinge", "sgd", {"learningRate": 0.125}, target="binary")
case("squaredHinge, −1 and 1", net("tanh"), "squaredHinge", "sgd", {"learningRate": 0.125}, target="sign")
case("categoricalHinge", net("tanh"), "categoricalHinge", "sgd", {"learningRate": 0.125}, target="oneHot")
case("cosineSimilarity", net("tanh"), "cosineSimilarity", "sgd", {"learningRate": 0.25})

# ── Sample and class weights, several batches ──────────────────────────────────────────────────────────────────────
WEIGHTS = [0.5, 2, 0, 1, 1.25, 3, 0.25, 1, 0.75, 2.5, 1.5]
case("sampleWeight", net("tanh"), MSE, "sgd", RATE, sampleWeight=WEIGHTS, samples=11)
case("sampleWeight, softmax, sum", net("tanh", "softmax"), CCE, "adam", {"learningRate": 0.03}, target="oneHot",
     sampleWeight=WEIGHTS, samples=11, lossOptions={"reduction": "sum"})
case("sampleWeight, batches of 4, 4 and 3", net("tanh", "softmax"), SPARSE, "sgd",
     {"learningRate": 0.125, "momentum": 0.5}, target="labels", sampleWeight=WEIGHTS, batchSize=4, samples=11)
case("sampleWeight, timesteps", net("tanh"), MSE, "sgd", RATE, inputShape=[3, INPUTS], samples=5,
     sampleWeight=WEIGHTS[:5])
case("classWeight, one-hot", net("tanh", "softmax"), CCE, "sgd", {"learningRate": 0.25}, target="oneHot",
     classWeight={"0": 0.5, "1": 2, "2": 1.25})
case("classWeight, labels, one class unnamed", net("tanh", "softmax"), SPARSE, "adam", {"learningRate": 0.03},
     target="labels", classWeight={"0": 3, "2": 0.25})
case("adam, batches of 4, 4 and 3", net("relu", "softmax"), CCE, "adam", {"learningRate": 0.03}, target="oneHot",
     batchSize=4, samples=11)
case("sgd, batches of 5, 5 and 1", net("tanh"), MSE, "sgd", {"learningRate": 0.0625, "momentum": 0.5},
     batchSize=5, samples=11)
case("nadam, batches of 4, 4 and 3", net("silu", "sigmoid"), BCE, "nadam", {"learningRate": 0.03}, target="binary",
     batchSize=4, samples=11)

# ── Activations, over a range that reaches their bends ─────────────────────────────────────────────────────────────
case("activations: linear, relu, softsign", deep("linear", "relu", "softsign"), MSE, "sgd", RATE)
case("activations: relu6, tanh, softplus", deep("relu6", "tanh", "softplus"), MSE, "sgd", {"learningRate": 0.0625},
     xScale=6.0)
case("activations: leakyRelu, elu, selu", deep("leakyRelu", "elu", "selu"), MSE, "sgd", {"learningRate": 0.03125})
case("activations: gelu, silu, mish", deep("gelu", "silu", "mish"), MSE, "sgd", RATE)
case("activations: approximate gelu, leakyRelu 0.375, sigmoid",
     deep(activation("gelu", approximate=True), activation("leakyRelu", negativeSlope=0.375), "sigmoid"), MSE, "sgd",
     RATE)
case("activations: elu 0.5, exponential", deep(activation("elu", alpha=0.5), "exponential"), MSE, "sgd",
     {"learningRate": 0.0078125}, weightScale=0.5)
case("activations: hardSigmoid, sigmoid, exponential", deep("hardSigmoid", "sigmoid", "exponential"), MSE, "sgd",
     {"learningRate": 0.0625}, xScale=6.0)
case("activations: softmax, logSoftmax, tanh", deep("softmax", "logSoftmax", "tanh"), MSE, "sgd", RATE)
case("activations: softmax output, meanSquaredError", net("gelu", "softmax"), MSE, "sgd", {"learningRate": 0.5},
     target="distribution", xScale=3.0)
case("activations: logSoftmax output, meanAbsoluteError", net("mish", "logSoftmax"), "meanAbsoluteError", "sgd",
     {"learningRate": 0.125})
case("activations: large inputs", deep("mish", "softplus", "silu"), MSE, "sgd", {"learningRate": 0.005}, xScale=12.0)

# ── Layers and regularizers ────────────────────────────────────────────────────────────────────────────────────────
case("l1", net("tanh", kernelRegularizer={"l1": 0.03125}), MSE, "sgd", RATE, samples=13)
case("l2", net("tanh", kernelRegularizer={"l2": 0.0625}), MSE, "sgd", RATE)
case("l1l2 on kernels, l2 on biases",
     net("tanh", kernelRegularizer={"l1": 0.03125, "l2": 0.0625}, biasRegularizer={"l2": 0.25}), MSE, "sgd", RATE)
case("l2, batches of 4, 4 and 3", net("tanh", kernelRegularizer={"l2": 0.0625}), MSE, "sgd", RATE,
     batchSize=4, samples=11)
case("l2, sum", net("tanh", kernelRegularizer={"l2": 0.0625}), MSE, "sgd", {"learningRate": 0.0125},
     lossOptions={"reduction": "sum"})
case("no bias", net("tanh", useBias=False), MSE, "sgd", RATE)
case("timesteps", net("tanh"), MSE, "sgd", RATE, inputShape=[3, INPUTS], samples=5)
case("timesteps, softmax", net("relu", "softmax"), CCE, "adam", {"learningRate": 0.03}, inputShape=[3, INPUTS],
     samples=5, target="oneHot")
case("timesteps, labels", net("tanh", "softmax"), SPARSE, "sgd", {"learningRate": 0.25}, inputShape=[3, INPUTS],
     samples=5, target="labels")
case("timesteps, flattened", [dense(4, "tanh"), {"type": "flatten"}, dense(OUTPUTS)], MSE, "sgd",
     {"learningRate": 0.0625}, inputShape=[3, INPUTS], samples=5)
case("rescaling and activation layers",
     [{"type": "rescaling", "scale": 0.25, "offset": -0.125}, dense(5), {"type": "activation", "activation": "tanh"},
      dense(OUTPUTS), {"type": "activation", "activation": "softmax"}], CCE, "sgd", {"learningRate": 0.25},
     target="oneHot", xScale=6.0)
case("frozen first layer: no update, no decay, no penalty",
     [dense(5, "tanh", trainable=False, kernelRegularizer={"l2": 0.0625}),
      dense(OUTPUTS, kernelRegularizer={"l2": 0.0625})], MSE, "adamW",
     {"learningRate": 0.03, "weightDecay": 0.1, "globalClipNorm": 0.5, "epsilon": 1e-3})
case("frozen last layer: gradients pass through", [dense(5, "tanh"), dense(OUTPUTS, trainable=False)], MSE, "sgd", RATE)
case("two inputs, one output, one sample", [dense(2, "tanh"), dense(1)], MSE, "sgd", {"learningRate": 0.1},
     inputShape=[2], samples=1)
case("wide: 33 hidden units", [dense(33, "relu"), dense(OUTPUTS, "softmax")], CCE, "adam", {"learningRate": 0.02},
     target="oneHot", samples=5, weightScale=0.5)
