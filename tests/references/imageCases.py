"""Training trajectories of convolutional networks, for `generateTorch.py`."""
from cases import CCE, MSE, dense

SGD, ADAM = ("sgd", {"learningRate": 0.015625}), ("adam", {"learningRate": 0.015625, "epsilon": 1e-3})
CASES = []


def layer(kind, **options):
    return {"type": kind, **options}


def conv(filters=4, kernelSize=3, activation="tanh", kind="conv2d", **options):
    return layer(kind, filters=filters, kernelSize=kernelSize, activation=activation, **options)


def case(name, layers, inputShape=(6, 5, 2), optimizer=SGD, loss=MSE, target="real", samples=3, **more):
    settings = dict(target=target, samples=samples, inputShape=list(inputShape), xScale=2.0, weightScale=0.375, small=False)
    reference = {"name": name, "layers": layers, "inputShape": list(inputShape), "loss": loss}
    reference.update({"optimizer": optimizer[0], "optimizerOptions": optimizer[1], **more})
    CASES.append((reference, settings))


def ended(*layers, activation="linear"):
    return [*layers, layer("flatten"), dense(3, activation)]


# ── Convolutions ───────────────────────────────────────────────────────────────────────────────────────────────────
case("conv2d, valid", ended(conv()))
case("conv2d, same", ended(conv(padding="same")))
case("conv2d, same, even kernel", ended(conv(kernelSize=[2, 4], padding="same")))
case("conv2d, strides", ended(conv(strides=2)))
case("conv2d, same, strides", ended(conv(kernelSize=[3, 2], strides=[3, 2], padding="same")), (7, 6, 2))
case("conv2d, strides larger than the kernel", ended(conv(kernelSize=2, strides=3)), (7, 8, 2))
case("conv2d, dilation", ended(conv(dilationRate=[2, 1])))
case("conv2d, same, dilation", ended(conv(padding="same", dilationRate=2)), optimizer=ADAM)
case("conv2d, groups", ended(conv(filters=6, groups=2)), (5, 5, 4))
case("conv2d, a group for each channel, dilated", ended(conv(filters=6, groups=3, dilationRate=2, padding="same")), (5, 6, 3))
case("conv2d, kernel larger than the image, same", ended(conv(kernelSize=[5, 7], padding="same")), (2, 3, 2))
case("conv2d, 1 × 1", ended(conv(kernelSize=1)))
case("conv2d, 1 × 1, strides", ended(conv(kernelSize=1, strides=2)))
case("conv2d, no bias, regularizer", ended(conv(useBias=False, kernelRegularizer={"l2": 0.05})))
case("conv2d twice, adam", ended(conv(padding="same"), conv(filters=5, kernelSize=2)), optimizer=ADAM, batchSize=2)
case("conv2d, 17 filters of 13 channels", ended(conv(filters=17, activation="softsign")), (4, 4, 13))
case("conv1d, valid", ended(conv(kind="conv1d")), (7, 3))
case("conv1d, same, strides", ended(conv(kind="conv1d", kernelSize=4, strides=2, padding="same")), (9, 3))
case("conv1d, causal", ended(conv(kind="conv1d", padding="causal")), (7, 3))
case("conv1d, causal, dilation", ended(conv(kind="conv1d", padding="causal", dilationRate=2),
                                       conv(kind="conv1d", padding="causal", dilationRate=3)), (8, 2))
case("conv1d, causal, strides", ended(conv(kind="conv1d", padding="causal", strides=2)), (8, 2))
case("conv1d, groups", ended(conv(kind="conv1d", groups=2)), (7, 4))

# ── Transposed ─────────────────────────────────────────────────────────────────────────────────────────────────────
case("conv2dTranspose, valid", ended(conv(kind="conv2dTranspose")), (3, 4, 2))
case("conv2dTranspose, strides", ended(conv(kind="conv2dTranspose", strides=2)), (3, 2, 3))
case("conv2dTranspose, same, strides", ended(conv(kind="conv2dTranspose", strides=2, padding="same")), (3, 2, 3))
case("conv2dTranspose, strides larger than the kernel",
     ended(conv(kind="conv2dTranspose", kernelSize=[2, 3], strides=[3, 2])), (2, 3, 2))
case("conv2dTranspose, same, dilation", ended(conv(kind="conv2dTranspose", dilationRate=2, padding="same")), (4, 3, 2))
case("conv2dTranspose, output padding",
     ended(conv(kind="conv2dTranspose", kernelSize=[3, 2], strides=[2, 3], outputPadding=[1, 2])), (2, 3, 2))
