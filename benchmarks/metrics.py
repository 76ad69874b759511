"""Time this package's metrics, torch-fidelity's and prdc's on the same features: see docs/reference/metrics.md.

pip install torch torchvision torch-fidelity prdc
python benchmarks/metrics.py
python benchmarks/metrics.py --parts prdc --sides ours --samples 50000     # memory for 50,000 x 50,000 samples
python benchmarks/metrics.py --training     # time of an epoch of lsgan, and of the metric after it
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

PARTS = ["frechet", "kernel", "prdc"]
SIDES = ["ours", "other"]
OTHER = {"frechet": "torch-fidelity", "kernel": "torch-fidelity", "prdc": "prdc"}


def features(samples: int, width: int, seed: int, shift: float) -> np.ndarray:
    """Return random float32 features like Inception's last pooling: at least 0, correlated, of different variances."""
    mixing = np.random.default_rng(0).standard_normal((100, width), np.float32)
    mixing *= 0.3 / np.sqrt(1 + np.arange(100, dtype=np.float32))[:, None]
    rng = np.random.default_rng(seed)
    made = np.empty((samples, width), np.float32)
    for start in range(0, samples, 1000):
        block = made[start : start + 1000]
        block[:] = rng.standard_normal((len(block), 100), np.float32) @ mixing + shift
        block += 0.1 * rng.standard_normal(block.shape, np.float32)
        np.maximum(block, 0, out=block)
    return made


def metric(part: str, side: str):
    """Return the function of (real, fake) to time. Its imports happen here, before the clock starts."""
    if side == "ours":
        from tfgan_course import metrics

        functions = {
            "frechet": metrics.frechet_distance,
            "kernel": metrics.kernel_distance,
            "prdc": metrics.precision_recall_density_coverage,
        }
        return functions[part]
    if part == "prdc":
        from prdc import compute_prdc

        return lambda real, fake: compute_prdc(real, fake, nearest_k=5)

    import torch
    from torch_fidelity import metric_fid, metric_kid

    if part == "frechet":

        def frechet(real, fake):
            statistics = [metric_fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (real, fake)]
            return metric_fid.fid_statistics_to_metric(*statistics, verbose=False)

        return frechet
    # torch-fidelity's default is 100 subsets of 1,000; smaller sets need smaller subsets.
    return lambda real, fake: metric_kid.kid_features_to_metric(
        torch.from_numpy(fake),
        torch.from_numpy(real),
        kid_subset_size=min(1000, len(real)),
        rng_seed=0,
        verbose=False,
    )


def measure(part: str, side: str, samples: int, width: int) -> dict:
    """Measure one side in this process. Memory is counted beyond the memory of libraries and features."""
    real, fake = features(samples, width, 1, 0.4), features(samples, width, 2, 0.42)
    function = metric(part, side)
    # The first call loads libraries and starts threads, so it is not timed.
    function(real[:500, :64].copy(), fake[:500, :64].copy())
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    value = function(real, fake)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "value": {key: float(number) for key, number in named(value).items()},
        "seconds": seconds,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": after.ru_maxrss / 1024,
        "beyond_mb": (after.ru_maxrss - before.ru_maxrss) / 1024,
    }


def named(value) -> dict:
    if hasattr(value, "_asdict"):
        return value._asdict()
    return value if isinstance(value, dict) else {"distance": value}


def in_a_process(part: str, side: str, options: argparse.Namespace) -> dict:
    search = os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, __file__, "--parts", part, "--sides", side, "--here"]
    command += ["--samples", str(options.samples), "--width", str(options.width)]
    process = subprocess.run(command, env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True)
    if process.returncode:
        sys.exit(f"{part}, {side}: {(process.stderr.strip().splitlines() or ['no message'])[-1]}")
    return json.loads(process.stdout.splitlines()[-1])


def median(runs: list[dict], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def while_training() -> None:
    """Print how long an epoch of `train --variant lsgan` takes, and how long the default metric takes after it."""
    from tfgan_course.config.parser import from_python
    from tfgan_course.data import load, training_batches
    from tfgan_course.evaluation.callback import Evaluate
    from tfgan_course.runs.build import build

    config = from_python("lsgan").make()
    images, test_images = load(config.data)
    gan = build(config, images.images.shape[1:], images.classes)
    evaluate = Evaluate(gan, config.metrics, images, test_images)
    batches = iter(training_batches(images, config.batch_size, config.seed))
    step = gan.make_train_function()

    def epoch() -> None:
        for _ in range(len(images.images) // config.batch_size):
            logs = step(batches)
        logs["critic_loss"].numpy()

    def metric() -> None:
        evaluate.on_epoch_end(0, {})

    step(batches)
    clocks = {"wall": time.perf_counter, "CPU": time.process_time}
    taken = {(function, clock): [] for function in (epoch, metric) for clock in clocks}
    metric()
    for _ in range(3):
        for function in (epoch, metric):
            before = {clock: read() for clock, read in clocks.items()}
            function()
            for clock, read in clocks.items():
                taken[function, clock].append(read() - before[clock])
    for clock in clocks:
        training, measuring = (statistics.median(taken[function, clock]) for function in (epoch, metric))
        share = f"{100 * measuring / training:.1f} %"
        print(f"{', '.join(config.metrics.names)}: {measuring:.2f} {clock} s after an epoch of {training:.1f}: {share}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    parser.add_argument("--samples", type=int, default=10_000, help="number of real and of fake samples, each")
    parser.add_argument("--width", type=int, default=2048, help="features a sample")
    parser.add_argument("--repeats", type=int, default=3, help="number of processes of each side")
    parser.add_argument("--training", action="store_true", help="only measure what the default metric adds to an epoch")
    parser.add_argument("--here", action="store_true", help="measure one part of one side in this process, print JSON")
    options = parser.parse_args()
    if options.training:
        while_training()
        return
    if options.here:
        print(json.dumps(measure(options.parts[0], options.sides[0], options.samples, options.width)))
        return

    print(f"{options.samples} against {options.samples} samples of {options.width} features")
    print("| part | side | s | CPU s | ours/other | peak MB | beyond features and libraries, MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    totals = dict.fromkeys(options.sides, 0.0)
    values = []
    for part in options.parts:
        runs = {side: [] for side in options.sides}
        for _ in range(options.repeats):
            for side, results in runs.items():
                results.append(in_a_process(part, side, options))
        for side, results in runs.items():
            seconds = median(results, "seconds")
            totals[side] += seconds
            both = side == "other" and "ours" in runs
            ratio = f"{median(runs['ours'], 'seconds') / seconds:.2f}" if both else ""
            name = "ours" if side == "ours" else OTHER[part]
            memory = [f"{max(run[key] for run in results):.0f}" for key in ("peak_mb", "beyond_mb")]
            cpu = median(results, "cpu_seconds")
            print(f"| {part} | {name} | {seconds:.1f} | {cpu:.1f} | {ratio} | {memory[0]} | {memory[1]} |", flush=True)
            values.append(f"{part}, {name}: {results[0]['value']}")
    print("Seconds in all: " + ", ".join(f"{side} {seconds:.1f}" for side, seconds in totals.items()))
    print("\n".join(values))


if __name__ == "__main__":
    main()
