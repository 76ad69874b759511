"""A mistake gives one error that names the argument, when the GAN is built or before the first step."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.augmentation import Augmentation
from tfgan_course.data import Images, training_batches
from tfgan_course.errors import UserError
from tfgan_course.models import CriticNetwork, GeneratorNetwork
from tfgan_course.models.conditioning import AuxiliaryClassifier
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import LeastSquares, RelativisticPaired
from tfgan_course.objectives.terms import R1, Lazy, RealClassification, Term
from tfgan_course.optimizers.optimizers import RMSProp


def told(error) -> str:
    return f"{error.value} {error.value.expected} {error.value.received} {error.value.remedy}"


OPTIMIZER = keras.optimizers.Adam(1e-3)


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"loss": "LeastSquare"}, ["loss", "LeastSquares"]),
        ({"loss": 3}, ["loss", "AdversarialLoss"]),
        ({"loss": R1()}, ["loss", "R1"]),
        ({"critic_terms": R1()}, ["critic_terms", "list"]),
        ({"critic_terms": ["R7"]}, ["critic_terms", "R7"]),
        ({"generator_optimizer": "Adamm"}, ["generator_optimizer", "Adam"]),
        (
            {"generator_optimizer": OPTIMIZER, "critic_optimizer": OPTIMIZER},
            ["generator_optimizer", "critic_optimizer"],
        ),
        ({"critic_updates": 0}, ["critic_updates", "0"]),
        ({"critic_updates": 2.5}, ["critic_updates", "2.5"]),
        ({"fake_labels": "none"}, ["fake_labels", "none"]),
        ({"latents": "Gaussian"}, ["latents", "Normal"]),
        ({"loss": RelativisticPaired(), "label_noise": LabelNoise()}, ["label_noise", "RelativisticPaired"]),
        ({"ema_half_life": -1.5}, ["ema_half_life", "-1.5"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_option_is_named(options, named):
    with pytest.raises(UserError) as error:
        tiny.gan(**options)
    assert all(name in told(error) for name in named), told(error)


@pytest.mark.parametrize("call", [GAN.predict, GAN.__call__], ids=["predict", "call"])
def test_a_gan_called_as_one_network_names_its_generator(call):
    with pytest.raises(UserError) as error:
        call(tiny.gan(), np.zeros((2, 4), np.float32))
    assert "gan.ema_generator" in error.value.remedy


def test_an_unknown_option_is_no_silent_one():
    with pytest.raises(UserError) as error:
        tiny.gan(critic_update=5)
    assert error.value.received == "critic_update"
    assert "critic_updates" in error.value.expected


def test_names_and_classes_will_do_where_objects_are_expected():
    gan = tiny.gan(
        loss="LeastSquares",
        critic_terms=[R1, {"class_path": "GradientPenalty", "init_args": {"weight": 2.0}}],
        latents="Uniform",
        generator_optimizer="RMSProp",
        critic_optimizer=RMSProp(3e-3),
    )
    assert isinstance(gan.adversarial_loss, LeastSquares)
    assert [(type(term).__name__, term.weight) for term in gan.critic_terms.values()] == [
        ("R1", 10.0),
        ("GradientPenalty", 2.0),
    ]
    assert isinstance(gan.generator_optimizer, keras.optimizers.RMSprop)
    np.testing.assert_allclose(float(gan.critic_optimizer.learning_rate), 3e-3, rtol=1e-6)
    tiny.step(gan)


@pytest.mark.parametrize(
    ("generator", "critic", "named"),
    [
        (lambda: Subclassed(), tiny.critic, "generator"),
        (tiny.generator, lambda: keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)]), "critic"),
        (lambda: "dcgan", tiny.critic, "generator"),
        (lambda: keras.Sequential([keras.Input((4,)), keras.layers.Dense(64)]), tiny.critic, "generator"),
        (tiny.generator, lambda: tiny.critic(16), "(16, 16, 1)"),
        (tiny.critic, tiny.generator, "GAN(generator, critic)"),
    ],
)
def test_a_network_that_cannot_be_one_is_named(generator, critic, named):
    with pytest.raises(UserError) as error:
        GAN(generator(), critic())
    assert named in told(error)


class _PerImage(Term):
    """Returns a number for each image, which is no scalar."""

    def __call__(self, pair):
        return tf.reduce_mean(pair.real_output.score, axis=1)


def test_a_term_that_returns_no_scalar_is_named_when_the_gan_is_built():
    with pytest.raises(UserError) as error:
        tiny.gan(critic_terms=[_PerImage()])
    assert "_PerImage" in told(error)


def float_images(low: float, high: float) -> np.ndarray:
    return np.random.default_rng(0).uniform(low, high, (8, 8, 8, 1)).astype(np.float32)


@pytest.mark.parametrize(
    ("images", "named"),
    [
        (float_images(0, 255), ["[-1, 1]", "25"]),
        (float_images(0, 1), ["[0, 1]"]),
        (float_images(-1, 1) * np.nan, ["NaN"]),
        (tiny.images(8).astype(np.int32), ["int32"]),
        (tiny.images(8, size=16), ["16, 16, 1)", "8, 8, 1"]),
        (tiny.images(8)[..., 0], [", 8, 8)", "[..., None]"]),
    ],
    ids=["0..255", "0..1", "nan", "int32", "size", "no channels"],
)
@pytest.mark.parametrize("as_dataset", [False, True])
def test_images_that_are_not_what_they_must_be_are_refused_before_the_first_step(images, named, as_dataset):
    gan = tiny.gan()
    with pytest.raises(UserError) as error:
        gan.fit(tf.data.Dataset.from_tensor_slices(images).batch(4) if as_dataset else images, verbose=0)
    assert all(word in told(error) for word in named), told(error)
    assert gan.steps_done == 0


@pytest.mark.parametrize("as_dataset", [False, True])
def test_evaluate_refuses_what_fit_refuses(as_dataset):
    images = float_images(0, 255)
    data = tf.data.Dataset.from_tensor_slices(images).batch(4) if as_dataset else images
    with pytest.raises(UserError) as error:
        tiny.gan().evaluate(data, verbose=0)
    assert "[-1, 1]" in error.value.expected


def test_evaluate_gives_the_figures_of_the_validation_in_fit():
    fitted, alone = tiny.gan(), tiny.gan()
    history = fitted.fit(tiny.batches(), validation_data=tiny.batches(32), verbose=0).history
    alone.fit(tiny.batches(), verbose=0)
    figures = alone.evaluate(tiny.batches(32), verbose=0, return_dict=True)
    assert {f"val_{name}": [value] for name, value in figures.items()} == {
        name: value for name, value in history.items() if name.startswith("val_")
    }


def given(way: str, gan: GAN, images, labels=None) -> None:
    """Give images and labels to a GAN in one of the ways in which a user can."""
    if way == "fit":
        gan.fit(images, labels, batch_size=4, verbose=0)
    elif way == "dictionary":
        gan.fit({"images": images, "labels": labels}, batch_size=4, verbose=0)
    elif way == "train_on_batch":
        gan.train_on_batch(images, labels)
    elif way == "test_on_batch":
        gan.test_on_batch(images, labels)
    elif way == "evaluate":
        gan.evaluate(images, labels, verbose=0)
    else:
        parts = images if labels is None else (images, labels)
        data = tf.data.Dataset.from_tensor_slices(parts).batch(4)
        good = (tiny.images(8), tiny.labels(8))
        if way == "dataset":
            gan.fit(data, verbose=0)
        else:
            gan.fit(*good, validation_data=data if way == "validation dataset" else parts, batch_size=4, verbose=0)


WAYS = [
    "fit",
    "dictionary",
    "train_on_batch",
    "test_on_batch",
    "evaluate",
    "dataset",
    "validation",
    "validation dataset",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1), (-127, 127)])
def test_images_out_of_their_range_are_refused_in_every_way(way, low, high):
    with pytest.raises(UserError) as error:
        given(way, tiny.conditional_gan(), float_images(low, high), tiny.labels(8))
    assert "[-1, 1]" in error.value.expected
    assert "values from" in error.value.received


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (np.array([0, 1, 2, 3, 0, 1, 2, 0]), ["0 to 2", "(8,)", "3"]),
        (np.array([0, 1, -1, 2, 0, 1, 2, 0]), ["-1", "(8,)"]),
        (np.array([0.5, 1, 1, 2, 0, 1, 2, 0]), ["float64", "(8,)", "0.5"]),
        (np.array([np.nan, 1, 1, 2, 0, 1, 2, 0]), ["float64", "nan"]),
        (np.eye(4)[[0, 1, 2, 0, 1, 2, 0, 1]], ["(8, 4)", "3)"]),
        (np.full((8, 3), 1 / 3, np.float32), ["(8, 3)", "0.3"]),
        (np.array(["cat", "dog"] * 4), ["cat"]),
    ],
    ids=["too large", "negative", "fractions", "nan", "too wide", "soft", "names"],
)
def test_labels_that_are_no_classes_are_refused_in_every_way(way, labels, named):
    with pytest.raises(UserError) as error:
        given(way, tiny.conditional_gan(), tiny.images(8), labels)
    said = told(error).replace("(4", "(8")  # A batch of a dataset has 4 images.
    assert all(word in said for word in named), said


@pytest.mark.parametrize("way", WAYS)
def test_labels_whose_meaning_is_clear_are_taken_in_every_way(way):
    labels, gan = tiny.labels(8), tiny.conditional_gan()
    for form in (labels[:, None], np.eye(3)[labels], np.eye(3, dtype=bool)[labels], labels.astype(np.float32)):
        given(way, gan, tiny.images(8), form)


def test_labels_in_another_form_train_the_same_way():
    labels, found = tiny.labels(8), []
    for form in (labels, labels[:, None], np.eye(3)[labels], labels.astype(float), labels.tolist()):
        gan = tiny.conditional_gan()
        gan.fit(tiny.images(8), form, batch_size=4, shuffle=False, verbose=0)
        found.append(tiny.weights(gan.critic))
    assert all(tiny.equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_a_list_of_inputs_is_images_and_labels_as_in_keras(method):
    for gan, parts in ((tiny.gan(), [tiny.images(8)]), (tiny.conditional_gan(), [tiny.images(8), tiny.labels(8)])):
        getattr(gan, method)(parts)


def test_secret_labels_are_taken_only_where_no_network_needs_them():
    secret = np.array([0, -1, -1, 2, 0, 1, 2, 0])
    options = {"critic_conditioning": AuxiliaryClassifier(), "critic_terms": [RealClassification()]}
    tiny.conditional_gan(**options).fit(tiny.images(8), secret, batch_size=4, verbose=0)
    with pytest.raises(UserError) as error:
        tiny.conditional_gan(fake_labels="real", **options).fit(tiny.images(8), secret, batch_size=4, verbose=0)
    assert "-1" in error.value.received


@pytest.mark.parametrize("way", ["fit", "train_on_batch"])
def test_another_number_of_labels_than_of_images_is_refused(way):
    with pytest.raises(UserError) as error:
        given(way, tiny.conditional_gan(), tiny.images(8), tiny.labels(5))
    assert "8" in error.value.received
    assert "5" in error.value.received


def test_a_pair_has_one_class():
    gan = tiny.conditional_gan(loss=RelativisticPaired())
    assert gan.fake_labels == "real"
    with pytest.raises(UserError) as error:
        tiny.conditional_gan(loss=RelativisticPaired(), fake_labels="sampled")
    assert "fake_labels" in told(error)


def test_compile_takes_no_optimizer():
    with pytest.raises(UserError) as error:
        tiny.gan().compile(optimizer="adam")
    assert "generator_optimizer" in told(error)


class _NoImages(GeneratorNetwork):
    def body(self, x, image_shape, normalize):
        return keras.layers.Dense(4)(x)


class _NoFeatures(CriticNetwork):
    def body(self, x):
        return keras.layers.Flatten()(x)


class _OwnScore(CriticNetwork):
    """Ends in a score, and the base class would add a second one."""

    def body(self, x):
        return keras.layers.Dense(1)(keras.layers.Flatten()(x)), {}


class _OwnMap(CriticNetwork):
    """Ends in a score for each patch."""

    def body(self, x):
        return keras.layers.Conv2D(1, 3, activation="sigmoid")(x), {}


@pytest.mark.parametrize("network", [_OwnScore, _OwnMap])
@pytest.mark.parametrize("conditioning", [None, AuxiliaryClassifier()])
def test_a_body_that_ends_in_a_score_is_refused(network, conditioning):
    with pytest.raises(UserError) as error:
        network().build((8, 8, 1), conditioning, 3)
    assert network.__name__ in error.value.expected
    assert "1)" in error.value.received


def test_a_body_of_the_wrong_form_is_named():
    with pytest.raises(UserError) as error:
        _NoImages().build((8, 8, 1), 4)
    assert "_NoImages" in told(error)
    with pytest.raises(UserError) as error:
        _NoFeatures().build((8, 8, 1))
    assert "_NoFeatures" in told(error)


UPDATES = [
    {"critic_updates": 5},
    {"gradient_accumulation": 4},
    {"critic_updates": 2, "gradient_accumulation": 2},
    {"critic_updates": 2, "reuse_fakes": True, "joint_batches": True},
    {"critic_updates": 3, "critic_terms": [{"class_path": "Lazy", "init_args": {"term": R1(), "every": 2}}]},
]


@pytest.mark.parametrize("options", UPDATES)
def test_arrays_train_as_in_keras_whatever_is_left_over(options):
    gan = tiny.gan(**options)
    history = gan.fit(tiny.images(33), batch_size=16, epochs=2, verbose=0).history  # 16, 16 and 1
    assert gan.steps_done == 2 * 2
    assert all(np.isfinite(values).all() for values in history.values())


@pytest.mark.parametrize("options", UPDATES)
def test_a_last_batch_smaller_than_the_updates_is_filled_up_with_its_own_images(options):
    """A dataset's last batch has a size that only the step knows; dividing it would give empty parts and NaN."""
    gan = tiny.gan(**options)
    data = tf.data.Dataset.from_tensor_slices(tiny.images(17)).batch(16)
    history = gan.fit(data, epochs=1, verbose=0).history
    assert gan.steps_done == 2
    assert all(np.isfinite(values).all() for values in history.values())


