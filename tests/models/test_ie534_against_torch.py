import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.models.test_ie534 import CRITIC, GENERATOR, rows
from tfgan_course.models import IE534Critic, IE534Generator
from tfgan_course.models.conditioning import AuxiliaryClassifier

torch = pytest.importorskip("torch", reason="without PyTorch, IE 534's networks are not compared with PyTorch's")


def load(modules: list, weights: list[np.ndarray]) -> None:
    """Copy the weights of the Keras model, in their order, into PyTorch's modules."""
    weights = iter([torch.tensor(weight) for weight in weights])
    for module in modules:
        if isinstance(module, torch.nn.Linear):
            module.weight.data, module.bias.data = next(weights).T, next(weights)
        elif isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)):
            module.weight.data, module.bias.data = next(weights).permute(3, 2, 0, 1), next(weights)
        elif isinstance(module, torch.nn.LayerNorm):
            module.weight.data, module.bias.data = next(weights).permute(2, 0, 1), next(weights).permute(2, 0, 1)
        elif isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data, module.bias.data = next(weights), next(weights)
            module.running_mean.data, module.running_var.data = next(weights), next(weights)
    assert not list(weights)


def noised(model: keras.Model) -> list[np.ndarray]:
    """Add noise to the model's weights, so that no symmetry remains, and return them."""
    rng = np.random.default_rng(0)
    weights = [weight + np.abs(rng.normal(0, 0.05, weight.shape)).astype(np.float32) for weight in model.get_weights()]
    model.set_weights(weights)
    return weights


def test_the_critic_and_its_penalty_equal_pytorchs():
    ours = IE534Critic(width=6).build((32, 32, 3), AuxiliaryClassifier(), 10)
    nn, modules = torch.nn, []
    for _, before, after, kernel, padding, stride, size in rows(CRITIC, 6):
        modules += [
            nn.Conv2d(before, after, kernel, stride, padding),
            nn.LayerNorm((after, size, size)),
            nn.LeakyReLU(),
        ]
    modules += [nn.MaxPool2d(4), nn.Flatten()]
    body, fc1, fc10 = nn.Sequential(*modules), nn.Linear(6, 1), nn.Linear(6, 10)
    # The conditioning makes the classes' layer first.
    load([*modules, fc10, fc1], noised(ours))
    images = np.random.default_rng(1).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)

    with tf.GradientTape() as tape:
        x = tf.constant(images)
        with tf.GradientTape() as inner:
            inner.watch(x)
            output = ours(x, training=True)
        slope = inner.gradient(output["score"], x)
        penalty = tf.reduce_mean((tf.norm(tf.reshape(slope, [4, -1]), axis=1) - 1) ** 2)
    gradient = tape.gradient(penalty, ours.get_layer("conv1").kernel)

    x = torch.tensor(images.transpose(0, 3, 1, 2), requires_grad=True)
    hidden = body(x)
    (slope,) = torch.autograd.grad(fc1(hidden).sum(), x, create_graph=True)
    torch_penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    torch_penalty.backward()
    np.testing.assert_allclose(output["score"], fc1(hidden).detach(), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(output["class_logits"], fc10(hidden).detach(), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(penalty, torch_penalty.item(), rtol=1e-3)
    expected = body[0].weight.grad.permute(2, 3, 1, 0).numpy()
    np.testing.assert_allclose(gradient, expected, rtol=1e-2, atol=1e-3 * np.abs(expected).max())


def test_the_generator_equals_pytorchs():
    ours = IE534Generator(width=6).build((32, 32, 3), 100)
    nn = torch.nn
    modules = [nn.Linear(100, 6 * 16), nn.Unflatten(1, (6, 4, 4)), nn.BatchNorm2d(6), nn.ReLU()]
    for kind, before, after, kernel, padding, stride, size in rows(GENERATOR, 6):
        convolution = nn.Conv2d if kind == "conv2d" else nn.ConvTranspose2d
        modules += [convolution(before, after, kernel, stride, padding)]
        modules += [nn.Tanh()] if size == 32 and after == 3 else [nn.BatchNorm2d(after), nn.ReLU()]
    weights = noised(ours)
    # Our dense layer's outputs are (height, width, channels), PyTorch's (channels, height, width).
    for index in (0, 1):
        shape = weights[index].shape[:-1]
        weights[index] = np.moveaxis(weights[index].reshape(*shape, 4, 4, 6), -1, -3).reshape(*shape, 96)
    network = nn.Sequential(*modules)
    load(modules, weights)
    latents = np.random.default_rng(1).normal(size=(5, 100)).astype(np.float32)
    for training in (True, False):
        network.train(training)
        expected = network(torch.tensor(latents)).detach().numpy().transpose(0, 2, 3, 1)
        np.testing.assert_allclose(ours(latents, training=training), expected, rtol=1e-3, atol=1e-4)
    # The second pass saw the moving statistics that the first one left.
    assert expected.std() > 0
