"""Times a layer at growing sizes and every layer of the presets, and draws both against the roofline of the machine.

    cargo build --release -p hebb-bench
    python hebb-bench/peers/grow.py --cost target/release/cost --out hebb-bench/records/NAME

Writes grow.json and layers.json, and the plots grow.svg and roofline.svg (which need matplotlib).
"""

import argparse
import json
import pathlib
import subprocess

KINDS = ["winner", "soft"]
# Axis: its values, and other settings that differ from the default of 100 images of 32x32 and 100 filters.
AXES = {
    "batch": ([1, 8, 64, 512], {}),
    "filters": ([32, 256, 1024, 4096], {"batch": 16}),
    "image": ([32, 96, 224], {"batch": 4}),
}
PRESETS = ["miconi2021", "miconi2021-simple", "hwta-conv2", "softhebb2023"]


def run(program, *arguments):
    command = [program, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def grow(program):
    points = []
    for kind in KINDS:
        for threads in [1, 2]:
            for axis, (values, fixed) in AXES.items():
                for value in values:
                    sizes = {"batch": 100, "filters": 100, "image": 32} | fixed | {axis: value}
                    flags = [part for name, size in sizes.items() for part in (f"--{name}", size)]
                    point = run(program, "--kind", kind, "--threads", threads, *flags)
                    points.append(point | {"kind": kind, "axis": axis})
                    rate = point["batch"] / point["layers"][0]["seconds"]
                    print(f"{kind:<7}{axis:<8}{value:>5}  threads {threads}  {rate:>9.0f} images/s", flush=True)
    return points


def draw_growth(points, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, plots = pyplot.subplots(2, len(AXES), figsize=(12, 6.5), constrained_layout=True)
    for column, axis in enumerate(AXES):
        for kind, color in zip(KINDS, ["tab:blue", "tab:orange"]):
            for threads, style in [(1, "--"), (2, "-")]:
                own = [p for p in points if (p["kind"], p["axis"], p["threads"]) == (kind, axis, threads)]
                at = [p[axis] for p in own]
                label = f"{kind}, {threads} thread{'s' if threads > 1 else ''}"
                seconds = [1e6 * p["layers"][0]["seconds"] / p["batch"] for p in own]
                plots[0][column].plot(at, seconds, style, color=color, marker="o", markersize=3, label=label)
                if threads == 2:
                    least = [
                        1e6 / p["batch"] * bound(p["layers"][0], p["peak_gflops"], p["bandwidth_gb_s"]) for p in own
                    ]
                    plots[0][column].plot(at, least, ":", color=color, label=f"{kind}, roofline of 2")
                memory = [p["peak_memory_bytes"] / 2**20 for p in own]
                plots[1][column].plot(at, memory, style, color=color, marker="o", markersize=3, label=label)
        for row, title in enumerate(["microseconds an image", "peak memory, MiB"]):
            plots[row][column].set(xscale="log", yscale="log", xlabel=axis, ylabel=title)
            plots[row][column].grid(True, which="both", alpha=0.2)
    plots[0][0].legend(fontsize=7)
    figure.savefig(path)


def bound(layer, gflops, bandwidth):
    """Least seconds for a batch through a layer, by the roofline."""
    return max(layer["gflop"] / gflops, layer["megabytes"] / 1e3 / bandwidth)


def draw_roofline(reports, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, plot = pyplot.subplots(figsize=(8, 5), constrained_layout=True)
    gflops, bandwidth = reports[0]["peak_gflops"], reports[0]["bandwidth_gb_s"]
    intensities = [2 ** (i / 4) for i in range(-8, 52)]
    plot.plot(intensities, [min(gflops, i * bandwidth) for i in intensities], color="black", label="machine, 2 threads")
    for report in reports:
        layers = report["layers"]
        at = [layer["flop_per_byte"] for layer in layers]
        rates = [layer["gflop"] / layer["seconds"] for layer in layers]
        plot.scatter(at, rates, label=report["name"], s=20)
        for index, place in enumerate(zip(at, rates)):
            plot.annotate(str(index + 1), place, textcoords="offset points", xytext=(4, 3), fontsize=8)
    plot.set(xscale="log", yscale="log", xlabel="operations per byte", ylabel="GFLOP/s")
    plot.grid(True, which="both", alpha=0.2)
    plot.legend(fontsize=8)
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cost", default="target/release/cost", help="the program")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a folder for the results")
    parser.add_argument("--draw-only", action="store_true", help="draw the results of an earlier run")
    options = parser.parse_args()
    grown, layers = options.out / "grow.json", options.out / "layers.json"
    if not options.draw_only:
        options.out.mkdir(parents=True, exist_ok=True)
        layers.write_text(json.dumps([run(options.cost, preset) for preset in PRESETS], indent=1) + "\n")
        grown.write_text(json.dumps(grow(options.cost), indent=1) + "\n")
    reports = json.loads(layers.read_text())
    for report in reports:
        for index, layer in enumerate(report["layers"]):
            least = bound(layer, report["peak_gflops"], report["bandwidth_gb_s"])
            print(
                f"{report['name']:<20}{index + 1}  {1e3 * layer['seconds']:>8.2f} ms"
                f"  {layer['gflop'] / layer['seconds']:>7.1f} GFLOP/s  {100 * least / layer['seconds']:>5.1f} % of the bound"
            )
    draw_growth(json.loads(grown.read_text()), options.out / "grow.svg")
    draw_roofline(reports, options.out / "roofline.svg")


if __name__ == "__main__":
    main()
