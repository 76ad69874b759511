import functools
import importlib.util
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import SpectralNormalization, spectrally_normalized_kernel

HAS_ADDONS = importlib.util.find_spec("tensorflow_addons") is not None
needs_addons = pytest.mark.skipif(
    not HAS_ADDONS,
    reason="tensorflow-addons is not installed: its wrapper's singular value, models and gradients are not tried",
)
# Keras 2's method branches on a tensor in Python: its wrapper trains outside tf.function only (docs say so).
KERAS_CANNOT_BE_TRACED = hasattr(keras.layers.SpectralNormalization, "normalize_weights")
IMPLEMENTATIONS = ["paper", "keras", pytest.param("addons", marks=needs_addons)]

# Layer, shape of one input without the batch.
LAYERS = {
    "Dense": (lambda: keras.layers.Dense(5, activation="tanh"), (7,)),
    "Dense on sequences": (lambda: keras.layers.Dense(5), (3, 7)),
    "Conv1D": (lambda: keras.layers.Conv1D(5, 3, strides=2, padding="same"), (8, 3)),
    "Conv1D causal": (lambda: keras.layers.Conv1D(5, 3, padding="causal", activation="relu"), (8, 3)),
    "Conv2D": (lambda: keras.layers.Conv2D(5, 4, strides=2, padding="same", activation="relu"), (8, 8, 3)),
    "Conv2D dilated": (lambda: keras.layers.Conv2D(5, 3, dilation_rate=2, use_bias=False), (8, 8, 3)),
    "Conv3D": (lambda: keras.layers.Conv3D(5, 2), (4, 4, 4, 2)),
    "Conv2DTranspose": (lambda: keras.layers.Conv2DTranspose(5, 3, strides=2, activation="relu"), (4, 4, 3)),
    "Embedding": (lambda: keras.layers.Embedding(6, 4), ()),
}


def draw(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def inputs_for(name):
    shape = LAYERS[name][1]
    return np.array([0, 5, 2, 2]) if name == "Embedding" else draw((4, *shape))


def raw_kernel(layer):
    return layer.embeddings if isinstance(layer, keras.layers.Embedding) else layer.kernel


def singular_values(kernel, transposed=False):
    kernel = np.asarray(kernel)
    if transposed:
        kernel = np.swapaxes(kernel, -1, -2)
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)


def built(layer, inputs, **arguments):
    """Return the built wrapper, with a bias that is not zero."""
    wrapper = SpectralNormalization(layer, **arguments)
    wrapper(inputs)
    if getattr(layer, "use_bias", False):
        layer.bias.assign(draw(layer.bias.shape, seed=1))
    return wrapper


def snapshot(layer):
    return [weight.numpy() for weight in layer.weights]


def variable(weight):
    """Return the TensorFlow variable that GradientTape knows; Keras 3 wraps it, Keras 2 does not."""
    return weight if isinstance(weight, tf.Variable) else weight.value


def normalized(vector):
    return vector / np.linalg.norm(vector)


def numerical_gradient(function, at, step=1e-6):
    gradient = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        moved = np.zeros_like(at)
        moved[index] = step
        gradient[index] = (function(at + moved) - function(at - moved)) / (2 * step)
    return gradient


@pytest.mark.parametrize("name", LAYERS)
def test_divides_the_kernel_by_its_largest_singular_value(name):
    inputs = inputs_for(name)
    wrapper = built(LAYERS[name][0](), inputs, power_iterations=300)
    outputs = wrapper(inputs, training=True).numpy()

    raw = raw_kernel(wrapper.layer).numpy()
    sigma = singular_values(raw, transposed=name == "Conv2DTranspose")[0]
    np.testing.assert_allclose(spectrally_normalized_kernel(wrapper), raw / sigma, rtol=1e-4, atol=1e-6)

    # The layer itself with the divided kernel: bias and activation come after the division.
    raw_kernel(wrapper.layer).assign(raw / sigma)
    np.testing.assert_allclose(outputs, wrapper.layer(inputs).numpy(), rtol=1e-3, atol=1e-5)


