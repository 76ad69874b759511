"""Train with the step that `benchmarks/lowered_step.py lower` wrote, with JAX (0.10 or newer) alone.

python benchmarks/lowered_step_train.py lowered --steps 50000
"""

import argparse
import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path

import jax
import jax.extend.mlir
import numpy as np
from jax._src.interpreters.mlir import make_ir_context
from jax._src.lib import xla_client
from jaxlib.mlir import ir


def inside(operation: ir.Operation) -> Iterator[ir.Operation]:
    """Yield all operations inside an operation, at any depth."""
    for region in operation.regions:
        for block in region:
            for inner in block:
                yield inner.operation
                yield from inside(inner.operation)


def compiled(step: Path):
    """Return the executable of an XLA program."""
    with make_ir_context():
        module = ir.Module.parse(jax.extend.mlir.hlo_to_stablehlo(step.read_bytes()))
        # Newer versions of XLA know neither the copies at the end of TensorFlow's program nor its attributes.
        for copy in [inner for inner in inside(module.operation) if inner.name == "mhlo.copy"]:
            copy.results[0].replace_all_uses_with(copy.operands[0])
            copy.erase()
        for attribute in [name for name in module.operation.attributes if name != "sym_name"]:
            del module.operation.attributes[attribute]
        device = jax.devices()[0]
        return device.client.compile_and_load(
            module,
            executable_devices=xla_client.DeviceList((device,)),
            compile_options=xla_client.CompileOptions(),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--every", type=int, default=500, help="number of steps between two rows of history.csv")
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)  # the step counter has 64 bits
    described = json.loads((options.folder / "step.json").read_text())
    start = time.perf_counter()
    step = compiled(options.folder / "step.hlo")
    print(f"compiled in {time.perf_counter() - start:.0f} s for {jax.devices()[0].device_kind}", flush=True)
    data, begin = np.load(options.folder / "images.npz"), np.load(options.folder / "state.npz")
    inputs = [jax.device_put(data[name]) for name in ("images", "labels") if len(data[name])]
    state = [jax.device_put(begin[str(place)]) for place in described["captured"]]
    updated = {int(place): output for place, output in described["updated"].items()}
    logs, batch_size, count = described["logs"], described["batch_size"], len(inputs[0])
    take = jax.jit(lambda array, order: array[order])
    rng = np.random.default_rng(described["seed"])
    rows, window, order = [], [], []
    for done in range(1, options.steps + 1):
        if len(order) < batch_size:
            order = rng.permutation(count).astype(np.int32)
        now, order = order[:batch_size], order[batch_size:]
        result = step.execute([*(take(array, now) for array in inputs), *state])
        state = [result[updated[place]] if place in updated else value for place, value in enumerate(state)]
        window.append(result[: len(logs)])
        if done == 1:
            jax.block_until_ready(state)
            start = time.perf_counter()
        if done % options.every == 0:
            means = np.mean([[float(value) for value in values] for values in window], axis=0)
            rows.append({"step": done, **dict(zip(logs, means, strict=True))})
            window = []
            print(f"step {done}: {1000 * (time.perf_counter() - start) / (done - 1):.2f} ms a step", flush=True)
    np.savez(options.folder / "trained.npz", **{
        str(place): np.asarray(value) for place, value in zip(described["captured"], state, strict=True)
    })  # fmt: skip
    with (options.folder / "history.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["step", *logs])
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