@pytest.mark.parametrize("options", UPDATES[:3])
def test_a_batch_size_too_small_for_the_parts_of_a_step_is_refused(options):
    for train in (
        lambda gan: gan.fit(tiny.images(6), batch_size=3, verbose=0),
        lambda gan: gan.fit(tf.data.Dataset.from_tensor_slices(tiny.images(6)).batch(3), verbose=0),
        lambda gan: gan.train_on_batch(tiny.images(3)),
    ):
        gan = tiny.gan(**options)
        with pytest.raises(UserError) as error:
            train(gan)
        assert "3" in error.value.received
        assert all(name in error.value.expected for name in options)
        assert gan.steps_done == 0


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("options", [{}, *UPDATES[:2]])
def test_an_empty_batch_is_refused(options, place):
    whole = tf.data.Dataset.from_tensor_slices(tiny.images(16)).batch(16)
    empty = whole.map(lambda images: images[:0])
    with pytest.raises(UserError) as error:
        tiny.gan(**options).fit(empty.concatenate(whole) if place == 0 else whole.concatenate(empty), verbose=0)
    assert "empty" in error.value.received


def test_an_epoch_on_the_packages_endless_batches_is_a_pass():
    images = Images(tiny.images(70))
    gan = tiny.gan()
    gan.fit(training_batches(images, 16, seed=0), epochs=2, verbose=0)
    assert gan.steps_done == 2 * (70 // 16)
    with pytest.raises(UserError) as error:
        gan.fit(tf.data.Dataset.from_tensor_slices(images.images).batch(16).repeat(), verbose=0)
    assert "steps_per_epoch" in told(error)


def test_arrays_in_a_dictionary_are_checked_as_arrays_are():
    for images, labels in ((tiny.images(8).astype(np.float32), tiny.labels(8)), (tiny.images(8), tiny.labels(8) + 5)):
        gan = tiny.conditional_gan()
        with pytest.raises(UserError):
            gan.fit({"images": images, "labels": labels}, batch_size=4, verbose=0)
        assert gan.steps_done == 0
    with pytest.raises(UserError):
        tiny.gan().fit(tiny.images(8), validation_data=tiny.images(8).astype(np.float32), verbose=0)


def test_a_relativistic_loss_needs_no_labels():
    gan = tiny.gan(loss="RelativisticPaired")
    history = gan.fit(tiny.images(16), batch_size=8, validation_data=tiny.batches(16, 8), verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())


@pytest.mark.parametrize(
    ("option", "value"), [("jit", "yes"), ("joint_batches", "no"), ("seed", -1), ("seed", 1.5), ("label_noise", 0.1)]
)
def test_a_value_of_another_type_is_named(option, value):
    with pytest.raises(UserError) as error:
        tiny.gan(**{option: value})
    assert option in told(error)


class _Uninitialized(Term):
    """Forgets to call the constructor of `Term`."""

    def __init__(self):
        pass

    def __call__(self, pair):
        return tf.constant(0.0)


class _Halved(Augmentation):
    """Changes the shape of the images."""

    def __call__(self, images, draws):
        return images[:, ::2, ::2]


class _Whole(Augmentation):
    """Changes the type of the images."""

    def __call__(self, images, draws):
        return tf.cast(images, tf.int32)


@pytest.mark.parametrize(
    "options",
    [
        {"critic_terms": [_Uninitialized()]},
        {"generator_terms": [_Uninitialized()]},
        {"augmentations": [_Halved()]},
        {"real_augmentations": [_Halved()]},
        {"augmentations": [_Whole()]},
    ],
)
def test_a_part_that_does_not_keep_its_contract_is_named_when_the_gan_is_built(options):
    with pytest.raises(UserError) as error:
        tiny.gan(**options)
    assert type(next(iter(options.values()))[0]).__name__ in error.value.expected


def test_a_lazy_term_must_be_initialized_too():
    with pytest.raises(UserError) as error:
        Lazy(_Uninitialized())
    assert "_Uninitialized" in error.value.expected


@pytest.mark.parametrize("validated", [False, True])
def test_labels_of_a_later_batch_that_are_no_classes_give_the_same_error(validated):
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 7])
    wrong = tf.data.Dataset.from_tensor_slices((tiny.images(8), labels)).batch(4)
    right = tf.data.Dataset.from_tensor_slices((tiny.images(8), labels % 3)).batch(4)
    gan = tiny.conditional_gan(critic_conditioning=AuxiliaryClassifier(), critic_terms=[RealClassification()])
    with pytest.raises(UserError) as error:
        gan.fit(right if validated else wrong, validation_data=wrong if validated else None, verbose=0)
    assert "0 to 2" in error.value.expected
    assert "7" in error.value.received


class _PerScore(LeastSquares):
    """Returns a number for each score, which is no scalar."""

    def generator(self, fake, real=None):
        return tf.square(fake - self.c)


def test_a_loss_that_returns_no_scalar_is_named_when_the_gan_is_built():
    with pytest.raises(UserError) as error:
        tiny.gan(loss=_PerScore())
    assert "_PerScore" in told(error)


def test_keras_own_save_is_refused_too(tmp_path):
    with pytest.raises(UserError):
        keras.models.save_model(tiny.gan(), str(tmp_path / "gan.keras"))


@pytest.mark.parametrize("data", ["photos", None, 3, b"x"])
@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_what_is_no_data_is_refused(data, method):
    with pytest.raises(UserError) as error:
        getattr(tiny.gan(), method)(data)
    assert repr(data) in error.value.received
    assert "images" in error.value.expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_counted(bad):
    gan = tiny.gan()
    images = np.full((8, *gan.critic.input_shape[1:]), -0.5, np.float32)
    images[:3, 0, 0, 0] = bad
    with pytest.raises(UserError) as error:
        gan.fit(images, batch_size=8)
    assert "3 values" in error.value.received
