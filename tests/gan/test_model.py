import math

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.augmentation import Augmentation, InstanceNoise, RandomFlip
from tfgan_course.errors import UserError
from tfgan_course.gan.averaging import moving_rate
from tfgan_course.gan.batches import images_of
from tfgan_course.gan.latents import Spherical
from tfgan_course.models import SimpleCritic, SimpleGenerator
from tfgan_course.models.conditioning import AuxiliaryClassifier, ConcatenatedOneHot, Projection
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import LeastSquares, Wasserstein
from tfgan_course.objectives.pair import Batch, CriticOutput, Pair
from tfgan_course.objectives.terms import (
    R1,
    FeatureMatching,
    GradientAveraging,
    GradientPenalty,
    HistoricalAveraging,
    LeCam,
    ModeSeeking,
    RealClassification,
    Term,
)
from tfgan_course.randomness import Draws


def sgd(rate):
    return keras.optimizers.SGD(rate)


def test_trains_in_five_lines_with_keras_history_and_validation():
    gan = GAN(tiny.generator(), tiny.critic())
    history = gan.fit(tiny.batches(), epochs=2, validation_data=tiny.batches(), verbose=0).history
    assert len(history["critic_loss"]) == 2
    figures = {"critic_loss", "generator_loss", "critic_accuracy", "critic_accuracy_real", "critic_accuracy_fake"}
    assert figures | {f"val_{name}" for name in figures} <= set(history)
    assert np.isfinite([values for values in history.values()]).all()
    assert int(gan.step) == 8


@pytest.mark.parametrize("reuse_fakes", [False, True])
def test_each_players_update_moves_that_player_alone(reuse_fakes):
    for still in ("generator", "critic"):
        rates = {f"{player}_optimizer": sgd(0.0 if player == still else 0.1) for player in ("generator", "critic")}
        gan = tiny.gan(reuse_fakes=reuse_fakes, **rates)
        before = {name: [w.numpy() for w in getattr(gan, name).trainable_variables] for name in ("generator", "critic")}
        gan.fit(tiny.batches(16), verbose=0)
        for name, weights in before.items():
            moved = [
                not np.array_equal(a, b.numpy())
                for a, b in zip(weights, getattr(gan, name).trainable_variables, strict=True)
            ]
            assert not any(moved) if name == still else all(moved)


@pytest.mark.parametrize("reuse_fakes", [False, True])
def test_gradient_norms_are_the_lengths_of_the_steps_of_plain_gradient_descent(reuse_fakes):
    gan = tiny.gan(critic_optimizer=sgd(0.01), generator_optimizer=sgd(0.1), reuse_fakes=reuse_fakes)
    players = {"critic": (gan.critic, 0.01), "generator": (gan.generator, 0.1)}
    before = {name: [w.numpy() for w in player.trainable_variables] for name, (player, _) in players.items()}
    logs = tiny.step(gan)
    for name, (player, rate) in players.items():
        moves = [a - b.numpy() for a, b in zip(before[name], player.trainable_variables, strict=True)]
        length = np.sqrt(sum(np.square(move, dtype=np.float64).sum() for move in moves))
        np.testing.assert_allclose(logs[f"{name}_gradient_norm"], length / rate, rtol=1e-3)


class _Record(Term):
    """A term that stores the images that it receives."""

    def __init__(self):
        super().__init__(weight=0.0)
        self.seen = []

    def __call__(self, pair):
        if tf.executing_eagerly():  # not while GAN looks whether the term returns a scalar
            self.seen.append((pair.real.images, pair.fake.images, pair.fake_output.score))
        return tf.reduce_mean(pair.fake.images)


def step_eagerly(gan, images):
    gan.compile(run_eagerly=True)
    return gan.train_step(tf.constant(images))


def test_reused_fakes_are_the_critics_last_and_drawn_anew_otherwise():
    for reuse in (True, False):
        critic_side, generator_side = _Record(), _Record()
        gan = tiny.gan(
            reuse_fakes=reuse, critic_updates=2, critic_terms=[critic_side], generator_terms=[generator_side]
        )
        step_eagerly(gan, tiny.images(16))
        assert len(critic_side.seen) == 2
        assert len(generator_side.seen) == 1
        assert np.array_equal(critic_side.seen[-1][1], generator_side.seen[0][1]) == reuse
        # The generator is judged by the critic as updated, not by what it said before.
        assert not np.array_equal(critic_side.seen[-1][2], generator_side.seen[0][2])


