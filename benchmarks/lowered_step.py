"""Write a train step as an XLA program for a machine with JAX and a GPU but without TensorFlow; read the result back.

    python benchmarks/lowered_step.py lower lowered --variant acgan --precision bfloat16   # takes all options of train
    python benchmarks/lowered_step_train.py lowered --steps 50000                          # on the machine with the GPU
    python benchmarks/lowered_step.py back lowered runs/acgan                              # makes a run directory

The program is the step of `jit: true`, random numbers included, so this also measures how fast XLA's step is on a GPU.
"""

import json
import os
import re
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tfgan_course.config.parser import from_words, read
from tfgan_course.data import facts, load, training_batches
from tfgan_course.replicas import tf_variable
from tfgan_course.runs.build import build, steps_per_epoch
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.callbacks import SaveCheckpoints


def lower(folder: Path, args: list[str]) -> None:
    """Write the step, its initial weights and the images into the folder."""
    settings = from_words(args)
    config = settings.make()
    images, _ = load(config.data)
    gan = build(config, images.shape, images.classes, steps_per_epoch(config, len(images)))
    batch_size = config.batch_size * config.critic_updates
    batch = next(iter(training_batches(images, batch_size, config.seed, updates=config.critic_updates)))
    inputs = 2 if isinstance(batch, tuple) else 1
    step = tf.function(gan._distributed_step, autograph=False, jit_compile=True)
    traced = step.get_concrete_function(batch)
    places = {id(tf_variable(variable).handle): place for place, variable in enumerate(gan.state())}
    captured = [places[id(handle)] for handle, _ in traced.graph.captures]
    state = [tf_variable(variable).numpy() for variable in gan.state()]
    translated = step.experimental_get_compiler_ir(batch)
    # "{16}: (2, {}, may-alias)": output 16 is the new value of input 2.
    updated = re.findall(r"\{(\d+)\}: \((\d+),", translated(stage="hlo").split("\n", 1)[0])

    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(settings.yaml(), encoding="utf-8")
    (folder / "step.hlo").write_bytes(translated(stage="hlo_serialized"))
    np.savez_compressed(folder / "images.npz", images=images.images, labels=images.labels if inputs == 2 else [])
    np.savez_compressed(folder / "state.npz", **{str(place): state[place] for place in captured})
    description = {
        "batch_size": batch_size,
        "captured": captured,
        "updated": {int(source) - inputs: int(output) for output, source in updated},
        "logs": sorted(traced.structured_outputs),
        "seed": config.seed,
    }
    (folder / "step.json").write_text(json.dumps(description), encoding="utf-8")


def back(folder: Path, out: Path) -> None:
    """Make a run directory from the files that the training wrote into the folder."""
    config = read(folder / "config.yaml")
    images, test_images = load(config.data)
    gan = build(config, images.shape, images.classes, steps_per_epoch(config, len(images)))
    state = [tf_variable(variable) for variable in gan.state()]
    with np.load(folder / "trained.npz") as trained:
        for place in trained.files:
            state[int(place)].assign(trained[place])
    run = RunDirectory.create(out, (folder / "config.yaml").read_text(encoding="utf-8"), facts(images, test_images))
    SaveCheckpoints(run, gan, config.checkpoints).save()
    print(f"Run directory: {run.path}, at step {gan.steps_done}")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("lower", "back"):
        sys.exit(__doc__)
    if sys.argv[1] == "lower":
        lower(Path(sys.argv[2]), sys.argv[3:])
    else:
        back(Path(sys.argv[2]), Path(sys.argv[3]))
