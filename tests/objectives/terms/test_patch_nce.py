import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.objectives.terms.translation import arrays, translating_gan, translation_pair
from tfgan_course.errors import UserError
from tfgan_course.layers import features_of
from tfgan_course.objectives.terms import Lazy, PatchNCE
from tfgan_course.objectives.terms.patch_nce import info_nce, random_places
from tfgan_course.randomness import Draws

LAYERS = ["image", "down1", "block2"]


def by_numpy(gan, term: PatchNCE, condition: np.ndarray, images: np.ndarray) -> float:
    """Equation 3 with all places, one image, one layer and one place after the other."""
    encoder = keras.Model(gan.generator.input, {name: features_of(gan.generator)[name] for name in LAYERS})
    weights = [variable.numpy().astype(np.float64) for variable in term.trained]
    heads = {name: weights[4 * index : 4 * index + 4] for index, name in enumerate(LAYERS)}
    losses = []
    for name in LAYERS:
        first, first_bias, second, second_bias = heads[name]

        def vectors(maps, first=first, first_bias=first_bias, second=second, second_bias=second_bias):
            rows = np.float64(maps).reshape(-1, maps.shape[-1])
            made = np.maximum(rows @ first + first_bias, 0) @ second + second_bias
            return made / np.linalg.norm(made, axis=1, keepdims=True)

        for before, after in zip(encoder(condition)[name].numpy(), encoder(images)[name].numpy(), strict=True):
            k, q = vectors(before), vectors(after)
            for place, query in enumerate(q):
                likeness = np.exp(k @ query / term.temperature)
                losses.append((name, -np.log(likeness[place] / likeness.sum())))
    return np.mean([np.mean([loss for layer, loss in losses if layer == name]) for name in LAYERS])


@pytest.mark.parametrize("identity", [False, True])
def test_equals_numpy(identity):
    term = PatchNCE(layers=LAYERS, size=6, temperature=0.3, identity=identity)
    gan = translating_gan(generator_terms=[term])
    for index, variable in enumerate(term.trained):
        variable.assign(np.random.default_rng(index).normal(size=variable.shape))
    pair = translation_pair(gan)
    expected = by_numpy(gan, term, pair.fake.condition.numpy(), pair.fake.images.numpy())
    if identity:
        same = gan.generator(pair.real.images).numpy()
        expected = (expected + by_numpy(gan, term, pair.real.images.numpy(), same)) / 2
    np.testing.assert_allclose(term(pair), expected, rtol=1e-4)


def test_the_own_place_costs_log_n_where_all_patches_are_alike_and_nothing_where_they_differ():
    alike = tf.ones([2, 5, 3]) / 3**0.5
    np.testing.assert_allclose(info_nce(alike, alike, 0.07), np.log(5), rtol=1e-5)
    different = tf.eye(5)[tf.newaxis]
    assert info_nce(different, different, 0.07) < 1e-4
    assert info_nce(different, different[:, ::-1], 0.07) > 10


def test_places_are_different_random_and_apart_for_each_image():
    maps, draws = tf.zeros([4, 6, 5, 2]), Draws(0, tf.constant(3, tf.int64), "generator")
    places = random_places(maps, draws, 4, 10).numpy()
    assert all(len(set(row)) == 10 and set(row) <= set(range(30)) for row in places)
    assert len({tuple(row) for row in places}) == 4
    assert sorted(random_places(maps, draws, 4, 99).numpy()[0]) == [*range(30)]


def test_no_gradient_passes_through_the_condition():
    term = PatchNCE(layers=LAYERS, size=6, identity=False)
    gan = translating_gan(generator_terms=[term])
    pair = translation_pair(gan)
    condition, images = pair.fake.condition, pair.fake.images
    with tf.GradientTape() as tape:
        tape.watch([condition, images])
        pair.fake = pair.fake._replace(condition=condition, images=images)
        value = term(pair)
    through_condition, through_images = tape.gradient(value, [condition, images])
    assert through_condition is None
    assert np.abs(through_images).max() > 0


@pytest.mark.parametrize("lazy", [False, True])
def test_the_generators_optimizer_trains_the_heads_and_a_saved_state_has_them(lazy, tmp_path):
    def gan():
        term = PatchNCE(layers=LAYERS, size=6)
        return translating_gan(generator_terms=[Lazy(term, 1) if lazy else term]), term

    (trained, term), (restored, other) = gan(), gan()
    before = [variable.numpy() for variable in term.trained]
    # Eagerly, since a compiled step takes long to trace.
    trained.train_step({name: tf.constant(images) for name, images in arrays(4).items()})
    assert len(before) == 4 * len(LAYERS)
    moved = [(variable.numpy() != old).any() for variable, old in zip(term.trained, before, strict=True)]
    assert all(moved)
    trained.save_weights(tmp_path / "gan.weights.h5")
    restored.load_weights(tmp_path / "gan.weights.h5")
    for variable, same in zip(term.trained, other.trained, strict=True):
        np.testing.assert_array_equal(variable, same)
    # The term's own variables are saved, and not the generator's a second time.
    assert len(trained.generator_terms["patch_nce"].variables) == len(before) + lazy


def test_the_norm_of_the_gradient_is_the_networks_alone():
    gan = translating_gan(generator_terms=[PatchNCE(layers=LAYERS, size=6)])
    player = gan.players["generator"]
    gradients = [tf.zeros(weight.shape) for weight in gan.generator.trainable_variables]
    gradients += [tf.ones(weight.shape) for weight in gan.generator_terms["patch_nce"].trained]
    assert player.update(gan, gradients, {})["generator_gradient_norm"] == 0


def test_default_layers_are_the_papers():
    gan = translating_gan(blocks=5, generator_terms=[PatchNCE(size=2)])
    (term,) = gan.generator_terms.values()
    assert [tuple(kernel.shape) for kernel in term.trained[::4]] == [(1, 2), (4, 2), (8, 2), (8, 2), (8, 2)]


@pytest.mark.parametrize(
    ("term", "received"),
    [
        (lambda: PatchNCE(layers=["conv9"]), "conv9"),
        (lambda: PatchNCE(layers="down1"), "'down1'"),
        (lambda: PatchNCE(), "image, down1, down2, block1, block5"),  # of a generator with 2 blocks
        (lambda: PatchNCE(patches=1), "patches 1, size 256, temperature 0.07"),
    ],
)
def test_refuses_layers_and_numbers_that_cannot_be(term, received):
    with pytest.raises(UserError) as error:
        translating_gan(generator_terms=[term()])
    assert error.value.received == received
