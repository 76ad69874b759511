"""The values of the schedules against NumPy, and a training in which everything follows one."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course.augmentation import AdaptiveAugment, DiffAugment, InstanceNoise
from tfgan_course.config.parser import from_file, from_python, from_words
from tfgan_course.errors import UserError
from tfgan_course.objectives.terms import R1, GradientAveraging, Lazy, ModeSeeking
from tfgan_course.optimizers.optimizers import Adam
from tfgan_course.schedules import Constant, Cosine, ExponentialDecay, Linear, LinearDecay, StepDecay, TrainingLength

LENGTH = TrainingLength(images_per_epoch=1000, epochs=8)
COUNTS = (0, 1, 64, 999, 1000, 1500, 2500, 4000, 7999, 8000, 10**6, 2**53)


def half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * np.clip(share, 0, 1))) / 2


FORMULAS = [
    (Constant(0.3), lambda n: 0.3),
    (Constant(0.3, warm_up_images=500), lambda n: 0.3 * min(1, n / 500)),
    (Constant(0.3, warm_up_epochs=0.5), lambda n: 0.3 * min(1, n / 500)),
    (Linear(2.0, 5.0, 4000), lambda n: np.interp(n, [0, 4000], [2, 5])),
    (Linear(2.0, 1.0), lambda n: np.interp(n, [0, 8000], [2, 1])),
    (Linear(2.0, 0.5, 4000, from_images=1000), lambda n: np.interp(n, [1000, 4000], [2, 0.5])),
    (Linear(2.0, 0.5, 4000, warm_up_images=1000), lambda n: np.interp(n, [0, 1000, 4000], [0, 2, 0.5])),
    (Linear(2.0, 1.0, epochs=4, held=True), lambda n: np.interp(n // 1000, [0, 4], [2, 1])),
    (LinearDecay(start=2.0), lambda n: np.interp(n, [0, 8000], [2, 0])),
    (Cosine(0.05, 0.005, 4000), lambda n: half_cosine(0.05, 0.005, n / 4000)),
    (Cosine(0.0, 5e6, 4000), lambda n: half_cosine(0.0, 5e6, n / 4000)),
    (Cosine(0.9, 0.99), lambda n: half_cosine(0.9, 0.99, n / 8000)),
    (
        Cosine(1.0, 0.1, 4000, warm_up_images=1000),
        lambda n: n / 1000 if n < 1000 else half_cosine(1.0, 0.1, (n - 1000) / 3000),
    ),
    (StepDecay(0.5, start=8.0, every_images=1000, floor=1.0), lambda n: max(1.0, 8.0 * 0.5 ** (n // 1000))),
    (ExponentialDecay(0.5, start=8.0, every_images=1000, floor=1.0), lambda n: max(1.0, 8.0 * 0.5 ** (n / 1000))),
]


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS)
def test_values_are_numpys_at_every_count_of_images(schedule, formula):
    for images in COUNTS:
        found = schedule(tf.constant(images, tf.int64), LENGTH)
        assert found.dtype == tf.float32
        assert float(found) == pytest.approx(formula(images), rel=2e-6, abs=1e-7 * max(schedule.extremes())), images


def test_single_images_count_beyond_what_float32_can_count():
    first = 2**27  # float32 has every eighth number here
    ramp = Linear(0.0, 1.0, first + 16, from_images=first)
    values = [float(ramp(tf.constant(first + more, tf.int64))) for more in range(17)]
    np.testing.assert_allclose(values, np.arange(17) / 16)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Cosine(1.0, images=0),
        lambda: Cosine(1.0, images=100, warm_up_epochs=1),
        lambda: Linear(1.0, images=100, held=True),
        lambda: Linear(math.nan),
        lambda: Constant(1.0, warm_up_images=-1),
        lambda: R1(Cosine(1.0, -1.0, 100)),
        lambda: R1(Cosine(end=0.5, images=100)),
        lambda: DiffAugment(probability=Linear(0.0, 1.1, 100)),
        lambda: AdaptiveAugment(strength=1.5),
        lambda: InstanceNoise(Linear(0.1, -0.1, 100)),
        lambda: tiny.gan(ema_half_life=Linear(100.0, -1.0, 100)),
        lambda: tiny.gan(generator_loss_weight=Linear(1.0, -1.0, 100)),
        lambda: tiny.gan(critic_terms=[R1(Cosine(1.0))]),  # the end of the training is not known
        lambda: tiny.gan(critic_terms=[R1(Cosine(1.0, images=100, warm_up_images=100))]),
        lambda: tiny.gan(critic_terms=[GradientAveraging(Cosine(1.0, images=100))]),
    ],
)
def test_a_schedule_that_cannot_work_is_refused(make):
    with pytest.raises(UserError):
        make()


def scheduled_gan():
    return tiny.gan(
        critic_terms=[Lazy(R1(Cosine(0.5, 0.05, 256)), 2)],
        generator_terms=[ModeSeeking(Linear(0.0, 1.0, 192))],
        generator_loss_weight=Linear(1.0, 0.5, 256),
        augmentations=[DiffAugment(probability=Linear(0.0, 1.0, 256)), InstanceNoise(Cosine(0.1, 0.0, 256))],
        ema_half_life=Cosine(0.0, 100.0, 256),
        ema_ramp=None,
        critic_optimizer=Adam(Cosine(1e-2, 1e-3, 256, warm_up_images=64), 0.0, Cosine(0.9, 0.99, 256)).build(16),
        generator_optimizer=Adam(Linear(1e-2, 0.0, 256)).build(16),
    )


def test_a_resume_through_schedules_of_everything_is_bit_equal(tmp_path):
    whole = scheduled_gan()
    whole.fit(tiny.batches(), epochs=3, verbose=0)
    first = scheduled_gan()
    first.fit(tiny.batches(), epochs=1, verbose=0)
    path = first.checkpoint().save(str(tmp_path / "checkpoint"))
    second = scheduled_gan()
    second.checkpoint().restore(path).assert_consumed()
    second.fit(tiny.batches(), epochs=3, initial_epoch=1, verbose=0)
    for name in ("generator", "critic", "ema_generator"):
        assert tiny.equal(tiny.weights(getattr(whole, name)), tiny.weights(getattr(second, name)))


@pytest.mark.parametrize(
    "options",
    [
        lambda number: {"critic_terms": [R1(number(0.5))]},
        lambda number: {"generator_loss_weight": number(0.5), "generator_terms": [ModeSeeking(number(2.0))]},
        lambda number: {"ema_half_life": number(32.0)},
        lambda number: {"augmentations": [InstanceNoise(number(0.5))]},
        lambda number: {"augmentations": [DiffAugment(probability=number(0.5))]},
        lambda number: {"critic_optimizer": Adam(number(1e-2), 0.0, number(0.9)).build(16)},
    ],
)
def test_a_constant_schedule_trains_as_the_number_does(options):
    of_number, of_schedule = tiny.gan(**options(float)), tiny.gan(**options(Constant))
    for gan in (of_number, of_schedule):
        gan.fit(tiny.batches(), verbose=0)
    for name in ("generator", "critic", "ema_generator"):
        pairs = zip(*(tiny.weights(getattr(gan, name)) for gan in (of_number, of_schedule)), strict=True)
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_a_term_has_its_weight_of_the_images_shown():
    # The weight is 0 up to the third step: 32 images were shown before it.
    plain, gan = tiny.gan(), tiny.gan(critic_terms=[R1(_StepAt32())])
    for step in range(3):
        for one in (plain, gan):
            one.fit(tiny.batches(16), verbose=0)
        assert tiny.equal(tiny.weights(plain.critic), tiny.weights(gan.critic)) == (step < 2)


class _StepAt32(Linear):
    """0 before 32 images, then 5."""

    def __init__(self):
        super().__init__(0.0, 5.0, 32, from_images=31)


def test_adaptive_augmentation_with_a_strength_follows_it():
    augmentation = AdaptiveAugment(["x_flip"], strength=Linear(0.0, 1.0, 64))
    gan = tiny.gan(augmentations=[augmentation])
    gan.fit(tiny.batches(64, 16), verbose=0)
    assert float(augmentation.probability) == 0.75  # 48 images were shown before the fourth step


def test_yaml_command_line_and_python_describe_the_same_schedule(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "critic: {normalization: none}\n"
        "critic_terms:\n- {class_path: R1, init_args: {weight: {class_path: Cosine, init_args: "
        "{start: 0.05, end: 0.005, images: 2_000_000}}}}\n"
        "critic_optimizer: {beta_2: {class_path: Cosine, init_args: {start: 0.9, end: 0.99, images: 2_000_000}}}\n"
    )
    words = (
        "--critic.normalization none --critic_terms+=R1 --critic_terms.weight Cosine --critic_terms.weight.start 0.05"
    )
    words += " --critic_terms.weight.end 0.005 --critic_terms.weight.images 2_000_000"
    words += " --critic_optimizer.beta_2.end 0.99 --critic_optimizer.beta_2 Cosine --critic_optimizer.beta_2.start 0.9"
    words += " --critic_optimizer.beta_2.images 2_000_000"
    options = {
        "critic": {"normalization": "none"},
        "critic_terms": [R1(Cosine(0.05, 0.005, 2_000_000))],
        "critic_optimizer": {"beta_2": Cosine(0.9, 0.99, 2_000_000)},
    }
    texts = [settings.yaml() for settings in (from_file(file), from_words(words.split()), from_python(**options))]
    assert texts[0] == texts[1] == texts[2]
    config = from_file(file).make()
    for schedule, ends in (
        (config.critic_terms[0].weight, (0.05, 0.005)),
        (config.critic_optimizer.beta_2, (0.9, 0.99)),
    ):
        assert (schedule.start, schedule.end, schedule.images) == (*ends, 2_000_000)


def test_a_word_for_a_number_that_may_follow_a_schedule_is_refused_with_both():
    with pytest.raises(UserError) as error:
        from_words(["--critic_optimizer.learning_rate", "fast"]).make()
    assert "Cosine" in error.value.expected
    assert "a number" in error.value.expected