def test_one_call_is_one_power_iteration_by_hand():
    wrapper = built(keras.layers.Dense(2, use_bias=False), np.ones((1, 2), "float32"))
    wrapper.layer.kernel.assign([[3.0, 0.0], [0.0, 1.0]])
    wrapper.u.assign([0.6, 0.8])
    # v = (1.8, 0.8) / 1.96977; W v = (5.4, 0.8) / 1.96977; sigma = 5.45894 / 1.96977 = 2.77136
    outputs = wrapper(np.ones((1, 2), "float32"), training=True)
    np.testing.assert_allclose(outputs, [[3 / 2.77136, 1 / 2.77136]], rtol=1e-5)
    np.testing.assert_allclose(wrapper.u, [5.4 / 5.45894, 0.8 / 5.45894], rtol=1e-5)


def test_bias_is_added_undivided_and_activation_comes_last_by_hand():
    layer = keras.layers.Dense(1, activation="relu")
    wrapper = built(layer, np.ones((1, 1), "float32"))
    layer.kernel.assign([[4.0]])
    layer.bias.assign([-2.0])
    # relu(3 * 4 / 4 - 2) = 1 and relu(1 * 4 / 4 - 2) = 0
    np.testing.assert_allclose(wrapper(np.array([[3.0], [1.0]], "float32"), training=True), [[1.0], [0.0]], atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_training_moves_u_alone_and_inference_moves_nothing(name):
    inputs = inputs_for(name)
    wrapper = built(LAYERS[name][0](), inputs)
    before = snapshot(wrapper)
    first = wrapper(inputs, training=False)
    np.testing.assert_array_equal(first, wrapper(inputs))
    for old, new in zip(before, snapshot(wrapper), strict=True):
        np.testing.assert_array_equal(old, new)

    u = wrapper.u.numpy()
    wrapper(inputs, training=True)
    assert np.abs(wrapper.u.numpy() - u).max() > 1e-3
    wrapper.u.assign(u)
    for old, new in zip(before, snapshot(wrapper), strict=True):
        np.testing.assert_array_equal(old, new)


def test_gradient_goes_through_sigma_with_u_and_v_constant():
    x = draw((6, 4))
    wrapper = built(keras.layers.Dense(3, activation="tanh"), x)
    kernel, bias = wrapper.layer.kernel.numpy().astype("float64"), wrapper.layer.bias.numpy()
    # The training call computes with the vectors after this one iteration.
    v = normalized(kernel @ wrapper.u.numpy())
    u = normalized(v @ kernel)

    def loss(w, sigma=None):
        return np.sum(np.tanh(x @ w / (v @ w @ u if sigma is None else sigma) + bias) ** 2)

    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.square(wrapper(x, training=True)))
    gradient = tape.gradient(value, variable(wrapper.layer.kernel)).numpy()

    np.testing.assert_allclose(value, loss(kernel), rtol=1e-5)
    np.testing.assert_allclose(gradient, numerical_gradient(loss, kernel), rtol=1e-3, atol=1e-4)
    constant_sigma = numerical_gradient(lambda w: loss(w, sigma=v @ kernel @ u), kernel)
    assert np.abs(gradient - constant_sigma).max() > 0.1 * np.abs(gradient).max()


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "Dense"])
def test_gradient_does_not_see_the_scale_of_the_kernel(name):
    """SN(cW) = SN(W), so <W, gradient> = 0 at the true singular vectors: false if sigma were a constant."""
    inputs = inputs_for(name)
    wrapper = built(LAYERS[name][0](), inputs, power_iterations=100)
    kernel = variable(raw_kernel(wrapper.layer))
    with tf.GradientTape() as tape:
        outputs = wrapper(inputs, training=True)
        value = tf.reduce_sum(outputs * draw(outputs.shape, seed=2))
    gradient = tf.convert_to_tensor(tape.gradient(value, kernel)).numpy()
    length = np.linalg.norm(gradient) * np.linalg.norm(kernel.numpy())
    assert length > 0.1
    assert abs(np.sum(gradient * kernel.numpy())) < 1e-4 * length


