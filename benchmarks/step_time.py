"""Time this package's train step and the same networks and objective in PyTorch: see docs/results/benchmarks.md.

python benchmarks/step_time.py --networks dcgan32 wgan_gp32 --precision bfloat16
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from networks import NETWORKS, multiply_adds

FOLDER = Path(__file__).parent
SIDES = ["eager", "channels_last", "compile"]


def measure(script: str, **options) -> dict:
    """Run a script of this folder in its own process, and return its figures; {"error": ...} if it fails."""
    search = os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")]))
    process = subprocess.run(
        [sys.executable, FOLDER / script, json.dumps(options)],
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
    )
    if process.returncode:
        return {"error": (process.stderr.strip().splitlines() or [f"exit status {process.returncode}"])[-1]}
    return json.loads(process.stdout.splitlines()[-1])


def median_milliseconds(runs: list[dict]) -> float:
    return 1000 * statistics.median(second for run in runs for second in run["seconds"])


def compare(name: str, sides: list[str], options: argparse.Namespace) -> None:
    """Measure one network: each side `repeats` times, one after the other. Print a table row for each side."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    batch_size = options.batch_size or NETWORKS[name].batch_size
    shared = {
        "name": name,
        "batch_size": batch_size,
        "precision": options.precision,
        "threads": threads,
        "clock": "process_time" if options.cpu_time else "perf_counter",
        "warm_up": options.warm_up,
        "steps": options.steps,
    }
    runs = {side: [] for side in sides}
    for _ in range(options.repeats):
        for side, results in runs.items():
            if results and "error" in results[-1]:
                continue
            if side == "ours":
                results.append(measure("our_step.py", **shared))
            else:
                results.append(measure("pytorch_step.py", side=side, **shared))

    ours = runs["ours"]
    if "error" in ours[-1]:
        sys.exit(f"{name}: {ours[-1]['error']}")
    milliseconds = median_milliseconds(ours)
    operations = 2 * multiply_adds(NETWORKS[name], batch_size)
    for side, results in runs.items():
        if "error" not in results[-1] and results[-1]["weights"] != ours[-1]["weights"]:
            sys.exit(f"{name}: the networks are not the same: {ours[-1]['weights']} and {results[-1]['weights']}")
        if "error" in results[-1]:
            print(f"| {name} | {side} | not supported | | | | |", flush=True)
            print(f"{name} {side}: {results[-1]['error']}", file=sys.stderr)
            continue
        other = median_milliseconds(results)
        memory = max(run["memory_kb"] for run in results) / 1024
        ratio, speed, peak = "", "", ""
        if side == "ours":
            speed = f"{operations / milliseconds / 1e6:.0f}"
            peak = f"{max(run['product_speed'] for run in results) / 1e9:.0f}"
        else:
            ratio = f"{milliseconds / other:.2f}"
        print(f"| {name} | {side} | {other:.1f} | {ratio} | {speed} | {peak} | {memory:.0f} |", flush=True)


def loop_overhead() -> None:
    """Compare a training with all its callbacks with the same steps and validation without callbacks."""
    with tempfile.TemporaryDirectory() as folder:
        result = measure("training_loop.py", out=str(Path(folder) / "run"))
    if "error" in result:
        sys.exit(f"training loop: {result['error']}")
    bare = result["bare"]
    print("| an epoch | s | ratio |\n| --- | ---: | ---: |")
    for name, seconds in result.items():
        print(f"| {name} | {seconds:.2f} | {seconds / bare:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS), help="default: all")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--batch_size", type=int, help="default: 64; 16, as in the variants, from image to image")
    parser.add_argument("--warm_up", type=int, default=5, help="steps of each process that are not timed")
    parser.add_argument("--steps", type=int, default=20, help="steps of each process that are timed")
    parser.add_argument("--repeats", type=int, default=3, help="processes of each side")
    parser.add_argument("--cpu_time", action="store_true", help="count the processor's time: for a busy machine")
    parser.add_argument("--loop", action="store_true", help="only measure what the training loop adds to the steps")
    options = parser.parse_args()
    if options.loop:
        loop_overhead()
        return
    print(options.precision + (f", batches of {options.batch_size}" if options.batch_size else ""))
    print("| network | side | ms/step | ours/PyTorch | GFLOP/s | matrix product's | peak MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for name in options.networks:
        compare(name, ["ours", *options.sides], options)


if __name__ == "__main__":
    main()
