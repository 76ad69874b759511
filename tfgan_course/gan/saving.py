"""Everything that a GAN must keep to go on training: in TensorFlow's checkpoints and in Keras's weights files."""

from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.files import written_whole
from tfgan_course.replicas import tf_variable


class Saved(keras.Model):
    """A GAN that saves and loads its whole state: weights, average, optimizers, terms, means, the number of steps."""

    def state(self) -> list:
        """Return all variables, in an order that depends on how the GAN was built alone."""
        modules = [*self.critic_terms.values(), *self.generator_terms.values(), self.train_means]
        modules += [*self.augmentations, *self.real_augmentations, *self.loss_scales.values()]
        models = [self.generator, self.critic, *([] if self.ema_generator is None else [self.ema_generator])]
        optimizers = [self.generator_optimizer, self.critic_optimizer]
        lists = [owner.variables for owner in [*modules, *optimizers]] + [model.weights for model in models]
        return [self.step, *(variable for variables in lists for variable in variables)]

    def checkpoint(self) -> tf.train.Checkpoint:
        """Return a checkpoint of everything that a resumed training needs to go on bit for bit."""
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
        """Save the whole state, so that a GAN built alike goes on from it bit for bit.

        Args:
            filepath: ends with `.weights.h5`, which a name without an ending gets.
            overwrite: whether a file that exists may be replaced.

        Raises:
            UserError: for another ending, or if the file exists and may not be replaced.
        """
        path = _weights_path(filepath)
        _refuse({name: value for name, value in options.items() if value is not None})  # Keras 2 passes options=None
        if path.exists() and not overwrite:
            raise UserError(expected="a new file", received=f"{path}, which exists", remedy="Pass overwrite=True")
        if not path.parent.is_dir():
            raise UserError(expected="a folder that exists", received=str(path.parent), remedy="Make it first")
        with written_whole(path) as temporary, h5py.File(temporary, "w") as file:
            for index, variable in enumerate(self.state()):
                value = tf_variable(variable)
                # HDF5 has no bfloat16; float32 holds every number of it.
                value = tf.cast(value, tf.float32) if value.dtype == tf.bfloat16 else value
                file[f"{index:05d}"] = np.array(value)

    def load_weights(self, filepath: str | Path, **options) -> None:
        """Load what `save_weights` has saved.

        Raises:
            UserError: if the file is missing, or is not of a GAN built like this one.
        """
        path, state = _weights_path(filepath), self.state()
        _refuse(options)
        try:
            with h5py.File(path, "r") as file:
                values = [np.array(file[name]) for name in sorted(file) if isinstance(file[name], h5py.Dataset)]
        except OSError as error:
            expected = "a file that GAN.save_weights has written"
            raise UserError(expected=expected, received=f"{path}: {error}", remedy="Check the path") from error
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
        """Refuse, with a `UserError`: a GAN's losses, terms and optimizers are objects that no Keras file describes."""
        remedy = (
            "Use save_weights('gan.weights.h5') and build the GAN again to load it, or gan.generator.save('g.keras')"
        )
        raise UserError(expected="a network to save, or a GAN's state", received="GAN.save(...)", remedy=remedy)

    def get_config(self) -> NoReturn:
        """Refuse as `save` does: `keras.models.save_model` asks for this."""
        self.save()


def _refuse(options: dict) -> None:
    if options:
        raise UserError(expected="a path alone", received=f"{options}", remedy="A GAN's state is one file, whole")


def _weights_path(filepath: str | Path) -> Path:
    path = Path(filepath)
    if not path.suffix:  # KerasTuner, with Keras 2, names a file without an ending
        return path.with_name(f"{path.name}.weights.h5")
    if not path.name.endswith(".weights.h5"):
        remedy = f"Write {path.stem}.weights.h5"
        raise UserError(expected="a file name that ends with .weights.h5", received=str(path), remedy=remedy)
    return path
