"""Every combination of loss, terms, conditioning, networks and tricks trains, or is refused by one error."""

import warnings

import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.config.parser import from_words
from tfgan_course.errors import UserError
from tfgan_course.runs.build import build

LOSSES = ["NonSaturating", "Minimax", "LeastSquares", "Wasserstein", "Hinge"]
CRITIC_TERMS = ["GradientPenalty", "DRAGAN", "R1", "R2", "HistoricalAveraging", "ConsistencyRegularization", "LeCam"]
CRITIC_TERMS += ["RealClassification", "FakeClassification", "GradientAveraging"]
GENERATOR_TERMS = ["FeatureMatching", "HistoricalAveraging", "GradientAveraging", "FakeClassification", "ModeSeeking"]
GENERATOR_CONDITIONINGS = ["null", "ConcatenatedOneHot", "FirstOneHot", "ConcatenatedEmbedding"]
GENERATOR_CONDITIONINGS += ["ConditionalNormalization"]
CRITIC_CONDITIONINGS = ["null", "EmbeddedChannel", "ConcatenatedLabels", "Projection", "AuxiliaryClassifier"]
CRITIC_CONDITIONINGS += ["SemiSupervised"]
NETWORKS = {"Simple": 8, "DCGAN": 2, "ResNet": 2, "IE534": 2}
SHARES = [0.4, 0.3, 0.15, 0.15]  # large graphs take long to build
NORMALIZATIONS = ["batch", "layer", "instance", "spectral", "none", "spectral+batch"]
TRICKS = [
    ["--augmentations+=DiffAugment"],
    ["--augmentations+=AdaptiveAugment"],
    ["--augmentations+=InstanceNoise"],
    ["--real_augmentations+=RandomResizedCrop", "--real_augmentations+=ColorJitter"],
    ["--label_noise.real=[0.7,1.2]", "--label_noise.flip_rate=0.1"],
    ["--latents=Spherical"],
    ["--latents=Uniform"],
    ["--joint_batches=false"],
    ["--reuse_fakes=true"],
    ["--generator_first=true"],
    ["--fake_labels=real"],
    ["--generator_loss_weight=0"],
    ["--critic_updates=2"],
    ["--ema_half_life=null"],
    ["--critic.batch_statistics=MinibatchDiscrimination"],
    ["--critic.batch_statistics=MinibatchStandardDeviation"],
    ["--critic.weight_clip=0.1"],
    ["--critic_optimizer=SGD"],
]


def draw(rng: np.random.Generator) -> list[str]:
    """Return the options of a random configuration.

    A conditional generator usually gets a critic and classification terms that match, because otherwise nearly all
    configurations would be refused.
    """
    conditional = rng.random() < 0.5
    network = {player: str(rng.choice(list(NETWORKS), p=SHARES)) for player in ("generator", "critic")}
    args = ["--loss", str(rng.choice(LOSSES))]
    for player, kind in (("generator", "Generator"), ("critic", "Critic")):
        args += [f"--{player}={network[player]}{kind}", f"--{player}.width={NETWORKS[network[player]]}"]
    args.append(f"--critic.normalization={rng.choice(NORMALIZATIONS)}")
    if conditional:
        args.append(f"--generator_conditioning={rng.choice(GENERATOR_CONDITIONINGS)}")
        args.append(f"--critic_conditioning={rng.choice(CRITIC_CONDITIONINGS)}")
    critic_terms = list(rng.choice(CRITIC_TERMS, rng.integers(0, 3), replace=False))
    generator_terms = list(rng.choice(GENERATOR_TERMS, rng.integers(0, 2), replace=False))
    if args[-1].endswith(("=AuxiliaryClassifier", "=SemiSupervised")) and rng.random() < 0.8:
        critic_terms.append("RealClassification")
        if "--generator_conditioning=null" not in args:
            generator_terms.append("FakeClassification")
    args += [f"--critic_terms+={term}" for term in dict.fromkeys(critic_terms)]
    args += [f"--generator_terms+={term}" for term in dict.fromkeys(generator_terms)]
    for index in rng.choice(len(TRICKS), rng.integers(0, 4), replace=False):
        args += TRICKS[index]
    args += ["--latent_size=16", "--batch_size=4", f"--seed={rng.integers(1000)}"]
    if rng.random() < 0.15:
        args += ["--generator.mapping=MappingNetwork", "--generator.mapping.size=8"]
    return args


def trains(args: list[str]) -> bool:
    """Return whether the configuration is accepted; if so, check that its losses stay finite for 20 steps."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 28, 28, 1)).astype(np.uint8)
    labels = rng.integers(0, 10, 8).astype(np.int32)
    sentence = ""
    try:
        config = from_words(args).make()
        gan = build(config, images.shape[1:], classes=10)
    except UserError as refusal:
        sentence = str(refusal)
    if sentence:
        assert 30 < len(sentence) < 400, sentence
        return False
    batches = iter(tf.data.Dataset.from_tensors((images, labels)).repeat())
    step = gan.make_train_function()
    for _ in range(20):
        logs = step(batches)
    broken = [name for name, value in logs.items() if not np.isfinite(value)]
    assert not broken, broken
    return True


COMBINATIONS = [draw(np.random.default_rng(seed)) for seed in range(40)]
accepted = []


@pytest.mark.parametrize("args", COMBINATIONS, ids=range(len(COMBINATIONS)))
def test_a_random_combination_trains_or_is_refused(args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accepted.append(trains(args))


def test_many_combinations_are_possible():
    if len(accepted) < len(COMBINATIONS):
        pytest.skip("only with all combinations of this file run: the share of those that are accepted")
    assert sum(accepted) > len(accepted) / 3
