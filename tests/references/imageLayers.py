"""Layers over images and sequences, channels last, on top of torch's, which are channels first."""
import torch
import torch.nn.functional as F


def pair(value, dimensions):
    """Sizes down and across; a sequence is an image one pixel high."""
    values = value if isinstance(value, list) else [value] * dimensions
    return [1] * (2 - len(values)) + values


def toTorch(x, dimensions):
    return x.movedim(-1, 1) if dimensions == 2 else x.movedim(-1, 1).unsqueeze(2)


def fromTorch(x, dimensions):
    return x.movedim(1, -1) if dimensions == 2 else x.squeeze(2).movedim(1, -1)


def samePadding(size, span, stride):
    total = max((-(-size // stride) - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def pad(x, layer, spans, strides, value=0.0):
    """The padding that TensorFlow and Keras choose: where it is odd, the larger half comes last."""
    kind = layer.get("padding", "valid")
    if kind == "valid":
        return x
    if kind == "causal":
        return F.pad(x, (spans[1] - 1, 0, 0, 0), value=value)
    sides = [samePadding(x.shape[2 + axis], spans[axis], strides[axis]) for axis in (0, 1)]
    return F.pad(x, (*sides[1], *sides[0]), value=value)


def geometry(layer, dimensions, size="kernelSize", stride=1):
    kernel = pair(layer[size], dimensions)
    dilation = pair(layer.get("dilationRate", 1), dimensions)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    return kernel, spans, pair(layer.get("strides", stride), dimensions), dilation


def addBias(x, weights):
    return x + weights["bias"] if "bias" in weights else x


def conv(dimensions):
    def shapes(layer, shape):
        kernel = pair(layer["kernelSize"], dimensions)[2 - dimensions:]
        return {"kernel": (*kernel, shape[-1] // layer.get("groups", 1), layer["filters"]), "bias": (layer["filters"],)}

    def apply(layer, weights, x):
        kernel, spans, strides, dilation = geometry(layer, dimensions)
        w = weights["kernel"].reshape(*kernel, *weights["kernel"].shape[-2:]).permute(3, 2, 0, 1)
        x = pad(toTorch(x, dimensions), layer, spans, strides)
        y = F.conv2d(x, w, stride=strides, dilation=dilation, groups=layer.get("groups", 1))
        return addBias(fromTorch(y, dimensions), weights)

    return shapes, apply


def outputPadding(layer, dimensions):
    value = layer.get("outputPadding")
    if value is None or dimensions == 2:
        return value if value is None else pair(value, 2)
    return [0, value]


def paddedPlace(count, span, stride, extra):
    """Where the output of padding "same" lies in the whole one, and its length: in Keras' words for JAX, a convolution of
    the input spread out by the strides, with `left` zeros before it."""
    both = span + span % 2 - 2 + extra
    left = min(both // 2 + both % 2, span - 1)
    return span - 1 - left, (count - 1) * stride + span % 2 + extra


def convTranspose(dimensions):
    def shapes(layer, shape):
        kernel = pair(layer["kernelSize"], dimensions)[2 - dimensions:]
        return {"kernel": (*kernel, layer["filters"], shape[-1]), "bias": (layer["filters"],)}

    def apply(layer, weights, x):
        kernel, spans, strides, dilation = geometry(layer, dimensions)
        w = weights["kernel"].reshape(*kernel, *weights["kernel"].shape[-2:]).permute(3, 2, 0, 1)
        x = toTorch(x, dimensions)
        isSame = layer.get("padding") == "same"
        extra = outputPadding(layer, dimensions)
        if extra is not None and not isSame:
            y = F.conv_transpose2d(x, w, stride=strides, dilation=dilation, output_padding=extra)
            return addBias(fromTorch(y, dimensions), weights)
        y = F.conv_transpose2d(x, w, stride=strides, dilation=dilation)
        for axis in (0, 1):
            size = x.shape[2 + axis] * strides[axis]
            before = samePadding(size, spans[axis], strides[axis])[0] if isSame else 0
            length = size if isSame else size + max(spans[axis] - strides[axis], 0)
            if extra is not None:
                before, length = paddedPlace(x.shape[2 + axis], spans[axis], strides[axis], extra[axis])
            # Where strides exceed the kernel, no pixel reaches the last rows.
            short = max(0, before + length - y.shape[2 + axis])
            y = F.pad(y, (0, 0, 0, short) if axis == 0 else (0, short)).narrow(2 + axis, before, length)
        return addBias(fromTorch(y, dimensions), weights)

    return shapes, apply


def depthwise(layer, x, kernel, dimensions=2):
    """kernel [height, width, channels, multiplier]; output channel c·multiplier + j."""
    _, spans, strides, dilation = geometry(layer, dimensions)
    channels, multiplier = kernel.shape[-2:]
    w = kernel.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, *kernel.shape[:2])
    return F.conv2d(pad(x, layer, spans, strides), w, stride=strides, dilation=dilation, groups=channels)


def depthwiseShapes(layer, shape):
    multiplier = layer.get("depthMultiplier", 1)
    return {"kernel": (*pair(layer["kernelSize"], 2), shape[-1], multiplier), "bias": (shape[-1] * multiplier,)}


def depthwiseApply(layer, weights, x):
    return addBias(fromTorch(depthwise(layer, toTorch(x, 2), weights["kernel"]), 2), weights)


def separableShapes(layer, shape):
    multiplier = layer.get("depthMultiplier", 1)
    return {
        "depthwise_kernel": (*pair(layer["kernelSize"], 2), shape[-1], multiplier),
        "pointwise_kernel": (1, 1, shape[-1] * multiplier, layer["filters"]),
        "bias": (layer["filters"],),
    }


def separableApply(layer, weights, x):
    y = fromTorch(depthwise(layer, toTorch(x, 2), weights["depthwise_kernel"]), 2)
    return addBias(y @ weights["pointwise_kernel"][0, 0], weights)


def pooling(reduce, dimensions):
    def apply(layer, _weights, x):
        layer = {"poolSize": 2, **layer}
        pool, spans, strides, _ = geometry(layer, dimensions, "poolSize", layer["poolSize"])
        return fromTorch(reduce(toTorch(x, dimensions), layer, pool, spans, strides), dimensions)

    return None, apply


def largest(x, layer, pool, spans, strides):
    return F.max_pool2d(pad(x, layer, spans, strides, float("-inf")), pool, strides)


def mean(x, layer, pool, spans, strides):
    inside = F.avg_pool2d(pad(torch.ones_like(x), layer, spans, strides), pool, strides)
    return F.avg_pool2d(pad(x, layer, spans, strides), pool, strides) / inside


def globalPooling(reduce, dimensions):
    axes = (1, 2) if dimensions == 2 else (1,)
    return None, lambda layer, _weights, x: reduce(x, axes, keepdim=layer.get("keepdims", False))


def zeroPadding(layer, _weights, x):
    (top, bottom), (left, right) = layer["padding"]
    return F.pad(x, (0, 0, left, right, top, bottom))


def upSampling(layer, _weights, x):
    size = pair(layer.get("size", 2), 2)
    if layer.get("interpolation", "nearest") == "nearest":
        return x.repeat_interleave(size[0], 1).repeat_interleave(size[1], 2)
    y = F.interpolate(toTorch(x, 2), scale_factor=tuple(map(float, size)), mode="bilinear", align_corners=False)
    return fromTorch(y, 2)


# The shapes of a layer's weights from its input's shape, if it has any, and what it computes.
LAYERS = {
    "conv1d": conv(1),
    "conv2d": conv(2),
    "conv1dTranspose": convTranspose(1),
    "conv2dTranspose": convTranspose(2),
    "depthwiseConv2d": (depthwiseShapes, depthwiseApply),
    "separableConv2d": (separableShapes, separableApply),
    "maxPooling1d": pooling(largest, 1),
    "maxPooling2d": pooling(largest, 2),
    "averagePooling1d": pooling(mean, 1),
    "averagePooling2d": pooling(mean, 2),
    "globalMaxPooling1d": globalPooling(torch.amax, 1),
    "globalMaxPooling2d": globalPooling(torch.amax, 2),
    "globalAveragePooling1d": globalPooling(torch.mean, 1),
    "globalAveragePooling2d": globalPooling(torch.mean, 2),
    "zeroPadding2d": (None, zeroPadding),
    "upSampling2d": (None, upSampling),
}
