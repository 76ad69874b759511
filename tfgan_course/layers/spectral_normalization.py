import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.layers.grouped_convolution import GroupedConv2D

CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
# The kernel of these layers is (height, width, out, in); all other kernels end in (in, out).
TRANSPOSED = (keras.layers.Conv2DTranspose,)
SUPPORTED = (keras.layers.Dense, keras.layers.Embedding, *CONVOLUTIONS, GroupedConv2D, *TRANSPOSED)


@keras.utils.register_keras_serializable(package="tfgan_course")
class SpectralNormalization(keras.layers.Wrapper):
    """Divide a layer's kernel by its largest singular value: activation(SN(W) x + b), SN(W) = W / sigma(W).

    Miyato, Kataoka, Koyama, Yoshida 2018, arXiv:1802.05957, eq. 8 and Algorithm 1. The kernel is read as a matrix with
    one row for each output channel. Each call with `training=True` improves the estimate of its first singular vectors
    by `power_iterations` steps

        v <- W^T u / ||W^T u||,    u <- W v / ||W v||,    sigma = u^T W v,

    and stores u. The gradient treats u and v as constants and sigma as a function of W (eq. 12). With `training=False`
    or `trainable=False` v and sigma come from the stored u, and nothing changes. The bias is not divided.
    `wrapper.layer.kernel` stays the raw W, so constraints, regularizers and initializers of the wrapped layer work as
    they do without the wrapper.
    An all-zero kernel does not change.

    u, v and sigma are float32 under every precision policy; the layer itself keeps its own policy.

    Args:
        layer: a `Dense`, `Conv1D`, `Conv2D`, `GroupedConv2D`, `Conv3D`, `Conv2DTranspose` or `Embedding`. Other
            subclasses of these are errors, because they may use their kernel in another way. Inputs and outputs have
            the layer's shapes.
        implementation: "paper" is the class described above. "keras" and "addons" return
            `keras.layers.SpectralNormalization` and `tensorflow_addons.layers.SpectralNormalization` instead:
            both overwrite the kernel itself with W / sigma at every training call, and pass no gradient through sigma.
            They accept every layer with a kernel, and have no `seed`. `tf.function` cannot trace Keras 2's layer, which
            trains only with `run_eagerly=True`.
        power_iterations: steps for each training call, at least 1. The paper uses 1.
        seed: seed of the first u, so that two builds are equal.
        **kwargs: `name` and `trainable`, as for every Keras layer.

    Raises:
        UserError: if an argument is out of its range, the layer is of another class or has an activity regularizer, or
            tensorflow-addons cannot be imported.

    Example:
        >>> SpectralNormalization(keras.layers.Conv2D(64, 4, strides=2, padding="same", activation="relu"))
    """

    def __new__(cls, layer, implementation="paper", power_iterations=1, seed=0, **kwargs):
        whole = isinstance(power_iterations, int) and not isinstance(power_iterations, bool) and power_iterations >= 1
        require(whole, "power_iterations, an integer of at least 1", repr(power_iterations), "The paper uses 1")
        # Python calls __init__ only on instances of cls, so the other libraries' layers are returned complete.
        if implementation == "keras":
            if keras.mixed_precision.global_policy().compute_dtype == "float16":
                # Its power iteration in float16 overflows where it divides by a norm.
                kwargs = {"dtype": "float32", "autocast": False, **kwargs}
            return keras.layers.SpectralNormalization(layer, power_iterations=power_iterations, **kwargs)
        if implementation == "addons":
            return _addons_class()(layer, power_iterations=power_iterations, **kwargs)
        expected = "an implementation of SpectralNormalization: 'paper', 'keras' or 'addons'"
        require(implementation == "paper", expected, repr(implementation), "Choose one of these")
        return super().__new__(
            cls, layer, implementation=implementation, power_iterations=power_iterations, seed=seed, **kwargs
        )

    def __init__(
        self,
        layer: keras.layers.Layer,
        implementation: str = "paper",
        power_iterations: int = 1,
        seed: int = 0,
        **kwargs,
    ):
        supported = f"one of {', '.join(cls.__name__ for cls in SUPPORTED)} for SpectralNormalization"
        received = f"{layer!r} of class {type(layer).__name__}"
        require(type(layer) in SUPPORTED, supported, received, "Do not wrap this layer")
        require(
            layer.activity_regularizer is None,
            "a layer without activity_regularizer, which SpectralNormalization would lose",
            f"{layer.name!r} with {layer.activity_regularizer!r}",
            "Put a keras.layers.ActivityRegularization layer after it",
        )
        # The wrapper is float32 without autocast. Otherwise Keras would cast the kernel and u to a mixed policy's
        # bfloat16.
        super().__init__(layer, dtype="float32", autocast=False, **kwargs)
        self.implementation = implementation
        self.power_iterations = power_iterations
        self.seed = seed

    def build(self, input_shape=None):
        super().build(input_shape)
        self.u = self.add_weight(
            name="u",
            shape=(_matrix(self.layer).shape[-1],),
            initializer=keras.initializers.RandomNormal(seed=self.seed),
            trainable=False,
        )

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        layer, sigma = self.layer, self._sigma(training and self.trainable)
        if isinstance(layer, keras.layers.Embedding):
            outputs = layer(inputs)
            return outputs / tf.cast(sigma, outputs.dtype)

        inputs = tf.cast(inputs, layer.compute_dtype)
        if isinstance(layer, keras.layers.Dense):
            linear = tf.matmul
        elif _is_plain_convolution(layer):
            linear = layer.convolution_op
        else:
            # For cases that the layer's own call treats specially, divide the input: W (x / sigma) is the same, because
            # the layer is linear. It is slower: it divides the whole input, and the first layer of a network then needs
            # a gradient for its input.
            return layer(inputs / tf.cast(sigma, inputs.dtype))

        kernel = tf.convert_to_tensor(layer.kernel)
        outputs = linear(inputs, tf.cast(kernel / tf.cast(sigma, kernel.dtype), inputs.dtype))
        if layer.use_bias:
            outputs += tf.cast(layer.bias, outputs.dtype)
        return layer.activation(outputs)

    def _sigma(self, training: bool | None) -> tf.Tensor:
        matrix = _matrix(self.layer)
        constant = tf.stop_gradient(matrix)
        u = tf.convert_to_tensor(self.u)
        if training:
            for _ in range(self.power_iterations):
                v = tf.math.l2_normalize(tf.linalg.matvec(constant, u))
                u = tf.math.l2_normalize(tf.linalg.matvec(constant, v, transpose_a=True))
        else:
            v = tf.math.l2_normalize(tf.linalg.matvec(constant, u))
        sigma = tf.reduce_sum(u * tf.linalg.matvec(matrix, v, transpose_a=True))
        if training:
            # A zero kernel has no singular vectors. If its u = 0 were stored, it would stay 0 forever.
            self.u.assign(tf.where(sigma > 0, u, self.u))
        return tf.where(sigma > 0, sigma, 1.0)

    def get_config(self) -> dict:
        config = super().get_config()
        del config["dtype"]  # its kernel is always float32
        own = {name: getattr(self, name) for name in ("implementation", "power_iterations", "seed")}
        return {**config, **own}


