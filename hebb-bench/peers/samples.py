"""Attributes the time of whole training steps to source files, by perf's samples.

    python hebb-bench/peers/samples.py [--seconds 10] [--out samples.csv] [cpu/train/miconi2021 ...]

A sample counts for the innermost file of this workspace that its code was inlined from, otherwise for its library or the
kernel. Needs Linux, perf, addr2line and readelf. The benches are built with line tables, which changes no instruction.
"""

import argparse
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

CRATES = ("hebb-learn", "hebb-core", "hebb-cpu", "hebb-bench")
STEPS = [f"cpu/train/{step}" for step in ("miconi2021", "miconi2021-simple", "hwta-conv2", "softhebb2023", "sgd-amato")]
MAPPED = re.compile(r"\[(0x\w+)\(0x\w+\) @ (\w+) .*\]: r-xp (.+)")
CODE = re.compile(r"LOAD +(0x\w+) (0x\w+) .* R E ")
SAMPLE = re.compile(r"(\d+\.\d+):\s+([0-9a-f]+) .*\((.+)\)$")
OURS = re.compile(r"(hebb-\w+/(?:src|benches)/.+\.rs):")


def build():
    """Builds the benches `layers` and `sgd`; their programs by name."""
    tables = [word for crate in CRATES for word in ("--config", f'profile.bench.package.{crate}.debug="line-tables-only"')]
    command = ["cargo", "bench", "-p", "hebb-bench", "--bench", "layers", "--bench", "sgd", "--no-run"]
    built = subprocess.run([*command, *tables, "--message-format", "json"], check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, built.stdout.splitlines())
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}


def record(program, bench, seconds, folder):
    """Samples one bench and returns the lines of `perf script`."""
    data = str(pathlib.Path(folder) / "perf.data")
    profiled = [program, "--bench", "--exact", bench, "--profile-time", str(seconds)]
    subprocess.run(["perf", "record", "-q", "-F", "499", "-o", data, *profiled], check=True, stdout=sys.stderr)
    script = ["perf", "script", "-i", data, "--show-mmap-events", "-F", "time,ip,dso"]
    return subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def shift(program):
    """Offset between the addresses of a program's code and its positions in the file, which depends on the linker."""
    headers = subprocess.run(["readelf", "-lW", program], check=True, stdout=subprocess.PIPE, text=True).stdout
    place, address = CODE.search(headers).groups()
    return int(address, 16) - int(place, 16)


def samples(lines, program, seconds):
    """Samples of the last `seconds`, which are steps: an address within the program, or the name of the library hit."""
    maps = filter(None, map(MAPPED.search, lines))
    start, offset = next((int(found[1], 16), int(found[2], 16)) for found in maps if found[3] == program)
    offset += shift(program)
    taken = [(float(found[1]), int(found[2], 16), found[3]) for found in map(SAMPLE.search, lines) if found]
    last = max(time for time, _, _ in taken)
    for time, address, place in taken:
        if time < last - seconds:
            continue
        if place == program:
            yield address - start + offset, None
        else:
            yield None, "kernel" if place.startswith("[kernel") else pathlib.Path(place).name.split(".")[0]


def files(program, addresses):
    """Source file of this workspace for each address, if any."""
    command = ["addr2line", "-a", "-i", "-e", program]
    asked = "\n".join(hex(address) for address in addresses)
    told = subprocess.run(command, input=asked, check=True, stdout=subprocess.PIPE, text=True).stdout
    for frames in re.split(r"^0x[0-9a-f]+\n", told, flags=re.MULTILINE)[1:]:
        ours = OURS.search(frames)
        yield ours[1] if ours else "other crates"


def shares(lines, program, seconds):
    """Share of the samples by place, largest first."""
    found = list(samples(lines, program, seconds))
    addresses = sorted({address for address, _ in found if address is not None})
    known = dict(zip(addresses, files(program, addresses)))
    counts = collections.Counter(known.get(address, elsewhere) for address, elsewhere in found)
    return [(place, count / len(found)) for place, count in counts.most_common()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benches", nargs="*", default=STEPS, metavar="BENCH")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds that each step is repeated for")
    parser.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    args = parser.parse_args()
    programs = build()
    writer = csv.writer(args.out, lineterminator="\n")
    writer.writerow(["bench", "where", "share"])
    for bench in args.benches:
        program = programs["sgd" if bench.endswith("sgd-amato") else "layers"]
        with tempfile.TemporaryDirectory() as folder:
            lines = record(program, bench, args.seconds, folder)
        rows = shares(lines, program, args.seconds)
        writer.writerows([bench, place, f"{share:.4f}"] for place, share in rows if share >= 0.002)


if __name__ == "__main__":
    main()