def test_each_critic_update_sees_its_own_part_of_the_batch_and_its_own_fakes():
    record = _Record()
    images = tiny.images(24)
    step_eagerly(tiny.gan(critic_updates=3, critic_terms=[record]), images)
    real = np.concatenate([seen[0] for seen in record.seen])
    np.testing.assert_allclose(real, images.astype(np.float32) / 127.5 - 1, atol=1e-6)
    assert not np.isclose(record.seen[0][1], record.seen[1][1]).all()


@pytest.mark.parametrize(
    ("how", "batches"), [({}, 3), ({"generator_first": True}, 3), ({"reuse_fakes": True}, 2)], ids=str
)
def test_a_generator_that_needs_real_images_gets_new_ones(how, batches):
    """The generator gets real images that the critic has not just been trained on, as in R3GAN."""
    critics, generators = _Record(), _Record()
    images = tiny.images(12)
    gan = tiny.gan(
        loss="RelativisticPaired", critic_updates=2, critic_terms=[critics], generator_terms=[generators], **how
    )
    step_eagerly(gan, images)
    parts = np.split(images.astype(np.float32) / 127.5 - 1, batches)
    seen = [term.seen[at][0] for term, at in ((critics, 0), (critics, 1), (generators, 0))]
    order = {"generator_first": [1, 2, 0], "reuse_fakes": [0, 1, 1]}.get(next(iter(how), ""), [0, 1, 2])
    for found, part in zip(seen, order, strict=True):
        np.testing.assert_allclose(found, parts[part], atol=1e-6)


