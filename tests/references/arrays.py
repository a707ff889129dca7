"""Writes arrays.json: files of NumPy and safetensors as their own libraries write them, with the numbers they hold.

    pip install numpy safetensors ml_dtypes; python tests/references/arrays.py

Each file is base64. Values are texts, so that integers of 64 bits and NaN are what they are.
"""

import base64
import io
import json
import struct
import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save as save_safetensors

rng = np.random.default_rng(17)


def described(array):
    array = np.asarray(array)
    if array.dtype == ml_dtypes.bfloat16 or array.dtype.name.startswith("float8"):
        array = array.astype(np.float32)
    return {"shape": list(array.shape), "values": [text(x) for x in np.ascontiguousarray(array).ravel(order="C")]}


def text(x):
    if isinstance(x, (np.bool_, bool)):
        return str(int(x))
    if isinstance(x, np.integer):
        return str(int(x))
    return repr(float(x))


def encoded(data):
    return base64.b64encode(bytes(data)).decode()


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version, allow_pickle=True)
    return file.getvalue()


arrays = {}
for code in ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
    for order in "<>":
        numbers = rng.integers(0, 100, size=(2, 3, 4)) if code[0] in "ub" else rng.integers(-100, 100, size=(2, 3, 4))
        numbers = numbers % 2 if code == "b1" else numbers / 7 if code[0] == "f" else numbers
        array = numbers.astype(order + code)
        arrays[f"{order}{code} rows"] = npy(array), array
        arrays[f"{order}{code} columns"] = npy(np.asfortranarray(array)), array