def spectrally_normalized_kernel(wrapper: keras.layers.Wrapper) -> tf.Tensor:
    """Return the kernel that a forward pass with `training=False` uses, in its own shape and variable dtype.

    Args:
        wrapper: a built `SpectralNormalization` of any of the three implementations; a `UserError` otherwise.
    """
    wraps = isinstance(wrapper, keras.layers.Wrapper) and type(wrapper).__name__ == "SpectralNormalization"
    require(wraps, "a SpectralNormalization wrapper", repr(wrapper), "Pass the wrapper, not the layer inside")
    built = f"{wrapper.name!r} before its first call"
    require(wrapper.built, "a SpectralNormalization that is built", built, "Call the layer on a batch first")
    kernel = tf.convert_to_tensor(_kernel(wrapper.layer))
    if isinstance(wrapper, SpectralNormalization):
        kernel /= tf.cast(wrapper._sigma(training=False), kernel.dtype)
    return kernel


def _addons_class() -> type:
    try:
        from tensorflow_addons.layers import SpectralNormalization as AddonsSpectralNormalization
    except ImportError as error:
        raise UserError(
            expected="tensorflow-addons for implementation='addons'",
            received=str(error),
            remedy="Install it with `pip install 'tfgan-course[addons]'` under Python 3.10 or 3.11, which installs "
            "TensorFlow 2.15, or use implementation='paper'",
        ) from error
    return AddonsSpectralNormalization


def _kernel(layer: keras.layers.Layer) -> tf.Variable:
    return layer.embeddings if isinstance(layer, keras.layers.Embedding) else layer.kernel


def _matrix(layer: keras.layers.Layer) -> tf.Tensor:
    """Return the kernel as a float32 matrix (all other axes, output channels): the paper's W, transposed."""
    kernel = tf.cast(_kernel(layer), tf.float32)
    if isinstance(layer, TRANSPOSED):
        kernel = tf.transpose(kernel, [0, 1, 3, 2])
    return tf.reshape(kernel, [-1, kernel.shape[-1]])


def _is_plain_convolution(layer: keras.layers.Layer) -> bool:
    return (
        type(layer) in CONVOLUTIONS
        and layer.groups == 1
        and layer.padding != "causal"
        and layer.data_format == "channels_last"
    )
