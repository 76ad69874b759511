"""The whole state of a GAN's training, in TensorFlow's checkpoints and in Keras's weights files."""

from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.files import shown, usable, written_whole
from tfgan_course.replicas import tf_variable


class Saved(keras.Model):
    """A GAN that saves and loads its whole state: weights, average, optimizers, terms, means, the number of steps."""

    def state(self) -> list:
        """Return all variables, in an order that depends only on how the GAN was built."""
        modules = [*self.critic_terms.values(), *self.generator_terms.values(), self.train_means]
        modules += [*self.augmentations, *self.real_augmentations, *self.loss_scales.values()]
        models = [self.generator, self.critic, *([] if self.ema_generator is None else [self.ema_generator])]
        optimizers = [self.generator_optimizer, self.critic_optimizer]
        lists = [owner.variables for owner in [*modules, *optimizers]] + [model.weights for model in models]
        return [self.step, *(variable for variables in lists for variable in variables)]

    def checkpoint(self) -> tf.train.Checkpoint:
        """Return a checkpoint of the whole state, with which a resumed training continues bit for bit."""
        parts = {} if self.ema_generator is None else {"ema_generator": self.ema_generator}
        parts |= {f"{player}_loss_scale": scale for player, scale in self.loss_scales.items()}
        return tf.train.Checkpoint(
            step=self.step,
            generator=self.generator,
            critic=self.critic,
            generator_optimizer=self.generator_optimizer,
            critic_optimizer=self.critic_optimizer,
            terms=[*self.critic_terms.values(), *self.generator_terms.values()],
            augmentations=[*self.augmentations, *self.real_augmentations],
            means=self.train_means,
            **parts,
        )

    def save_weights(self, filepath: str | Path, overwrite: bool = True, **options) -> None:
        """Save the whole state. A GAN that was built in the same way can load it and continue bit for bit.

        Args:
            filepath: a path that ends with `.weights.h5`; a path without an ending gets this ending.
            overwrite: whether an existing file may be replaced.

        Raises:
            UserError: for another ending, or if the file exists and may not be replaced.
        """
        path = _weights_path(filepath)
        _refuse({name: value for name, value in options.items() if value is not None})  # Keras 2 passes options=None
        require(overwrite or not path.exists(), "a new file", f"{shown(path)}, which exists", "Pass overwrite=True")
        require(path.parent.is_dir(), "a folder that exists", shown(path.parent), "Make it first")
        with written_whole(path) as temporary, h5py.File(temporary, "w") as file:
            for index, variable in enumerate(self.state()):
                value = tf_variable(variable)
                # HDF5 has no bfloat16, and float32 can store every bfloat16 number.
                value = tf.cast(value, tf.float32) if value.dtype == tf.bfloat16 else value
                file[f"{index:05d}"] = np.array(value)

    def load_weights(self, filepath: str | Path, **options) -> None:
        """Load a state that `save_weights` has saved.

        Raises:
            UserError: if the file is missing, or comes from a GAN that was built differently.
        """
        path, state = _weights_path(filepath), self.state()
        _refuse(options)
        try:
            with h5py.File(path, "r") as file:
                values = [np.array(file[name]) for name in sorted(file) if isinstance(file[name], h5py.Dataset)]
        except OSError as error:
            expected = "a file that GAN.save_weights has written"
            raise UserError(expected=expected, received=f"{shown(path)}: {error}", remedy="Check the path") from error
        here, there = [tuple(variable.shape) for variable in state], [value.shape for value in values]
        if here != there:
            first = next((i for i, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]), None)
            differs = "" if first is None else f"; the first that differs is {there[first]}, not {here[first]}"
            raise UserError(
                expected=f"the {len(here)} variables of this GAN",
                received=f"{len(there)} variables in {path}{differs}",
                remedy="Build the GAN with the networks and options that it was saved with",
            )
        for variable, value in zip(state, values, strict=True):
            tf_variable(variable).assign(tf.cast(value, tf_variable(variable).dtype))

    def save(self, *args, **options) -> NoReturn:
        """Raise a `UserError`, since no Keras file can describe a GAN's losses, terms and optimizers."""
        remedy = "Use gan.save_weights('gan.weights.h5') and build the GAN again, or gan.generator.save('g.keras')"
        raise UserError(expected="a network to save, or a GAN's state", received="GAN.save(...)", remedy=remedy)

    def get_config(self) -> NoReturn:
        self.save()  # keras.models.save_model calls this


def _refuse(options: dict) -> None:
    require(not options, "only a path", options, "Leave the options out: a GAN's state is one file")


def _weights_path(filepath: str | Path) -> Path:
    path = usable(filepath, "filepath")
    if not path.suffix:  # KerasTuner, with Keras 2, names a file without an ending
        return path.with_name(f"{path.name}.weights.h5")
    right = path.name.endswith(".weights.h5")
    require(right, "a file name that ends with .weights.h5", shown(path), f"Write {path.stem}.weights.h5")
    return path