def test_one_step_with_sgd_equals_gradients_taken_by_hand():
    gan = tiny.gan(loss=LeastSquares(), generator_optimizer=sgd(0.1), critic_optimizer=sgd(0.1), joint_batches=False)
    images = tiny.images(8)
    real = tf.constant(images.astype(np.float32) / 127.5 - 1)
    by_hand = tiny.gan()
    step = tf.constant(0, tf.int64)
    fake = by_hand.generator(Draws(0, step, "critic_0").normal([8, 4], "latents"), training=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((by_hand.critic(real) - 1) ** 2) / 2 + tf.reduce_mean(by_hand.critic(fake) ** 2) / 2
    variables = by_hand.critic.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        variable.assign(variable - 0.1 * gradient)
    with tf.GradientTape() as tape:
        fake = by_hand.generator(Draws(0, step, "generator").normal([8, 4], "latents"), training=True)
        loss = tf.reduce_mean((by_hand.critic(fake) - 1) ** 2) / 2
    variables = by_hand.generator.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        variable.assign(variable - 0.1 * gradient)
    gan.fit(tf.data.Dataset.from_tensors(images), verbose=0)
    for name in ("generator", "critic"):
        for ours, theirs in zip(tiny.weights(getattr(gan, name)), tiny.weights(getattr(by_hand, name)), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_joint_and_separate_batches_agree_where_nothing_mixes_images():
    weights = []
    for joint in (True, False):
        gan = tiny.gan(joint_batches=joint, critic_optimizer=sgd(0.1), generator_optimizer=sgd(0.1))
        gan.fit(tiny.batches(), verbose=0)
        weights.append(tiny.weights(gan.critic))
    for joint, separate in zip(*weights, strict=True):
        np.testing.assert_allclose(joint, separate, rtol=1e-4, atol=1e-5)


def test_batches_are_separate_by_default_exactly_where_batch_normalization_would_mix_them():
    assert tiny.gan().joint_batches
    assert not GAN(tiny.generator(), tiny.critic(8, 1, keras.layers.BatchNormalization())).joint_batches


def test_terms_are_weighted_logged_and_numbered():
    weights = {}
    for weight in (0.0, 3.0):
        gan = tiny.gan(critic_terms=[R1(weight), R1(weight)], critic_optimizer=sgd(0.1), generator_optimizer=sgd(0.0))
        history = gan.fit(tiny.batches(16), verbose=0).history
        assert history["r1"] == history["r1_2"]
        weights[weight] = tiny.weights(gan.critic)
    assert not tiny.equal(weights[0.0], weights[3.0])


def test_logs_are_means_over_the_epoch():
    gan = tiny.gan(critic_optimizer=sgd(0.0), generator_optimizer=sgd(0.0), ema_half_life=None)
    whole = gan.fit(tiny.batches(64, 16), verbose=0).history["score_real"][0]
    score = gan.critic(images_of(tf.constant(tiny.images(64))))
    np.testing.assert_allclose(whole, np.mean(score), rtol=1e-4)


def test_training_depends_on_the_seed_alone():
    runs = []
    for seed in (0, 0, 1):
        gan = tiny.gan(seed=seed)
        gan.fit(tiny.batches(), epochs=2, verbose=0)
        runs.append(tiny.weights(gan.generator))
    assert tiny.equal(runs[0], runs[1])
    assert not tiny.equal(runs[0], runs[2])


def test_a_restored_checkpoint_goes_on_bit_for_bit(tmp_path):
    options = {"loss": Wasserstein(), "critic_terms": [GradientPenalty()], "critic_updates": 2}
    whole = tiny.gan(**options)
    whole.fit(tiny.batches(), epochs=3, verbose=0)
    first = tiny.gan(**options)
    first.fit(tiny.batches(), epochs=1, verbose=0)
    path = first.checkpoint().save(str(tmp_path / "checkpoint"))
    second = tiny.gan(**options)
    second.checkpoint().restore(path).assert_consumed()
    second.fit(tiny.batches(), epochs=3, initial_epoch=1, verbose=0)
    for name in ("generator", "critic", "ema_generator"):
        assert tiny.equal(tiny.weights(getattr(whole, name)), tiny.weights(getattr(second, name)))


@pytest.mark.parametrize(("half_life", "ramp"), [(20.0, None), (40.0, 0.5), (1e6, 0.05), (0.0, None)])
def test_moving_average_follows_numpy(half_life, ramp):
    gan = tiny.gan(ema_half_life=half_life, ema_ramp=ramp, generator_optimizer=sgd(0.1))
    average, shown = tiny.weights(gan.generator), 0
    for _ in range(6):  # the second ramp reaches 40 images after 80
        gan.fit(tiny.batches(16), verbose=0)
        now = half_life if ramp is None else min(half_life, ramp * shown)
        decay = 0.5 ** (16 / now) if now else 0.0
        average = [decay * a + (1 - decay) * w for a, w in zip(average, tiny.weights(gan.generator), strict=True)]
        shown += 16
    for ours, numpys in zip(tiny.weights(gan.ema_generator), average, strict=True):
        np.testing.assert_allclose(ours, numpys, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("updates", [1, 4])
def test_a_step_of_several_critic_updates_counts_all_its_images(updates):
    gan = tiny.gan(critic_updates=updates, ema_half_life=16.0, ema_ramp=None, generator_optimizer=sgd(0.1))
    before = tiny.weights(gan.generator)
    gan.fit(tiny.batches(16), verbose=0)
    for mean, *ends in zip(tiny.weights(gan.ema_generator), before, tiny.weights(gan.generator), strict=True):
        np.testing.assert_allclose(mean, sum(ends) / 2, atol=1e-6)


def test_a_long_half_life_keeps_its_digits():
    # In float32, 1 - 0.5^x would be wrong by 0.7 %, and the sum of images by one batch.
    rate = moving_rate(5e6, None, tf.constant(2**40 + 64, tf.int64), 64)
    assert float(rate) == pytest.approx(-math.expm1(64 / 5e6 * math.log(0.5)), rel=1e-6)


def test_the_decay_of_an_earlier_version_is_a_half_life():
    with pytest.warns(UserWarning, match="44339"):
        gan = tiny.gan(ema_decay=0.999)
    assert gan.ema_half_life == 44339.0  # 64 ln 0.5 / ln 0.999
    assert tiny.gan(ema_decay=None).ema_generator is None
    with pytest.raises(UserError, match=r"1\.5"):
        tiny.gan(ema_decay=1.5)


def test_validation_repeats_itself_and_changes_nothing():
    gan = tiny.gan()
    gan.fit(tiny.batches(), verbose=0)
    before = tiny.weights(gan.generator) + tiny.weights(gan.critic)
    first, second = (gan.evaluate(tiny.batches(), verbose=0, return_dict=True) for _ in range(2))
    assert first == second
    assert tiny.equal(before, tiny.weights(gan.generator) + tiny.weights(gan.critic))


def test_float_images_and_labels_are_taken_too():
    images = tiny.images(16)
    floats = images.astype(np.float32) / 127.5 - 1
    results = []
    for data in (images, floats, (images, np.zeros(16, np.int32))):
        gan = tiny.gan()
        gan.fit(tf.data.Dataset.from_tensors(data), verbose=0)
        results.append(tiny.weights(gan.critic))
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_critic_output_splits_every_field():
    output = CriticOutput.of({"score": tf.constant([[1.0], [2.0]]), "features": {"a": tf.constant([[3.0], [4.0]])}})
    first, second = output.split()
    assert first.score == 1
    assert second.features["a"] == 4
    assert first.class_logits is None


def test_pair_asks_the_critic_once_and_only_when_needed():
    gan = tiny.gan()
    calls = []
    gan.judge = lambda batch, **how: calls.append(batch.images) or CriticOutput(batch.images)
    pair = Pair(gan, Batch("real"), Batch("fake"), Draws(0, tf.constant(0), "critic_0"))
    assert calls == []
    assert pair.real_output is pair.real_output
    assert calls == ["real"]


@pytest.mark.parametrize("term", [GradientPenalty(), R1()])
def test_refuses_a_per_image_penalty_beside_batch_normalization(term):
    with pytest.raises(UserError) as error:
        GAN(tiny.generator(), tiny.critic(8, 1, keras.layers.BatchNormalization()), critic_terms=[term])
    assert "BatchNormalization" in error.value.received


def test_refuses_one_term_for_both_players():
    term = HistoricalAveraging()
    with pytest.raises(UserError) as error:
        tiny.gan(critic_terms=[term], generator_terms=[term])
    assert "HistoricalAveraging" in error.value.received


def test_refuses_networks_that_do_not_fit():
    with pytest.raises(UserError) as error:
        GAN(tiny.generator(8), tiny.critic(16))
    assert "(8, 8, 1)" in error.value.expected
    assert "(16, 16, 1)" in error.value.received


def test_bfloat16_keeps_losses_and_weights_in_float32():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    gan = tiny.gan(critic_terms=[GradientPenalty()])
    history = gan.fit(tiny.batches(), verbose=0).history
    assert np.isfinite(history["gradient_penalty"]).all()
    assert gan.judge(Batch(tf.zeros([2, 8, 8, 1])), training=False).score.dtype == tf.float32
    assert all(weight.dtype == np.float32 for weight in tiny.weights(gan.critic))


def test_refuses_integers_that_are_not_bytes_and_batches_too_small_to_divide():
    with pytest.raises(UserError) as error:
        images_of(tf.zeros([2, 8, 8, 1], tf.int32))
    assert error.value.received == "int32"
    with pytest.raises(UserError) as error:
        tiny.gan(critic_updates=5).train_step(tf.zeros([3, 8, 8, 1]))
    assert "5" in error.value.expected
    assert "3" in error.value.received


def test_a_terms_weight_multiplies_its_gradient():
    moves = []
    for weight in (1.0, 2.0):
        gan = tiny.gan(
            loss=Wasserstein(), critic_terms=[R1(weight)], critic_optimizer=sgd(1e-2), generator_optimizer=sgd(0.0)
        )
        before = tiny.weights(gan.critic)
        gan.fit(tiny.batches(16, 16), verbose=0)
        moves.append([after - old for after, old in zip(tiny.weights(gan.critic), before, strict=True)])
    gan = tiny.gan(loss=Wasserstein(), critic_optimizer=sgd(1e-2), generator_optimizer=sgd(0.0))
    before = tiny.weights(gan.critic)
    gan.fit(tiny.batches(16, 16), verbose=0)
    plain = [after - old for after, old in zip(tiny.weights(gan.critic), before, strict=True)]
    for one, two, none in zip(*moves, plain, strict=True):
        np.testing.assert_allclose(two - none, 2 * (one - none), atol=1e-6)


@pytest.mark.parametrize("joint", [True, False])
def test_a_step_moves_what_the_critics_layers_keep_of_training(joint):
    critic = tiny.critic(8, 1, keras.layers.BatchNormalization())
    gan = GAN(tiny.generator(), critic, joint_batches=joint, critic_optimizer=sgd(0.0))
    before = [weight.numpy() for weight in critic.non_trainable_weights]
    gan.fit(tiny.batches(16), verbose=0)
    moved = [(old != new.numpy()).any() for old, new in zip(before, critic.non_trainable_weights, strict=True)]
    assert moved
    assert all(moved)


class _Order(Term):
    """A term that adds its player and each batch to a list, which several terms share."""

    def __init__(self, calls: list):
        super().__init__(0.0)
        self.calls = calls

    def setup(self, gan, player):
        self.player = player

    def __call__(self, pair):
        if tf.executing_eagerly():  # not while GAN looks whether the term returns a scalar
            self.calls.append((self.player, pair))
        return tf.constant(0.0)

    def after_update(self, gan, gradients):
        self.calls.append((f"{self.player} updated", gradients))


def test_the_generator_comes_first_where_asked_for():
    for first in (False, True):
        calls = []
        gan = tiny.gan(
            generator_first=first, critic_updates=2, critic_terms=[_Order(calls)], generator_terms=[_Order(calls)]
        )
        step_eagerly(gan, tiny.images(16))
        critic, generator = ["critic", "critic updated"] * 2, ["generator", "generator updated"]
        assert [who for who, _ in calls] == (generator + critic if first else critic + generator)


def test_the_first_player_meets_the_other_as_it_was_and_the_second_as_it_has_become():
    def gradients(player: str, generator_first: bool, others_rate: float) -> list[np.ndarray]:
        calls = []
        other = "critic" if player == "generator" else "generator"
        gan = tiny.gan(
            generator_first=generator_first,
            **{f"{player}_terms": [_Order(calls)], f"{other}_optimizer": sgd(others_rate)},
        )
        step_eagerly(gan, tiny.images(16))
        return [gradient.numpy() for gradient in calls[-1][1]]

    for player in ("generator", "critic"):
        still = gradients(player, player == "critic", 0.0)
        first = gradients(player, player == "generator", 1.0)
        second = gradients(player, player == "critic", 1.0)
        for a, b in zip(first, still, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
        assert not all(np.allclose(a, b, rtol=1e-2) for a, b in zip(second, still, strict=True))


def test_terms_are_set_up_for_their_player_and_told_the_gradients_of_its_update():
    calls = []
    rates = {"critic_optimizer": sgd(0.1), "generator_optimizer": sgd(0.2)}
    gan = tiny.gan(critic_terms=[_Order(calls)], generator_terms=[_Order(calls)], **rates)
    before = {name: [w.numpy() for w in getattr(gan, name).trainable_variables] for name in ("generator", "critic")}
    step_eagerly(gan, tiny.images(16))
    told = {who: seen for who, seen in calls if who.endswith("updated")}
    for name, rate in (("critic", 0.1), ("generator", 0.2)):
        after = getattr(gan, name).trainable_variables
        for old, new, gradient in zip(before[name], after, told[f"{name} updated"], strict=True):
            np.testing.assert_allclose(new, old - rate * gradient.numpy(), rtol=1e-5, atol=1e-6)


def last_pair(calls: list, player: str) -> Pair:
    return [seen for who, seen in calls if who == player][-1]


@pytest.mark.parametrize("fake_labels", ["sampled", "real"])
def test_generated_images_are_of_the_labels_asked_for(fake_labels):
    calls = []
    gan = tiny.conditional_gan(
        fake_labels=fake_labels, critic_terms=[_Order(calls)], generator_terms=[_Order(calls)], critic_updates=2
    )
    tiny.step(gan, 32, labeled=True)
    pairs = [seen for who, seen in calls if who in ("critic", "generator")]
    parts = [tiny.labels(32)[:16], tiny.labels(32)[16:], tiny.labels(32)[16:]]
    for shown, labels in zip(pairs, parts, strict=True):
        np.testing.assert_array_equal(shown.real.labels, labels)
        assert np.array_equal(shown.fake.labels, labels) == (fake_labels == "real")
        # The images are of these labels indeed.
        if shown is pairs[0]:
            by_hand = tiny.conditional_gan().generator([shown.fake.latents, shown.fake.labels])
            np.testing.assert_allclose(shown.fake.images, by_hand, rtol=1e-5, atol=1e-6)


def test_sampled_labels_are_uniform():
    gan = tiny.conditional_gan()
    labels = gan.generate(Draws(0, tf.constant(0, tf.int64), "critic_0"), 9000, training=False).labels.numpy()
    counts = np.bincount(labels)
    assert len(counts) == 3
    assert ((counts - 3000) ** 2 / 3000).sum() < 18.4  # chi-square with 2 degrees of freedom, at its 1e-4 level


@pytest.mark.parametrize("joint", [True, False])
def test_each_image_is_judged_with_its_own_label(joint):
    calls = []
    gan = tiny.conditional_gan(joint_batches=joint, critic_terms=[_Order(calls)])
    critic = tiny.conditional_gan().critic  # the same, and not updated
    tiny.step(gan, labeled=True)
    shown = last_pair(calls, "critic")
    for name in ("real", "fake"):
        batch = getattr(shown, name)
        score = critic([batch.images, batch.labels])["score"]
        np.testing.assert_allclose(getattr(shown, f"{name}_output").score, score, rtol=1e-4, atol=1e-6)
    assert not np.array_equal(shown.real.labels, shown.fake.labels)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_generators_total_is_the_weighted_loss_and_its_terms(weight):
    """With weight 0 of the adversarial loss, the gradient is that of the terms alone."""
    calls = []
    gan = tiny.conditional_gan(
        loss=Wasserstein(),
        generator_loss_weight=weight,
        generator_terms=[FeatureMatching(3.0), _Order(calls)],
        critic_optimizer=sgd(0.0),
    )
    by_hand = tiny.conditional_gan()
    fake = by_hand.generate(Draws(0, tf.constant(0, tf.int64), "generator"), 16, training=True)
    real = images_of(tf.constant(tiny.images(16)))
    variables = by_hand.generator.trainable_variables
    with tf.GradientTape() as tape:
        image = by_hand.generator([fake.latents, fake.labels])
        output = by_hand.critic([image, fake.labels])
        goal = tf.reduce_mean(by_hand.critic([real, tf.constant(tiny.labels(16))])["features"]["dense2"], 0)
        matching = tf.reduce_sum((goal - tf.reduce_mean(output["features"]["dense2"], 0)) ** 2)
        total = -weight * tf.reduce_mean(output["score"]) + 3.0 * matching
    tiny.step(gan, labeled=True)
    (gradients,) = [seen for who, seen in calls if who == "generator updated"]
    for ours, expected in zip(gradients, tape.gradient(total, variables), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-6)
    assert max(np.abs(gradient).max() for gradient in gradients) > 1e-3


class Negative(Augmentation):
    """An augmentation that negates every image, adds a small random number, and stores the result."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __call__(self, images, draws):
        self.seen.append((images, -images + 0.01 * draws.uniform([tf.shape(images)[0], 1, 1, 1], "shift")))
        return self.seen[-1][1]


def test_real_augmentations_change_real_images_alone():
    calls, augmentation = [], Negative()
    gan = tiny.gan(real_augmentations=[augmentation], critic_terms=[_Order(calls)], generator_terms=[_Order(calls)])
    augmentation.seen.clear()  # the GAN has traced it when it was built
    step_eagerly(gan, tiny.images(16))
    ((given, made),) = augmentation.seen
    np.testing.assert_allclose(given, images_of(tf.constant(tiny.images(16))))
    for player in ("critic", "generator"):
        np.testing.assert_array_equal(last_pair(calls, player).real.images, made)
    # Validation judges the images as they are.
    gan.test_step(tf.constant(tiny.images(16)))
    assert len(augmentation.seen) == 1


@pytest.mark.parametrize("joint", [True, False])
def test_augmentations_change_whatever_the_critic_sees_in_training(joint):
    calls, augmentation = [], Negative()
    gan = tiny.gan(
        joint_batches=joint,
        augmentations=[augmentation],
        critic_terms=[_Order(calls)],
        generator_terms=[_Order(calls)],
        generator_optimizer=sgd(0.1),
    )
    augmentation.seen.clear()
    before = tiny.weights(gan.generator)
    step_eagerly(gan, tiny.images(16))
    judged = np.concatenate([given for given, _ in augmentation.seen])
    in_critic, in_generator = last_pair(calls, "critic"), last_pair(calls, "generator")
    shown = [batch.images for batch in (in_critic.real, in_critic.fake, in_generator.fake)]
    np.testing.assert_array_equal(judged, np.concatenate(shown))
    made = np.concatenate([made for _, made in augmentation.seen])
    shifts = (made + judged)[:, 0, 0, 0]
    assert len(np.unique(shifts.round(7))) > 44  # of 48: each image, and each player's, its own
    untouched = tiny.gan().critic
    score = np.concatenate([in_critic.real_output.score, in_critic.fake_output.score])
    np.testing.assert_allclose(score, untouched(made[:32]), rtol=1e-4, atol=1e-6)
    assert not tiny.equal(before, tiny.weights(gan.generator))  # it learns through the change
    gan.test_step(tf.constant(tiny.images(16)))
    assert len(augmentation.seen) == 3  # not in validation


def stateful() -> dict:
    """Return the options for all objects that keep state between steps or depend on the step."""
    return {
        "critic_conditioning": AuxiliaryClassifier(),
        "critic_terms": [LeCam(decay=0.5), HistoricalAveraging(0.1), GradientAveraging(0.1), RealClassification()],
        "generator_terms": [
            FeatureMatching(layers=["dense1"]),
            HistoricalAveraging(0.1),
            GradientAveraging(0.1),
            ModeSeeking(0.1),
        ],
        "label_noise": LabelNoise(real=(0.7, 1.2), flip_rate=0.2, flip_steps=6),
        "augmentations": [InstanceNoise(decay_steps=6)],
        "real_augmentations": [RandomFlip()],
        "latents": Spherical(),
        "generator_first": True,
        "critic_updates": 2,
    }


def test_a_restored_checkpoint_carries_the_state_of_every_term(tmp_path):
    def data(first: int, last: int) -> tf.data.Dataset:
        return tiny.labeled_batches(64, 16).skip(first).take(last - first)

    whole, resumed = (tiny.conditional_gan(**stateful()) for _ in range(2))
    whole.fit(data(0, 2), verbose=0)
    path = whole.checkpoint().save(str(tmp_path / "checkpoint"))
    resumed.checkpoint().restore(path).assert_consumed()
    for gan in (whole, resumed):
        gan.fit(data(2, 4), verbose=0)
    for name in ("generator", "critic", "ema_generator"):
        assert tiny.equal(tiny.weights(getattr(whole, name)), tiny.weights(getattr(resumed, name)))
    for terms in ("critic_terms", "generator_terms"):
        for name, term in getattr(whole, terms).items():
            again = getattr(resumed, terms)[name]
            assert tiny.equal([v.numpy() for v in term.variables], [v.numpy() for v in again.variables])


def told_nothing() -> keras.Model:
    return SimpleCritic(width=5).build((8, 8, 1))


def conditional(network, conditioning) -> keras.Model:
    rest = (4,) if isinstance(network, SimpleGenerator) else ()
    return network.build((8, 8, 1), *rest, conditioning, 3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: GAN(conditional(SimpleGenerator(4, 1), ConcatenatedOneHot()), told_nothing()),
            "classes",
        ),
        (
            lambda: GAN(tiny.generator(), conditional(SimpleCritic(width=5), Projection()), classes=3),
            "a generator that takes labels",
        ),
        (
            lambda: GAN(conditional(SimpleGenerator(4, 1), ConcatenatedOneHot()), told_nothing(), classes=3),
            "a critic that takes labels",
        ),
        (
            lambda: tiny.gan(reuse_fakes=True, generator_first=True),
            "generator_first",
        ),
        (lambda: tiny.gan(generator_loss_weight=-1.0), "generator_loss_weight"),
        (lambda: tiny.gan(generator_loss_weight=float("nan")), "generator_loss_weight"),
        (
            lambda: tiny.gan(generator_loss_weight=0.0),
            "generator_terms",
        ),
        (lambda: R1(-1.0), "R1's weight"),
        (lambda: tiny.step(tiny.conditional_gan()), "labels"),
        (
            lambda: tiny.step(tiny.conditional_gan(critic_conditioning=AuxiliaryClassifier())),
            "labels",
        ),
    ],
)
def test_refuses_what_cannot_be_trained_and_names_it(make, said):
    with pytest.raises(UserError) as error:
        make()
    assert said in error.value.expected


def test_a_gan_without_conditions_takes_labeled_batches_and_ignores_them():
    calls = []
    gan = tiny.gan(critic_terms=[_Order(calls)])
    tiny.step(gan, labeled=True)
    shown = last_pair(calls, "critic")
    assert shown.real.labels is None
    assert shown.fake.labels is None
