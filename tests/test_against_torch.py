import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course import GAN
from tfgan_course.models import DCGANCritic
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms.gradient_penalties import deviation_from_one, squared_gradient_norms
from tfgan_course.randomness import Draws

torch = pytest.importorskip(
    "torch", reason="without PyTorch, the gradient penalty's double backward is not compared with another library's"
)


def random_weights(critic, scale: float) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [scale * rng.normal(0.1, 0.3, weight.shape).astype(np.float32) for weight in critic.get_weights()]


def torch_score(images: "torch.Tensor", weights: list["torch.Tensor"]) -> "torch.Tensor":
    """What DCGANCritic with layer normalization computes for 16 pixels, from its weights in their own layout."""
    kernel1, bias1, kernel2, bias2, gamma, beta, dense, dense_bias = weights
    f = torch.nn.functional
    x = images.permute(0, 3, 1, 2)
    x = f.leaky_relu(f.conv2d(x, kernel1.permute(3, 2, 0, 1), bias1, stride=2, padding=1), 0.2)
    x = f.conv2d(x, kernel2.permute(3, 2, 0, 1), bias2, stride=2, padding=1)
    x = f.leaky_relu(f.group_norm(x, 1, gamma, beta, eps=1e-5), 0.2)
    return x.permute(0, 2, 3, 1).flatten(1) @ dense + dense_bias


def torch_penalty(images: np.ndarray, weights: list[np.ndarray], one_sided: bool) -> tuple[float, list[np.ndarray]]:
    images = torch.tensor(images, requires_grad=True)
    weights = [torch.tensor(weight, requires_grad=True) for weight in weights]
    score = torch_score(images, weights)
    (gradient,) = torch.autograd.grad(score.sum(), images, create_graph=True)
    deviation = gradient.flatten(1).norm(dim=1) - 1
    penalty = (torch.relu(deviation) if one_sided else deviation).square().mean()
    gradients = torch.autograd.grad(penalty, weights, allow_unused=True, materialize_grads=True)
    return penalty.item(), [gradient.numpy() for gradient in gradients]


@pytest.mark.parametrize("one_sided", [False, True])
def test_the_gradient_penalty_and_its_gradient_equal_a_double_backward(one_sided):
    gan = GAN(tiny.generator(16, channels=3), DCGANCritic(width=4, normalization="layer").build((16, 16, 3)))
    weights = random_weights(gan.critic, scale=0.9)
    gan.critic.set_weights(weights)
    images = np.random.default_rng(1).uniform(-1, 1, (5, 16, 16, 3)).astype(np.float32)

    with tf.GradientTape() as tape:
        pair = Pair(gan, Batch(tf.constant(images)), Batch(tf.constant(images)), Draws(0, gan.step, "critic_0"))
        norms = squared_gradient_norms(pair, pair.real)
        penalty = deviation_from_one(norms, one_sided)
    gradients = tape.gradient(penalty, gan.critic.trainable_variables)

    # One image on either side of 1, so that the one-sided penalty is another number.
    assert norms.numpy().min() < 1 < norms.numpy().max()
    expected, expected_gradients = torch_penalty(images, weights, one_sided)
    np.testing.assert_allclose(penalty, expected, rtol=1e-4)
    for variable, gradient, wanted in zip(gan.critic.weights, gradients, expected_gradients, strict=True):
        # The last bias moves every score alike: no gradient.
        gradient = np.zeros_like(wanted) if gradient is None else gradient
        np.testing.assert_allclose(gradient, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max(), err_msg=variable.name)
