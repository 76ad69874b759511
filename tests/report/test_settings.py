import yaml

from tfgan_course.report.facts import differing, flat

CONFIG = """
loss: {class_path: tfgan_course.objectives.losses.Wasserstein}
critic: {class_path: tfgan_course.models.DCGANCritic, init_args: {width: 64, normalization: none}}
critic_terms:
- class_path: tfgan_course.objectives.terms.GradientPenalty
  init_args: {weight: 10.0, one_sided: false}
- class_path: mine.Term
augmentations: []
data: {name: null, size: 28}
learning_rate: 0.0002
"""


def test_options_are_named_as_on_the_command_line():
    assert flat(yaml.safe_load(CONFIG)) == {
        "loss": "Wasserstein",
        "critic": "DCGANCritic",
        "critic.width": "64",
        "critic.normalization": "none",
        "critic_terms": "GradientPenalty(weight=10, one_sided=false), Term",
        "augmentations": "none",
        "data.name": "none",
        "data.size": "28",
        "learning_rate": "0.0002",
    }


def test_only_what_differs_is_named_also_what_one_does_not_have():
    runs = [
        {"loss": "Hinge", "seed": "0"},
        {"loss": "Hinge", "seed": "1"},
        {"loss": "Hinge", "seed": "0", "width": "2"},
    ]
    assert differing(runs) == ["seed", "width"]
    assert differing(runs[:1]) == []
    assert differing([{"ema_half_life": "none"}, {}]) == []
