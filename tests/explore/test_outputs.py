import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.explore.networks import CLASSES, SHAPE, classifier, critic, images, linear, report_critic
from tfgan_course.errors import UserError
from tfgan_course.explore import neighbours
from tfgan_course.explore.outputs import (
    channels,
    class_logits,
    floats,
    layer,
    layer_table,
    named_layers,
    read,
    reader,
    score,
)
from tfgan_course.models import DCGANCritic, PatchGANCritic, SimpleCritic
from tfgan_course.models.conditioning import AuxiliaryClassifier, EmbeddedChannel, Projection


def test_logits_of_every_kind_of_model_that_has_them():
    pictures = images()
    x = tf.constant(pictures, tf.float32) / 127.5 - 1
    for model in (classifier(), critic(AuxiliaryClassifier())):
        np.testing.assert_allclose(
            read(class_logits(model), pictures, 2), model(x)["class_logits"], rtol=1e-4, atol=1e-4
        )
    weights = np.random.default_rng(0).normal(size=(16, 2)).astype(np.float32)
    small = images(shape=(4, 4, 1))
    expected = (small.reshape(-1, 16) / 127.5 - 1) @ weights
    np.testing.assert_allclose(read(class_logits(linear(weights)), small), expected, atol=1e-4)


@pytest.mark.parametrize("conditioning", [None, Projection()])
def test_refuses_a_critic_without_classes(conditioning):
    for model in (critic(conditioning), linear(np.ones((16, 1), np.float32))):
        with pytest.raises(UserError) as error:
            class_logits(model)
        assert model.name in error.value.received
    with pytest.raises(UserError):
        score(classifier())
    assert read(score(critic()), images()).shape == (5, 1)


def test_channels_are_the_largest_over_all_places():
    model, pictures = report_critic(), images(2, (32, 32, 3))
    maps = model(tf.constant(pictures, tf.float32) / 127.5 - 1)["features"]["conv4"].numpy()
    assert maps.shape == (2, 8, 8, 3)
    np.testing.assert_allclose(read(channels(model, "conv4"), pictures), maps.max((1, 2)), atol=1e-6)
    bare = keras.Model(model.inputs, model.get_layer("conv4").output)(tf.constant(pictures, tf.float32) / 127.5 - 1)
    np.testing.assert_allclose(
        read(channels(model, "layer:conv4"), pictures), bare.numpy().max((1, 2)), rtol=1e-4, atol=1e-5
    )
    flat = read(
        channels(model, next(name for name in named_layers(model) if "flatten" in name)), pictures
    )  # a vector stays as it is
    np.testing.assert_allclose(flat, read(channels(model, "conv8"), pictures), atol=1e-6)  # 4x4 places, pooled


def test_a_critic_that_takes_labels_is_told_one():
    model, pictures = critic(EmbeddedChannel()), images()
    x = tf.constant(pictures, tf.float32) / 127.5 - 1
    for label in range(CLASSES):
        expected = model([x, tf.fill([5], label)])["features"]["conv2"].numpy().max((1, 2))
        np.testing.assert_allclose(read(channels(model, "conv2", label), pictures), expected, rtol=1e-4, atol=1e-4)
    told = critic(Projection())  # its layers know nothing of the label
    np.testing.assert_array_equal(
        read(channels(told, "conv2", 0), pictures), read(channels(told, "conv2", 1), pictures)
    )


def test_a_layer_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(UserError, match=r"conv1, conv2, .*conv8, .*layer:pool") as error:
        layer(report_critic(), "conv9")
    assert error.value.received == "'conv9'"


def test_spectral_normalization_hides_no_layer():
    model = DCGANCritic("spectral", width=2).build(SHAPE, Projection(), CLASSES)
    known = named_layers(model)
    assert [name for name in known if not name.startswith("layer:")] == ["conv1", "conv2", "conv3"]
    assert known["conv2"].shape == (7, 7, 4)
    assert "labels" not in layer_table(model)
    assert "one_hot" not in layer_table(model)


def test_a_layer_has_the_same_name_whatever_was_built_before():
    first, second = (DCGANCritic("spectral", width=2).build(SHAPE, Projection(), CLASSES) for _ in range(2))
    assert layer_table(first) == layer_table(second)
    pictures = images()
    expected = keras.Model(second.inputs, second.layers[1].output)([floats(pictures), np.zeros(len(pictures))])
    np.testing.assert_allclose(
        read(channels(second, "layer:conv2d"), pictures), expected.numpy().max((1, 2)), rtol=1e-4, atol=1e-5
    )


def test_the_table_has_names_shapes_and_receptive_fields():
    rows = {row.split()[0]: row.split()[1:] for row in layer_table(report_critic()).splitlines()}
    assert rows["conv8"] == ["4x4x3", "45x45", "yes"]
    assert rows["layer:conv1"] == ["32x32x3", "3x3", "no"]
    assert rows["conv1"] == ["32x32x3", "3x3", "yes"]
    unknown = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Permute((2, 1, 3), name="turn"), keras.layers.Flatten()]
    )
    assert "layer:turn" in layer_table(unknown)
    assert "?" in layer_table(unknown)


def test_copies_are_their_own_nearest_neighbours():
    model, known = classifier(), images(30)
    found = neighbours(reader(channels(model, "conv2")), known[[7, 3]], known, images(40)[30:], k=4)
    assert found.indices.shape == (2, 4)
    assert found.indices[:, 0].tolist() == [7, 3]
    np.testing.assert_allclose(found.distance[:, 0], 0, atol=1e-5)
    assert (np.diff(found.distance, axis=1) >= 0).all()
    assert (found.distance[:, 0] < found.near).all()


def vectors(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)


def test_copies_are_told_from_blurred_images_and_duplicates_do_not_hide_them():
    random = np.random.default_rng(0)
    train, test = (random.normal(0, 1, (count, 4, 4, 1)) for count in (300, 200))
    near_copies = train[:20] + random.normal(0, 0.01, (20, 4, 4, 1))
    blurs = random.normal(0, 0.01, (20, 4, 4, 1))  # near to everything, the mean of all images
    found = neighbours(vectors, np.concatenate([near_copies, blurs]), train, test)
    assert found.copies.tolist() == [True] * 20 + [False] * 20
    assert (found.distance[:, 0] < found.near).sum() > 20
    again = neighbours(vectors, near_copies, train.repeat(60, axis=0), test)
    assert again.copies.all()
    assert (again.indices[:, 0] // 60).tolist() == list(range(20))
    assert all(len(set(row // 60)) == 5 for row in again.indices)
    # Images that are in both sets, or are stored again with small differences, are not held out.
    for stored in (train, train + random.normal(0, 0.005, train.shape)):
        assert neighbours(vectors, near_copies, train, np.concatenate([stored, test])).copies.all()
    nothing = neighbours(vectors, near_copies, train, train)
    assert len(nothing.usual) == 0
    assert not nothing.copies.any()
    # Test images are no copies but for one in a hundred.
    assert neighbours(vectors, random.normal(0, 1, (200, 4, 4, 1)), train, test).copies.mean() < 0.03


def test_a_critic_without_one_score_for_an_image_is_described():
    patches = PatchGANCritic(width=4, receptive_field=16).build(SHAPE)
    pairs = SimpleCritic(width=4, takes_condition=True).build(SHAPE, condition_shape=SHAPE)
    for model, what in ((patches, "patches"), (pairs, "conditions"), (classifier(), "no score")):
        with pytest.raises(UserError) as error:
            score(model)
        assert what in error.value.received
    with pytest.raises(UserError) as error:
        channels(pairs, "layer:dense")
    assert "conditions" in error.value.received
