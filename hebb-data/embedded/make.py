#!/usr/bin/env python3
"""make.py SOURCE: writes the four fashion-mini files beside this script.

SOURCE holds the official Fashion-MNIST files (train-images-idx3-ubyte.gz and so on; the Debian package
dataset-fashion-mnist puts them in /usr/share/datasets/fashion-mnist). Of each class the first 550 training and
the first 100 test images are kept, in their order. Needs Python 3 alone; the output is the same on every run.
"""
import gzip
import pathlib
import struct
import sys
import zlib

PER_CLASS = {"train": 550, "t10k": 100}


def read(path):
    data = gzip.decompress(path.read_bytes())
    dims = struct.unpack_from(">%dI" % data[3], data, 4)
    return dims, data[4 + 4 * data[3]:]


def write(path, dims, payload):
    header = bytes([0, 0, 8, len(dims)]) + struct.pack(">%dI" % len(dims), *dims)
    # A gzip file without name or time, so that the bytes depend on the images alone.
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    path.write_bytes(deflate.compress(header + payload) + deflate.flush())


def main(source):
    here = pathlib.Path(__file__).parent
    for split, per_class in PER_CLASS.items():
        (count, height, width), pixels = read(source / f"{split}-images-idx3-ubyte.gz")
        _, labels = read(source / f"{split}-labels-idx1-ubyte.gz")
        kept, seen = [], [0] * 10
        for i in range(count):
            if seen[labels[i]] < per_class:
                seen[labels[i]] += 1
                kept.append(i)
        size = height * width
        images = b"".join(pixels[i * size:(i + 1) * size] for i in kept)
        write(here / f"{split}-images-idx3-ubyte.gz", (len(kept), height, width), images)
        write(here / f"{split}-labels-idx1-ubyte.gz", (len(kept),), bytes(labels[i] for i in kept))


main(pathlib.Path(sys.argv[1]))
