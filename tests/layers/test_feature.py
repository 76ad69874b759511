import numpy as np
from tensorflow import keras

from tfgan_course.layers import Feature, features_of


def network() -> keras.Model:
    inputs = keras.Input((4,))
    x = Feature(name="first")(keras.layers.Dense(3)(inputs))
    x = Feature(name="second")(keras.layers.ReLU()(x))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def test_a_copy_and_a_saved_file_hand_out_the_same_features(tmp_path):
    model, x = network(), np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    model.save(tmp_path / "model.keras")
    kernel, bias = model.get_weights()[:2]
    for known in (model, copy, keras.models.load_model(tmp_path / "model.keras")):
        assert [*features_of(known)] == ["first", "second"]
        first, second = (keras.Model(known.input, tensor)(x) for tensor in features_of(known).values())
        np.testing.assert_allclose(first, x @ kernel + bias, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(second, np.maximum(x @ kernel + bias, 0), rtol=1e-5, atol=1e-6)


def test_a_model_without_features_has_none():
    assert features_of(keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])) == {}