case("conv2dTranspose, same, output padding",
     ended(conv(kind="conv2dTranspose", kernelSize=[3, 4], strides=[3, 2], padding="same", outputPadding=1)), (2, 3, 2))
case("conv2dTranspose, same, no output padding",
     ended(conv(kind="conv2dTranspose", kernelSize=[5, 2], strides=2, padding="same", outputPadding=0)), (3, 3, 2))
case("conv2dTranspose, same, output padding, dilation",
     ended(conv(kind="conv2dTranspose", strides=2, dilationRate=[1, 2], padding="same", outputPadding=[0, 1])), (2, 3, 2))
case("conv1dTranspose, output padding",
     ended(conv(kind="conv1dTranspose", kernelSize=2, strides=4, outputPadding=1)), (3, 2))
case("conv1dTranspose, same, strides", ended(conv(kind="conv1dTranspose", kernelSize=4, strides=2, padding="same")), (4, 3))
case("conv1dTranspose, valid", ended(conv(kind="conv1dTranspose")), (4, 3))

# ── Depthwise ──────────────────────────────────────────────────────────────────────────────────────────────────────
DEPTHWISE = dict(activation="tanh", kernelSize=3)
case("depthwiseConv2d", ended(layer("depthwiseConv2d", **DEPTHWISE)))
case("depthwiseConv2d, multiplier, same, strides",
     ended(layer("depthwiseConv2d", **DEPTHWISE, depthMultiplier=2, strides=2, padding="same")))
case("depthwiseConv2d, same, dilation, no bias",
     ended(layer("depthwiseConv2d", **DEPTHWISE, dilationRate=[1, 2], padding="same", useBias=False)), (6, 5, 5))
case("depthwiseConv2d, multiplier that crosses fours", ended(layer("depthwiseConv2d", **DEPTHWISE, depthMultiplier=3)), (4, 5, 5))
case("separableConv2d", ended(conv(kind="separableConv2d")))
case("separableConv2d, multiplier, same, strides",
     ended(conv(kind="separableConv2d", depthMultiplier=3, strides=2, padding="same")))

# ── Pooling ────────────────────────────────────────────────────────────────────────────────────────────────────────
for kind in ("maxPooling", "averagePooling"):
    two, one = kind + "2d", kind + "1d"
    case(f"{two}", ended(conv(kernelSize=2), layer(two)))
    case(f"{two}, same, overlapping", ended(conv(kernelSize=2), layer(two, poolSize=3, strides=2, padding="same")))
    case(f"{two}, same, strides larger than the window",
         ended(conv(kernelSize=2), layer(two, poolSize=[1, 2], strides=[2, 3], padding="same")), (6, 7, 2))
    case(f"{one}", ended(conv(kind="conv1d", kernelSize=2), layer(one, poolSize=3, strides=2)), (8, 2))
    case(f"{one}, same", ended(conv(kind="conv1d", kernelSize=2), layer(one, poolSize=3, strides=1, padding="same")), (6, 2))
for kind in ("globalMaxPooling", "globalAveragePooling"):
    case(f"{kind}2d", [conv(), layer(kind + "2d"), dense(3)])
    case(f"{kind}1d", [conv(kind="conv1d"), layer(kind + "1d"), dense(3)], (7, 2))
case("globalAveragePooling2d, keepdims", [conv(), layer("globalAveragePooling2d", keepdims=True), conv(3, 1, "linear"),
                                          layer("flatten")])

# ── Sizes ──────────────────────────────────────────────────────────────────────────────────────────────────────────
case("zeroPadding2d", ended(conv(kernelSize=2), layer("zeroPadding2d", padding=[[1, 0], [2, 1]]), conv()))
for interpolation in ("nearest", "bilinear"):
    case(f"upSampling2d, {interpolation}",
         ended(conv(3, 2), layer("upSampling2d", size=[3, 2], interpolation=interpolation), conv(2, strides=2)), (4, 5, 2))

# ── Whole networks ─────────────────────────────────────────────────────────────────────────────────────────────────
case("digits in small, relu", ended(conv(3, 3, "relu"), layer("maxPooling2d"), conv(4, 2, "relu"), activation="softmax"),
     (8, 8, 1), ADAM, CCE, "oneHot")
case("digits in small, gelu, average pooling",
     ended(conv(3, 3, "gelu", padding="same"), layer("averagePooling2d"), conv(4, 2, "gelu"), activation="softmax"),
     (8, 8, 1), ADAM, CCE, "oneHot", samples=5, batchSize=2)
case("autoencoder", [conv(4, 3, "tanh", strides=2, padding="same"),
                     conv(2, 3, "linear", "conv2dTranspose", strides=2, padding="same"), layer("flatten")], (4, 4, 2))
