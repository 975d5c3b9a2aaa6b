"""Runs the criterion benches and writes medians, confidence intervals and throughput as one CSV.

    python hebb-bench/peers/benches.py [--measurement-time 1] [--out benches.csv] [BENCH ...]

Runs all benches unless some are named. Throughput is in elements per second: operations (two per multiply-add) for products
and convolutions, images for steps, layers and pooling, values for other operations.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import time


def workspace():
    """Cargo's target folder and the names of this crate's benches."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    package = next(package for package in metadata["packages"] if package["name"] == "hebb-bench")
    benches = [target["name"] for target in package["targets"] if "bench" in target["kind"]]
    return pathlib.Path(metadata["target_directory"]), benches


def results(folder, since):
    """Rows (id, milliseconds, throughput) of the results that criterion wrote after `since`."""
    for path in sorted(folder.glob("**/new/estimates.json")):
        if path.stat().st_mtime < since:
            continue
        case = json.loads(path.with_name("benchmark.json").read_text())
        median = json.loads(path.read_text())["median"]
        interval = median["confidence_interval"]
        nanoseconds = [median["point_estimate"], interval["lower_bound"], interval["upper_bound"]]
        seconds = [value * 1e-9 for value in nanoseconds]
        elements = (case["throughput"] or {}).get("Elements", 0)
        yield [case["full_id"], *(f"{1e3 * value:.4g}" for value in seconds), f"{elements / seconds[0]:.4g}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benches", nargs="*", metavar="BENCH")
    parser.add_argument("--measurement-time", type=float, default=1.0, help="seconds for each case")
    parser.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    args = parser.parse_args()
    target, benches = workspace()
    chosen = [word for bench in args.benches or benches for word in ("--bench", bench)]
    subprocess.run(["cargo", "bench", "-p", "hebb-bench", *chosen, "--no-run"], check=True)
    since = time.time()
    timing = ["--measurement-time", str(args.measurement_time), "--warm-up-time", "0.5"]
    subprocess.run(["cargo", "bench", "-p", "hebb-bench", *chosen, "--", *timing], check=True, stdout=sys.stderr)
    writer = csv.writer(args.out, lineterminator="\n")
    writer.writerow(["id", "median_ms", "low_ms", "high_ms", "per_second"])
    writer.writerows(results(target / "criterion", since))


if __name__ == "__main__":
    main()