@pytest.mark.parametrize("training", [False, True])
def test_gradient_penalty_equals_finite_differences(training):
    x = draw((5, 4))
    wrapper = built(keras.layers.Dense(3, activation="tanh"), x)
    kernel, bias = wrapper.layer.kernel.numpy().astype("float64"), wrapper.layer.bias.numpy()
    v, u = normalized(kernel @ wrapper.u.numpy()), wrapper.u.numpy()
    if training:
        u = normalized(v @ kernel)

    def penalty(w):
        scaled = w / (v @ w @ u)
        return np.sum(((1 - np.tanh(x @ scaled + bias) ** 2) @ scaled.T) ** 2)

    images = tf.constant(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(images)
            score = tf.reduce_sum(wrapper(images, training=training))
        value = tf.reduce_sum(tf.square(inner.gradient(score, images)))
    gradient = outer.gradient(value, variable(wrapper.layer.kernel))

    np.testing.assert_allclose(value, penalty(kernel), rtol=1e-4)
    np.testing.assert_allclose(gradient, numerical_gradient(penalty, kernel), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_gradient_penalty_reaches_a_convolution_inside_a_graph(name):
    images = tf.constant(inputs_for(name))
    wrapper = built(LAYERS[name][0](), images)

    @tf.function
    def gradient():
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(images)
                score = tf.reduce_sum(tf.square(wrapper(images, training=True)))
            penalty = tf.reduce_sum(tf.square(inner.gradient(score, images)))
        return outer.gradient(penalty, variable(wrapper.layer.kernel))

    assert np.abs(gradient().numpy()).max() > 0


def test_a_zero_kernel_is_left_alone_and_wakes_up():
    x = draw((3, 4))
    wrapper = SpectralNormalization(keras.layers.Dense(2, kernel_initializer="zeros", use_bias=False))
    with tf.GradientTape() as tape:
        outputs = wrapper(x, training=True)
        value = tf.reduce_sum(outputs)
    np.testing.assert_array_equal(outputs, np.zeros((3, 2)))
    gradient = tape.gradient(value, variable(wrapper.layer.kernel))
    np.testing.assert_allclose(gradient, np.repeat(x.sum(axis=0)[:, None], 2, axis=1), rtol=1e-5)

    wrapper.layer.kernel.assign(draw((4, 2)))
    for _ in range(30):
        wrapper(x, training=True)
    np.testing.assert_allclose(singular_values(spectrally_normalized_kernel(wrapper))[0], 1, rtol=1e-3)


def test_equal_seeds_build_equal_vectors():
    def first_u(seed):
        return built(keras.layers.Dense(8), draw((1, 4)), seed=seed).u.numpy()

    np.testing.assert_array_equal(first_u(3), first_u(3))
    assert np.abs(first_u(3) - first_u(4)).max() > 1e-3


def test_regularizer_and_constraint_act_on_the_raw_kernel():
    layer = keras.layers.Dense(
        3, kernel_regularizer=keras.regularizers.L2(0.5), kernel_constraint=keras.constraints.NonNeg()
    )
    model = keras.Sequential([keras.Input((4,)), SpectralNormalization(layer)])
    np.testing.assert_allclose(model.losses[0], 0.5 * np.sum(layer.kernel.numpy() ** 2), rtol=1e-5)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(draw((8, 4)), draw((8, 3), seed=1), verbose=0)
    assert layer.kernel.numpy().min() == 0


def test_survives_a_round_trip_and_clone_model():
    wrapper = SpectralNormalization(keras.layers.Conv2D(4, 3, strides=2), power_iterations=3, seed=7, name="wrapped")
    copy = SpectralNormalization.from_config(wrapper.get_config())
    assert copy.get_config() == wrapper.get_config()
    assert (copy.power_iterations, copy.seed, copy.name) == (3, 7, "wrapped")
    assert (copy.layer.filters, copy.layer.strides) == (4, (2, 2))

    x = draw((2, 8, 8, 3))
    model = keras.Sequential([keras.Input((8, 8, 3)), wrapper])
    clone = keras.models.clone_model(model)
    model(x, training=True)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(model(x), clone(x))


def test_a_saved_model_gives_equal_outputs(tmp_path):
    x = draw((2, 8, 8, 3))
    model = keras.Sequential([keras.Input((8, 8, 3)), SpectralNormalization(keras.layers.Conv2D(4, 3))])
    model(x, training=True)
    model.save(tmp_path / "critic.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "critic.keras")(x), model(x))


@pytest.mark.parametrize("name", LAYERS)
def test_mixed_precision_keeps_u_and_sigma_in_float32(name):
    inputs = inputs_for(name)
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        wrapper = built(LAYERS[name][0](), inputs, power_iterations=300)
        outputs = wrapper(inputs, training=True)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert outputs.dtype == tf.bfloat16
    assert variable(wrapper.u).dtype == tf.float32
    # 1e-4 would be out of reach of bfloat16, which has 8 bits.
    kernel = spectrally_normalized_kernel(wrapper)
    assert kernel.dtype == tf.float32
    np.testing.assert_allclose(singular_values(kernel, name == "Conv2DTranspose")[0], 1, rtol=1e-4)

    raw_kernel(wrapper.layer).assign(kernel)
    np.testing.assert_allclose(
        tf.cast(outputs, tf.float32), tf.cast(wrapper.layer(inputs), tf.float32), rtol=0.05, atol=0.05
    )


def test_a_float32_layer_stays_float32_under_a_mixed_policy():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        wrapper = SpectralNormalization(keras.layers.Dense(1, dtype="float32"))
        assert wrapper(tf.cast(draw((2, 3)), tf.bfloat16), training=True).dtype == tf.float32
    finally:
        keras.mixed_precision.set_global_policy("float32")


def test_two_replicas_hold_equal_vectors_after_training():
    """This runs in a separate process, because the number of logical devices is fixed once TensorFlow has started."""
    script = """
        import numpy as np
        import tensorflow as tf
        from tensorflow import keras
        from tfgan_course.layers import SpectralNormalization

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
        )
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        with strategy.scope():
            model = keras.Sequential([
                keras.Input((8, 8, 3)),
                SpectralNormalization(keras.layers.Conv2D(4, 3, activation="relu")),
                keras.layers.Flatten(),
                SpectralNormalization(keras.layers.Dense(2)),
            ])
            model.compile(keras.optimizers.SGD(0.01), "mse")
        random = np.random.default_rng(0)
        images, targets = random.normal(size=(16, 8, 8, 3)), random.normal(size=(16, 2))
        for layer in (model.layers[0], model.layers[2]):
            u = getattr(layer.u, "value", None)
            u = layer.u if callable(u) else u
            before = layer.u.numpy()
            model.fit(images, targets, batch_size=8, epochs=2, verbose=0)
            first, second = (copy.numpy() for copy in strategy.experimental_local_results(u))
            np.testing.assert_array_equal(first, second)
            assert np.abs(first - before).max() > 1e-4
        print("equal")
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True)
    assert result.stdout.strip().endswith("equal"), result.stderr[-3000:]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_singular_values_of_a_trained_critic_are_near_one(implementation):
    def wrap(layer):
        return SpectralNormalization(layer, implementation=implementation)

    keras.utils.set_random_seed(0)
    images = keras.Input((8, 8, 3))
    hidden = wrap(keras.layers.Conv2D(8, 4, strides=2, activation="relu"))(images)
    scores = wrap(keras.layers.Dense(1))(keras.layers.Flatten()(hidden))
    critic = keras.Model(images, scores)
    optimizer = keras.optimizers.Adam(1e-3, beta_1=0.0)
    real, fake = tf.constant(draw((16, 8, 8, 3)) + 0.5), tf.constant(draw((16, 8, 8, 3), seed=1))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.relu(1 - critic(real, training=True)))
            loss += tf.reduce_mean(tf.nn.relu(1 + critic(fake, training=True)))
        weights = critic.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(loss, [variable(w) for w in weights]), weights, strict=True))
        return loss

    if not (implementation == "keras" and KERAS_CANNOT_BE_TRACED):
        step = tf.function(step)
    losses = [step().numpy() for _ in range(60)]
    assert losses[-1] < losses[0]
    wrappers = [layer for layer in critic.layers if isinstance(layer, keras.layers.Wrapper)]
    assert len(wrappers) == 2
    for wrapper in wrappers:
        np.testing.assert_allclose(singular_values(spectrally_normalized_kernel(wrapper))[0], 1, rtol=0.1)


@pytest.mark.parametrize("implementation", [IMPLEMENTATIONS[1], IMPLEMENTATIONS[2]])
def test_other_implementations_are_the_other_libraries_layers(implementation):
    layer = SpectralNormalization(
        keras.layers.Dense(4), implementation=implementation, power_iterations=2, name="other"
    )
    assert not isinstance(layer, SpectralNormalization)
    assert type(layer).__module__.split(".")[0] == {"keras": "keras", "addons": "tensorflow_addons"}[implementation]
    assert (layer.power_iterations, layer.name) == (2, "other")


@pytest.mark.skipif(KERAS_CANNOT_BE_TRACED, reason="Keras 2's layer fails in every tf.function")
def test_keras_layer_normalizes_in_float32_under_float16():
    keras.mixed_precision.set_global_policy("mixed_float16")
    layer = SpectralNormalization(keras.layers.Dense(4), implementation="keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = tf.function(lambda x: layer(x, training=True))(tf.constant(draw((8, 6)), tf.float16))
    assert outputs.dtype == tf.float16
    for _ in range(20):
        layer(tf.constant(draw((8, 6)), tf.float16), training=True)
    np.testing.assert_allclose(singular_values(tf.convert_to_tensor(layer.layer.kernel))[0], 1, rtol=0.01)


@pytest.mark.skipif(HAS_ADDONS, reason="tensorflow-addons is installed: the message for its absence is not tried")
def test_says_how_to_install_addons():
    with pytest.raises(UserError) as error:
        SpectralNormalization(keras.layers.Dense(4), implementation="addons")
    assert "tfgan-course[addons]" in error.value.remedy


def test_says_what_it_cannot_do():
    def received(make) -> str:
        with pytest.raises(UserError) as error:
            make()
        return error.value.received

    assert "pytorch" in received(lambda: SpectralNormalization(keras.layers.Dense(4), implementation="pytorch"))
    for number in (0, -1, 1.5, True):
        wrap = functools.partial(SpectralNormalization, keras.layers.Dense(4), power_iterations=number)
        assert received(wrap) == repr(number)
    layers = keras.layers
    for layer in (layers.BatchNormalization(), layers.DepthwiseConv2D(3), layers.SeparableConv2D(4, 3), "Dense"):
        assert type(layer).__name__ in received(functools.partial(SpectralNormalization, layer))
    noisy = keras.layers.Dense(4, activity_regularizer="l2", name="noisy")
    assert "noisy" in received(lambda: SpectralNormalization(noisy))
    assert "Dense" in received(lambda: spectrally_normalized_kernel(keras.layers.Dense(4)))
    unbuilt = SpectralNormalization(keras.layers.Dense(4), name="unbuilt")
    assert "unbuilt" in received(lambda: spectrally_normalized_kernel(unbuilt))
