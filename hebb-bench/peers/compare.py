"""Times hebb and PyTorch in turn on the same networks and shapes, and prints both and their ratio.

    cargo build --release -p hebb-learn -p hebb-bench
    python hebb-bench/peers/compare.py --hebb target/release/hebb [--threads 2] [--rounds 3] [--json FILE] [CASE ...]

A round runs a case in PyTorch and then in hebb, so that a slow hour of the machine affects both. Each reports the median of
its batches; the result is the median of the rounds. Images are noise and already in memory. Needs PyTorch.
"""

import argparse
import json
import pathlib
import platform
import statistics
import subprocess
import time

import torch

import models

# Name: preset of hebb (None: the program `backprop`), PyTorch's layers, image shape, batch size, whether weights learn.
CASES = {
    "miconi2021": ("miconi2021", models.miconi, (3, 32, 32), 100, True),
    "miconi2021-simple": ("miconi2021-simple", models.miconi_simple, (1, 33, 33), 100, True),
    "hwta-conv2": ("hwta-conv2", models.hwta, (3, 32, 32), 64, True),
    "softhebb2023": ("softhebb2023", models.softhebb, (3, 32, 32), 10, True),
    "softhebb2023-inference": ("softhebb2023", models.softhebb, (3, 32, 32), 64, False),
    "sgd-amato": (None, models.sgd, (3, 32, 32), 64, True),
    "sgd-amato-channels-last": (None, models.sgd_channels_last, (3, 32, 32), 64, True),
}


def time_torch(build, image, batch, learn, batches):
    """Images per second: the median of `batches`, after two untimed ones."""
    generator = torch.Generator().manual_seed(0)
    layers = build(generator)
    images = torch.randn((batch, *image), generator=generator)
    seconds = []
    for index in range(batches + 2):
        start = time.perf_counter()
        values = images
        for layer in layers:
            values = layer.step(values, learn)
        if index >= 2:
            seconds.append(time.perf_counter() - start)
    return batch / statistics.median(seconds)


def time_hebb(program, preset, batch, learn, threads):
    """Images per second as `hebb bench` or `backprop` reports, and the whole report."""
    sizes = ["--batch", str(batch), "--threads", str(threads)]
    if preset is None:
        command = [str(pathlib.Path(program).with_name("backprop")), *sizes]
    else:
        command = [program, "bench", preset, *sizes, "--backend", "cpu", "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report["training" if learn else "inference"]["images_per_second"], report


def compare(name, options):
    preset, build, image, batch, learn = CASES[name]
    rates = {"torch": [], "hebb": []}
    for _ in range(options.rounds):
        rates["torch"].append(time_torch(build, image, batch, learn, options.batches))
        rate, report = time_hebb(options.hebb, preset, batch, learn, options.threads)
        if tuple(report["image"]) != image:
            raise SystemExit(f"{name}: hebb's images are {report['image']}, PyTorch's {list(image)}")
        rates["hebb"].append(rate)
    medians = {side: statistics.median(values) for side, values in rates.items()}
    return {
        "case": name,
        "batch": batch,
        "threads": options.threads,
        "torch": medians["torch"],
        "hebb": medians["hebb"],
        "ratio": medians["hebb"] / medians["torch"],
        "rounds": rates,
        "peak_gflops": report["peak_gflops"],
        "machine": report["machine"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--hebb", default="target/release/hebb", help="the program")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=7, help="timed batches of PyTorch in a round")
    parser.add_argument("--json", help="a file for the results")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"PyTorch {torch.__version__} on {platform.machine()}, {options.threads} threads, images a second")
    print(f"{'case':<24}{'batch':>6}{'PyTorch':>10}{'hebb':>10}{'ratio':>8}", flush=True)
    results = []
    for name in options.cases:
        result = compare(name, options)
        results.append(result)
        print(
            f"{name:<24}{result['batch']:>6}{result['torch']:>10.1f}{result['hebb']:>10.1f}{result['ratio']:>8.2f}",
            flush=True,
        )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"torch": torch.__version__, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