arrays["extremes i4"] = (a := np.array([-(2**31), 2**31 - 1], "<i4"), npy(a))[::-1]
arrays["extremes i8"] = (a := np.array([-(2**31), 2**31 - 1, -1], ">i8"), npy(a))[::-1]
arrays["extremes f2"] = (a := np.array([65504, 6e-8, -0.0, np.inf, -np.inf, np.nan], "<f2"), npy(a))[::-1]
arrays["extremes f4"] = (a := np.array([3.4e38, 1e-45, -0.0, np.inf, np.nan], ">f4"), npy(a))[::-1]
arrays["scalar"] = (a := np.array(2.5), npy(a))[::-1]
arrays["empty"] = (a := np.zeros(0, "f4"), npy(a))[::-1]
arrays["empty of rank 3"] = (a := np.zeros((2, 0, 3), "i8"), npy(np.asfortranarray(a)))[::-1]
arrays["one axis of one"] = (a := np.arange(5.0).reshape(1, 5, 1), npy(np.asfortranarray(a)))[::-1]
arrays["version 2.0"] = (a := np.arange(6, dtype="f4").reshape(2, 3), npy(a, (2, 0)))[::-1]
arrays["version 3.0"] = (a := np.arange(6, dtype="u2").reshape(2, 3), npy(a, (3, 0)))[::-1]
# As Python 2 wrote: long integers with an L, in another order.
header = b"{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<f4'}"
header += b" " * (-(len(header) + 11) % 16) + b"\n"
a = np.arange(6, dtype="<f4").reshape(2, 3)
arrays["python 2"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + a.tobytes(), a

refused = {
    "objects": npy(np.array([{"a": 1}, None], dtype=object)),
    "records": npy(np.zeros(2, dtype=[("x", "<f4"), ("y", "<i8")])),
    "records with names in unicode": npy(np.zeros(2, dtype=[("größe", "<f4")]), (3, 0)),
    "complex": npy(np.zeros(2, dtype="c8")),
    "bytes": npy(np.array([b"a", b"bc"])),
    "texts": npy(np.array(["a", "bc"])),
    "dates": npy(np.array(["2020-01-01"], dtype="M8[D]")),
    "spans": npy(np.array([3], dtype="m8[s]")),
    "void": npy(np.zeros(2, dtype="V5")),
    "long doubles": npy(np.zeros(2, dtype=np.longdouble)),
    "i8 too large": npy(np.array([[0, 1], [2, 2**40]], "<i8")),
    "i8 too large, columns": npy(np.asfortranarray(np.array([[0, 1, 2], [-(2**31) - 1, 4, 5]], ">i8"))),
    "u4 too large": npy(np.array([7, 2**31], "<u4")),
    "u8 too large": npy(np.array([2**64 - 1], "<u8")),
    "f8 too large": npy(np.array([[1e39]], "<f8")),
    "axes": npy(np.zeros((1,) * 17, "f4")),
}

members = {
    "kernel": np.arange(12, dtype="f4").reshape(3, 4),
    "bias": np.array([1, 2, 3], "i8"),
    "__proto__": np.array(7, "u1"),
    "größe/😀": np.zeros((0, 2), "f8"),
    "columns": np.asfortranarray(np.arange(1000, dtype="i2").reshape(20, 50)),
}


def archive(save, **rest):
    file = io.BytesIO()
    save(file, **rest)
    return file.getvalue()


class Pipe(io.RawIOBase):
    """Cannot be sought: what is written to it has its sizes behind the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def piped():
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in members.items():
            file.writestr(f"{name}.npy", npy(array))
    return pipe.data


def zip64():
    """What an archive beyond 4 GB looks like: every size and place in the directory in 64 bits."""
    stored = archive(np.savez, **members)
    end = stored.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", stored[end + 10 : end + 20])
    directory, at = b"", start
    while at < end:
        fields = bytearray(stored[at : at + 46])
        crc, packed, unpacked, name_bytes, extra_bytes, _, _, _, _, offset = struct.unpack("<IIIHHHHHII", fields[16:46])
        name = stored[at + 46 : at + 46 + name_bytes]
        extra = struct.pack("<HHQQQ", 1, 24, unpacked, packed, offset)
        fields[20:28] = b"\xff" * 8
        fields[42:46] = b"\xff" * 4
        fields[30:32] = struct.pack("<H", len(extra))
        directory += bytes(fields) + name + extra
        at += 46 + name_bytes + extra_bytes
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), start)
    locator = struct.pack("<IIQI", 0x07064B50, 0, start + len(directory), 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return stored[:start] + directory + end64 + locator + end


def other_names():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("folder/", b"")
        made.writestr("folder/x.npy", npy(np.arange(3, dtype="u1")))
        made.writestr("readme.txt", b"not an array")
    return file.getvalue()


archives = {
    "savez": archive(np.savez, **members),
    "savez_compressed": archive(np.savez_compressed, **members),
    "through a pipe": piped(),
    "64 bits": zip64(),
}

types = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U64": np.uint64,
    "U32": np.uint32,
    "U16": np.uint16,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
tensors = {}
for name, dtype in types.items():
    values = np.array([[0, 1, 1], [0, 0, 1]]) if name == "BOOL" else np.array([[0, 1, 2], [3, 100, 127]])
    values = -values if name[0] in "IF" and name != "F8_E4M3" else values
    tensors[f"dtype {name}"] = values.astype(dtype)
tensors["scalar"] = np.array(3.5, np.float32)
tensors["empty"] = np.zeros((0, 3), np.int64)
tensors["größe 😀"] = np.array([1.5], np.float16)
tensors["__proto__"] = np.array([1, 0], np.bool_)
every_byte = np.arange(256, dtype=np.uint8)
tensors["every F8_E4M3"] = every_byte.view(ml_dtypes.float8_e4m3fn)
tensors["every F8_E5M2"] = every_byte.view(ml_dtypes.float8_e5m2)

halves = np.concatenate(
    [
        rng.normal(size=200) * 10.0 ** rng.integers(-9, 5, size=200),
        np.array([0, -0.0, 65504, 65519, 2**-24, 2**-25, 2**-25 * 1.0001, 1 + 2**-11, 1 + 3 * 2**-11, np.inf, -np.inf, 1e-45]),
    ]
)

content = {
    "npy": {name: {"file": encoded(file), **described(array)} for name, (file, array) in arrays.items()},
    "refused": {name: encoded(file) for name, file in refused.items()},
    "npz": {name: encoded(file) for name, file in archives.items()},
    "npzMembers": {name: described(array) for name, array in members.items()},
    "npzOtherNames": encoded(other_names()),
    "safetensors": encoded(save_safetensors(tensors, metadata={"__proto__": "said", "format": "np"})),
    "safetensorsTensors": {name: described(array) for name, array in tensors.items()},
    "safetensorsOnlyMetadata": encoded(save_safetensors({}, metadata={"key": "value"})),
    "halves": {
        "values": [text(x) for x in halves],
        "F16": [int(x) for x in halves.astype(np.float16).view(np.uint16)],
        "BF16": [int(x) for x in halves.astype(ml_dtypes.bfloat16).view(np.uint16)],
    },
}
Path(__file__).with_suffix(".json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
