import numpy as np
import pytest

from tests import tiny
from tests.objectives.terms.translation import translating_gan, translation_pair
from tfgan_course.errors import UserError
from tfgan_course.objectives.terms import AbsoluteError


def test_is_the_mean_distance_of_pixels_of_the_same_condition():
    gan = translating_gan(generator_terms=[AbsoluteError()])
    pair = translation_pair(gan)
    distance = np.abs(pair.real.images.numpy() - gan.generator(pair.real.condition).numpy()).mean()
    np.testing.assert_allclose(AbsoluteError()(pair), distance, rtol=1e-5)


def test_its_weight_is_the_papers():
    assert AbsoluteError().weight == 100.0


def test_refuses_a_generator_without_a_condition():
    with pytest.raises(UserError) as error:
        tiny.gan(generator_terms=[AbsoluteError()])
    assert error.value.received == "one that takes latents"
