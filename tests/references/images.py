"""Writes images.json: PNG and JPEG files by Pillow, with the pixels that Pillow reads of them, and sizes changed by formula.

    pip install pillow numpy; python tests/references/images.py

Files and pixels (red, green, blue, alpha of 8 bits unless said otherwise) are base64.
"""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

rng = np.random.default_rng(18)


def encoded(data):
    return base64.b64encode(bytes(data)).decode()


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def entry(file, pixels):
    pixels = np.asarray(pixels, np.uint8)
    return {"file": encoded(file), "height": pixels.shape[0], "width": pixels.shape[1], "rgba": encoded(pixels.tobytes())}


def decoded(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"))


def smooth(height, width, channels):
    """Colours that change slowly, which JPEG keeps."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 100 * np.sin(x / 9 + c) * np.cos(y / 7 - c) for c in range(channels)]
    return np.stack(planes, -1).astype(np.uint8)


height, width = 5, 11
grey = rng.integers(0, 256, (height, width), np.uint8)
rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
rgba = rng.integers(0, 256, (height, width, 4), np.uint8)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(depth, colours, rows, *others, size=None, interlace=0):
    """A PNG file by the standard: rows are bytes, none is filtered."""
    h, w = size or (height, width)
    header = struct.pack(">IIBBBBB", w, h, depth, colours, 0, 0, interlace)
    body = b"".join(b"\x00" + bytes(row) for row in rows)
    parts = [chunk(b"IHDR", header), *others, chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def packed(values, depth):
    """Rows of values of a few bits, the first in the highest."""
    return [np.packbits(((row[:, None] >> np.arange(depth)[::-1]) & 1).astype(np.uint8).ravel()).tobytes() for row in values]


def opaque(values):
    values = np.asarray(values)
    values = np.repeat(values[..., None], 3, -1) if values.ndim == 2 else values
    return np.concatenate([values, np.full((*values.shape[:2], 1), 255)], -1)


pngs = {
    "grey": entry(f := saved(Image.fromarray(grey), "PNG"), opaque(grey)),
    "rgb": entry(saved(Image.fromarray(rgb), "PNG", optimize=True), opaque(rgb)),
    "rgba": entry(saved(Image.fromarray(rgba), "PNG"), rgba),
    "grey and alpha": entry(
        saved(Image.fromarray(rgba[..., :2].copy(), "LA"), "PNG"), np.stack([rgba[..., 0]] * 3 + [rgba[..., 1]], -1)
    ),
}
for depth in (1, 2, 4):
    few = rng.integers(0, 2**depth, (height, width))
    pngs[f"grey of {depth} bits"] = entry(png(depth, 0, packed(few, depth)), opaque(few * 255 // (2**depth - 1)))
for depth in (1, 2, 4, 8):
    count = min(2**depth, 200)
    palette = rng.integers(0, 256, (count, 4), np.uint8)
    index = rng.integers(0, count, (height, width))
    colours = chunk(b"PLTE", palette[:, :3].tobytes())
    alphas = chunk(b"tRNS", palette[: count // 2, 3].tobytes())
    palette[count // 2 :, 3] = 255
    pngs[f"palette of {depth} bits"] = entry(png(depth, 3, packed(index, depth), colours, alphas), palette[index])
deep = rng.integers(0, 65536, (height, width, 4))
byte = np.round(deep * 255 / 65535)
pngs["rgba of 16 bits"] = entry(png(16, 6, [row.astype(">u2").tobytes() for row in deep]), byte)
pngs["grey of 16 bits"] = entry(png(16, 0, [row.astype(">u2").tobytes() for row in deep[..., 0]]), opaque(byte[..., 0]))
clear = opaque(rgb)
clear[2, 3, 3] = 0
key = chunk(b"tRNS", struct.pack(">HHH", *(int(c) for c in rgb[2, 3])))
pngs["a colour that is clear"] = entry(png(8, 2, [row.tobytes() for row in rgb], key), clear)
clear = opaque(np.where(grey == grey[1, 1], grey[1, 1], grey))
clear[grey == grey[1, 1], 3] = 0
pngs["a grey that is clear"] = entry(png(8, 0, [row.tobytes() for row in grey], chunk(b"tRNS", struct.pack(">H", int(grey[1, 1])))), clear)
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
lines = [row.tobytes() for x, y, dx, dy in passes for row in rgb[y::dy, x::dx] if row.size]
pngs["interlaced"] = entry(png(8, 2, lines, interlace=1), opaque(rgb))
exif = Image.Exif()
exif[274] = 6
pngs["lying on its side"] = entry(
    saved(Image.fromarray(rgb), "PNG", exif=exif), opaque(np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(saved(Image.fromarray(rgb), "PNG", exif=exif))))))
)

refused = {
    "interlaced, few bits": png(1, 0, [b"\x00"] * 3, size=(1, 1), interlace=1),
    "animated": saved(Image.fromarray(rgb), "PNG", save_all=True, append_images=[Image.fromarray(255 - rgb)]),
    "too few samples": png(8, 2, [row.tobytes() for row in rgb][:-1]),
    "half a row less": png(8, 2, [row.tobytes() for row in rgb][:-1] + [rgb[-1].tobytes()[:10]]),
    "too many samples": png(8, 2, [row.tobytes() for row in rgb] * 2),
    "a colour beyond the palette": png(8, 3, [b"\x05"], chunk(b"PLTE", b"\x01\x02\x03"), size=(1, 1)),
    "an unknown part that counts": png(8, 0, [b"\x05"], chunk(b"QRST", b""), size=(1, 1)),
    "no pixels": png(8, 0, [], size=(0, 0)),
    "a billion pixels": png(8, 0, [b"\x00"], size=(40000, 40000)),
    "16 bits of palette": png(16, 3, [b"\x00\x00"], size=(1, 1)),
}

picture = Image.fromarray(smooth(19, 26, 3))
jpegs = {
    "baseline": saved(picture, "JPEG", quality=95, subsampling=0),
    "progressive": saved(picture, "JPEG", quality=95, subsampling=0, progressive=True),
    "grey": saved(picture.convert("L"), "JPEG", quality=95),
    "rgb as it is": saved(picture, "JPEG", quality=95, subsampling=0, keep_rgb=True),
    "cmyk": saved(Image.fromarray(smooth(19, 26, 4), "CMYK"), "JPEG", quality=95),
    "restart markers": saved(picture, "JPEG", quality=95, subsampling=0, restart_marker_blocks=2),
}
jpegs = {name: entry(file, decoded(file)) for name, file in jpegs.items()}
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[274] = orientation
    file = saved(picture, "JPEG", quality=95, subsampling=0, exif=exif)
    turned = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGBA"))
    jpegs[f"orientation {orientation}"] = entry(file, turned)


def weights(n, m, kind):
    """The matrix that makes m pixels of n, by its definition."""
    scale = n / m
    result = np.zeros((m, n))
    for i in range(m):
        for j in range(n):
            if kind == "bilinear":
                result[i, j] = max(0.0, 1 - abs((j + 0.5) - (i + 0.5) * scale) / max(1.0, scale))
            elif kind == "area":
                result[i, j] = max(0.0, min(j + 1, (i + 1) * scale) - max(j, i * scale))
            else:
                result[i, j] = float(j <= (i + 0.5) * scale < j + 1)
    return result / result.sum(1, keepdims=True)


sizes = []
for (h, w), (h2, w2) in [((7, 9), (3, 4)), ((6, 8), (3, 2)), ((3, 4), (7, 9)), ((5, 11), (8, 3)), ((1, 1), (2, 3)), ((16, 1), (1, 5))]:
    source = rng.integers(0, 256, (h, w, 3), np.uint8)
    for kind in ("bilinear", "area", "nearest"):
        exact = np.einsum("ij,jkc,lk->ilc", weights(h, h2, kind), source.astype(float), weights(w, w2, kind))
        pil = {"bilinear": Image.BILINEAR, "area": Image.BOX, "nearest": Image.NEAREST}[kind]
        by_pillow = np.asarray(Image.fromarray(source).resize((w2, h2), pil))
        sizes.append(
            {
                "kind": kind,
                "from": [h, w],
                "to": [h2, w2],
                "source": encoded(source.tobytes()),
                "exact": [round(float(v), 9) for v in exact.ravel()],
                "pillow": encoded(by_pillow.tobytes()),
            }
        )
luma = rng.integers(0, 256, (4, 5, 3), np.uint8)

content = {
    "png": pngs,
    "refused": {name: encoded(file) for name, file in refused.items()},
    "jpeg": jpegs,
    "sizes": sizes,
    "luma": {"rgb": encoded(luma.tobytes()), "grey": encoded(np.asarray(Image.fromarray(luma).convert("L")).tobytes())},
}
Path(__file__).with_suffix(".json").write_text(json.dumps(content, indent=1) + "\n")
