import math
import re
from typing import Any

import numpy as np
import pytest
import yaml

from tfgan_course.augmentation import Augmentation
from tfgan_course.cli.help import objects_in
from tfgan_course.config import parser
from tfgan_course.config.merging import base_of, element_of
from tfgan_course.config.names import options_in
from tfgan_course.config.objects import described
from tfgan_course.config.parser import from_file, from_words, read
from tfgan_course.config.schema import TrainConfig
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError
from tfgan_course.gan.latents import LatentDistribution
from tfgan_course.models import BatchStatistics, DCGANCritic, IE534Critic, SimpleCritic
from tfgan_course.objectives.losses import LeastSquares, NonSaturating, PointwiseLoss
from tfgan_course.objectives.terms import R1, R2, GradientPenalty, Term
from tfgan_course.optimizers.optimizers import Adam, RMSProp
from tfgan_course.plugins.by_name import named_classes
from tfgan_course.plugins.signatures import parameters


def configured(*args: str):
    return from_words(args).make()


def from_python(*args, **options):
    settings = parser.from_python(*args, **options)
    return settings.make(), settings.yaml()


def test_the_defaults_are_dcgan_on_the_packaged_images():
    config = configured()
    assert isinstance(config.loss, NonSaturating)
    assert config.critic.normalization == "batch"
    assert config.data.name == "packaged"


@pytest.mark.parametrize("name", variants())
def test_every_variant_states_its_size_and_names_its_paper(name):
    text = variants()[name].read_text()
    assert "https://" in text.splitlines()[0]  # ganhacks is no paper, but a page
    assert "size:" in text
    read(variants()[name])


@pytest.mark.parametrize("name", ["progan", "stylegan", "stylegan2"])
def test_conditional_forms_differ_in_their_conditioning_alone(name):
    plain, conditional = (yaml.safe_load(variants()[which].read_text()) for which in (name, f"c{name}"))
    told = {key: conditional.pop(key) for key in ("generator_conditioning", "critic_conditioning")}
    assert conditional == plain
    assert told["critic_conditioning"] == "Projection"
    assert told["generator_conditioning"]["class_path"] == "ConcatenatedEmbedding"


def test_an_auxiliary_classifier_needs_the_term_that_teaches_it():
    with pytest.raises(UserError, match="Add RealClassification to critic_terms"):
        configured("--generator_conditioning=ConcatenatedOneHot", "--critic_conditioning=AuxiliaryClassifier")


@pytest.mark.parametrize("critic", ["AuxiliaryClassifier", "SemiSupervised"])
def test_classes_that_the_critic_tells_are_taught_to_both_players(critic):
    told = f"--critic_conditioning={critic}"
    with pytest.raises(UserError, match=f"with critic_conditioning {critic} a term that teaches the critic"):
        configured(told)
    lazy = "--critic_terms=[{class_path: Lazy, init_args: {term: RealClassification, every: 2}}]"
    for taught in ("--critic_terms=[RealClassification]", lazy):
        configured(told, taught)
        conditional = (told, taught, "--generator_conditioning=ConcatenatedOneHot")
        with pytest.raises(UserError, match="Add FakeClassification to generator_terms"):
            configured(*conditional)
        configured(*conditional, "--generator_terms=[FakeClassification]")


def commented_options() -> list[tuple[str, list[str]]]:
    """The options that the variants' comments advise, with their variant unless they name another."""
    found = []
    for name, path in variants().items():
        comment = " ".join(line.strip("# ") for line in path.read_text().splitlines() if line.startswith("#"))
        for advised in re.findall(r"--[\w.]+(?:\+?=| )\S+(?: --[\w.]+(?:\+?=| )\S+)*", comment):
            args = advised.rstrip(".,:;)").split()
            if "|" not in advised:  # alternatives, of which each TensorFlow has one
                found.append((name, args if "--variant" in args else ["--variant", name, *args]))
    return found


@pytest.mark.parametrize(("variant", "args"), commented_options())
def test_what_a_variants_comment_advises_can_be_written(variant, args):
    configured(*args)


def test_one_class_where_a_list_is_wanted_is_answered_with_how_to_write_it():
    for option in ("critic_terms", "metrics.names"):
        with pytest.raises(UserError) as error:
            configured(f"--{option}", "R1")
        assert f"--{option}=[R1]" in error.value.remedy
        assert f"--{option}+=R1" in error.value.remedy


def test_the_command_line_overrides_the_file_whichever_comes_first():
    for args in (
        ("--variant", "lsgan", "--loss.labels", "pearson_chi2"),
        ("--variant=lsgan", "--loss.labels=[-1,1,0]"),
    ):
        loss = configured(*args).loss
        assert isinstance(loss, LeastSquares)
        assert (loss.a, loss.b, loss.c) == (-1, 1, 0)


def test_terms_are_appended_replaced_and_removed():
    base = ("--variant", "wgan_gp")
    assert [type(term) for term in configured(*base, "--critic_terms+=R1").critic_terms] == [GradientPenalty, R1]
    assert [type(term) for term in configured(*base, "--critic_terms=[R1]").critic_terms] == [R1]
    assert configured(*base, "--critic_terms=[]").critic_terms == []
    assert configured(*base, "--critic_terms.weight", "3").critic_terms[0].weight == 3


def test_a_file_that_names_another_class_gets_that_class_own_defaults(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text("critic: SimpleCritic\ncritic_optimizer: {class_path: RMSProp}\nbatch_size: 32\n")
    config = configured("--config", str(file))
    assert config.critic == SimpleCritic()
    assert config.critic_optimizer == RMSProp()
    assert config.batch_size == 32


@pytest.mark.parametrize(
    ("args", "critic"),
    [
        (("--critic", "IE534Critic"), IE534Critic()),
        (("--critic=SimpleCritic", "--critic.width=8"), SimpleCritic(width=8)),
        (("--critic.width=8", "--critic=SimpleCritic"), SimpleCritic(width=8)),
        (('--critic={"class_path": "SimpleCritic", "init_args": {"depth": 3}}',), SimpleCritic(depth=3)),
        (("--critic.weight_clip=0.1", "--critic=tfgan_course.models.SimpleCritic"), SimpleCritic(weight_clip=0.1)),
        # The class that the file names: its arguments stay.
        (("--critic=DCGANCritic",), DCGANCritic(width=32, normalization="spectral")),
    ],
)
def test_a_class_named_on_the_command_line_gets_its_own_defaults_too(args, critic, tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text("critic: {class_path: DCGANCritic, init_args: {width: 32, normalization: spectral}}")
    assert configured("--config", str(file), *args).critic == critic


def test_a_schedule_that_changes_gets_its_own_defaults(tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("critic_optimizer: {schedule: {class_path: StepDecay, init_args: {factor: 0.5, floor: 1.0e-5}}}")
    second.write_text("critic_optimizer: {schedule: ExponentialDecay}")
    for args in (("--config", str(second)), ("--critic_optimizer.schedule", "ExponentialDecay")):
        optimizer = configured("--config", str(first), "--critic_optimizer.learning_rate=0.001", *args).critic_optimizer
        assert (optimizer.schedule.factor, optimizer.schedule.floor) == (0.7, 0.0)
        assert optimizer.learning_rate == 0.001


def test_appended_terms_keep_their_order_and_arguments():
    args = ("--critic_terms+=R1", "--critic_terms.weight=3", "--critic_terms+=R2", "--critic.normalization=none")
    assert [(type(term), term.weight) for term in configured(*args).critic_terms] == [(R1, 3), (R2, 10)]


def test_the_command_line_overrides_files_wherever_they_stand(tmp_path):
    assert configured("--critic=SimpleCritic", "--variant", "dcgan").critic == SimpleCritic()
    config = configured("--epochs", "1", "--batch_size", "8", "--variant", "lsgan")
    assert (config.epochs, config.batch_size, type(config.loss)) == (1, 8, LeastSquares)
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("epochs: 2\nbatch_size: 4")
    second.write_text("epochs: 3")
    config = configured("--config", str(first), "--latent_size=7", "--config", str(second))
    assert (config.epochs, config.batch_size, config.latent_size) == (3, 4, 7)


@pytest.mark.parametrize(
    ("option", "known"),
    [
        ("generator", "CUTGenerator, DCGANGenerator, IE534Generator, ProGANGenerator, R3GANGenerator, ResNetGenerator"),
        ("generator.mapping", "MappingNetwork, StyleGANMapping"),
        ("critic_optimizer", "Adam, AdamW, Lion, Nesterov, RMSProp, SGD"),
        ("critic_optimizer.schedule", "Constant, Cosine, ExponentialDecay, Linear, LinearDecay, StepDecay"),
        ("critic_conditioning", "AuxiliaryClassifier"),
        ("latents", "Normal, Spherical, Uniform"),
    ],
)
def test_an_unknown_class_is_answered_with_the_known_ones(option, known, tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text(yaml.safe_dump(nested(option.split("."), "Nonsense")))
    for args in ((f"--{option}", "Nonsense"), (f"--{option}=nonsense",), ("--config", str(file))):
        with pytest.raises(UserError) as error:
            configured(*args)
        assert option in error.value.expected
        assert known in error.value.expected
        assert "onsense" in error.value.received
        assert "LazyInstance" not in str(error.value)


@pytest.mark.parametrize("name", ["Adam", "nowhere.Critic", "tfgan_course.models.NoCritic", "keras.layers.Dense"])
def test_what_is_no_critic_is_answered_with_those_there_are(name):
    with pytest.raises(UserError) as error:
        configured("--critic", name)
    assert "SimpleCritic" in error.value.expected


@pytest.mark.parametrize(
    ("option", "base", "method"),
    [
        ("loss", PointwiseLoss, "generator"),
        ("critic_terms", Term, "__call__"),
        ("augmentations", Augmentation, "__call__"),
        ("critic.batch_statistics", BatchStatistics, "join"),
        ("latents", LatentDistribution, "of_normal"),
    ],
)
def test_a_class_that_lacks_a_method_is_refused_with_the_method(option, base, method):
    value = type("Unfinished", (base,), {"__module__": __name__})
    name, _, argument = option.partition(".")
    value = {argument: value} if argument else [value] if name in ("critic_terms", "augmentations") else value
    with pytest.raises(UserError) as error:
        from_python(**{name: value})
    assert option in error.value.expected
    assert method in error.value.received


def test_a_wrong_value_is_not_answered_with_classes():
    with pytest.raises(UserError, match="wide") as error:
        configured("--critic.width", "wide")
    assert "SimpleCritic" not in str(error.value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--critc=SimpleCritic", ["--critic"]),
        ("--critic_optimizer.scedule=Cosine", ["--critic_optimizer.schedule"]),
        ("--lr=0.1", ["--generator_optimizer.learning_rate", "--critic_optimizer.learning_rate"]),
        ("--learning_rate=0.1", ["--generator_optimizer.learning_rate", "--critic_optimizer.learning_rate"]),
        ("--batch-size=8", ["--batch_size"]),
        ("--epoch=8", ["--epochs"]),
        ("--size=32", ["--data.size"]),
        ("--discriminator=SimpleCritic", ["--critic"]),
        ("--loss=lsgan", ["--loss LeastSquares", "--variant lsgan"]),
        ("--generator=stylegan2", ["--generator StyleGAN2Generator", "--variant stylegan2"]),
        ("--critic=simple_gan", ["--critic SimpleCritic", "--variant simple_gan"]),
        ("--loss=leastsquares", ["LeastSquares"]),
    ],
)
def test_an_option_that_does_not_exist_is_answered_with_the_one_meant(typed, meant):
    with pytest.raises(UserError) as error:
        configured(typed)
    for option in meant:
        assert f"{option} " in error.value.remedy.replace("?", " ")


def test_a_value_may_begin_with_a_minus():
    with pytest.raises(UserError, match=r"--batch_size.*-3"):
        configured("--batch_size", "-3")
    assert configured("--early_stopping.min_delta", "-0.5").early_stopping.min_delta == -0.5


def nested(keys: list[str], value: object) -> object:
    return {keys[0]: nested(keys[1:], value)} if keys else value


def test_what_is_written_down_reads_back_equal(tmp_path):
    given = ["--critic_terms+=R1", "--data.classes", "Dress,Coat", "--seed", "3", "--ema_half_life", "null"]
    file = tmp_path / "config.yaml"
    file.write_text(from_words(["--variant", "sngan", *given]).yaml())
    config = read(file)
    assert config.ema_half_life is None
    assert config.critic.normalization == "spectral"
    assert config.critic_terms[0].weight == 10
    assert config.seed == 3
    assert from_file(file).yaml() == file.read_text()


@pytest.mark.parametrize("option", ["--ema_half_life=-1", "--latent_size=0", "--seed=-1", "--precision=float8"])
def test_values_out_of_range_are_refused(option):
    with pytest.raises(UserError, match=option.partition("=")[0].lstrip("-")):
        configured(option)


def test_a_configuration_of_an_earlier_version_finds_the_classes_that_have_moved_since(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(
        "loss:\n  class_path: tfgan_course.losses.LeastSquares\n  init_args:\n    labels: pearson_chi2\n"
        "critic_terms:\n- class_path: tfgan_course.terms.R1\n  init_args:\n    weight: 3.0\n"
        "critic:\n  class_path: tfgan_course.models.SimpleCritic\n"
    )
    config = read(file)
    assert (config.loss.a, config.loss.b) == (-1.0, 1.0)
    assert [(type(term), term.weight) for term in config.critic_terms] == [(R1, 3.0)]
    assert isinstance(config.critic, SimpleCritic)


def test_the_decay_of_an_earlier_version_is_a_half_life_in_images(tmp_path):
    file = tmp_path / "old.yaml"
    file.write_text("batch_size: 32\nema_decay: 0.999\ncritic_updates: 2\n")
    with pytest.warns(UserWarning, match="ema_decay 0.999"):
        config, text = (settings := from_file(file)).make(), settings.yaml()
    assert config.ema_half_life == round(64 * math.log(0.5) / math.log(0.999)) == 44339
    assert "ema_half_life: 44339.0" in text
    assert "ema_decay" not in text
    with pytest.warns(UserWarning, match="ema_decay 0.5"):
        assert configured("--ema_decay", "0.5", "--batch_size", "10").ema_half_life == 10
    # A later option overrides it, as it overrides its own name of today.
    assert from_file(file, ["--ema_half_life", "7"]).make().ema_half_life == 7
    assert from_python(ema_decay=None)[0].ema_half_life is None
    file.write_text("ema_decay: 1.0")
    with pytest.raises(UserError) as error:
        from_file(file)
    assert f"{file}, line 1: ema_decay" in error.value.expected


def test_a_configuration_from_python_uses_the_very_objects_and_writes_down_what_they_are(tmp_path):
    loss, term = LeastSquares("pearson_chi2"), R1(3)
    config, text = from_python(
        "wgan_gp",
        loss=loss,
        critic={"width": 32, "normalization": "layer"},
        critic_terms=[term, {"class_path": "R2", "init_args": {"weight": 2}}, "GradientPenalty"],
        critic_optimizer=RMSProp(1e-3),
        generator_optimizer={"schedule": "Cosine"},
        data={"folder": tmp_path, "size": np.int64(32)},
        batch_size=8,
        ema_half_life=None,
    )
    assert config.loss is loss
    assert config.critic_terms[0] is term
    assert [(type(term), term.weight) for term in config.critic_terms] == [(R1, 3), (R2, 2), (GradientPenalty, 10)]
    assert config.critic == DCGANCritic(width=32, normalization="layer")
    assert config.generator_optimizer == Adam(
        1e-4, beta_1=0.0, beta_2=0.9, schedule=config.generator_optimizer.schedule
    )
    file = tmp_path / "config.yaml"
    file.write_text(text)
    again = read(file)
    assert (again.loss.a, again.loss.b, again.loss.c) == (-1, 1, 0)
    assert [(type(term), term.weight) for term in again.critic_terms] == [(R1, 3), (R2, 2), (GradientPenalty, 10)]
    assert (again.critic, again.critic_optimizer) == (config.critic, config.critic_optimizer)
    assert (again.data.folder, again.data.size, again.batch_size, again.ema_half_life) == (str(tmp_path), 32, 8, None)


def _ours(cls: type) -> bool:
    return cls.__module__.startswith("tfgan_course.")


def test_every_argument_of_every_class_of_ours_is_explained():
    for path, base in objects_in(options_in(TrainConfig, complete=True)):
        classes = [] if path == "data.source" else named_classes(base).values()  # ours are made by Python
        for cls in filter(_ours, classes):
            for name, argument in parameters(cls).items():
                assert argument.meaning or argument.hint is Any, (cls, name)  # Any: of Keras's layers


def made_by_default(base: type) -> dict[str, object]:
    """Return an object of each class that can be named and whose arguments all have defaults."""
    return {name: cls() for name, cls in named_classes(base).items() if name != "Lazy" and _ours(cls)}


@pytest.mark.parametrize("option", ["loss", "critic_terms", "augmentations", "generator", "critic", "critic_optimizer",
                                    "latents", "critic_conditioning", "generator_conditioning"])  # fmt: skip
def test_objects_of_every_class_of_ours_can_be_described(option):
    hint = options_in(TrainConfig, complete=True)[option].hint
    for name, made in made_by_default(base_of(element_of(hint) or hint)).items():
        assert described(made)["class_path"].endswith(f".{name}")


def test_an_object_that_no_text_describes_is_named_and_refused_when_it_is_read_again(tmp_path):
    class Loss(LeastSquares):
        """A class inside a function, which no other process can find."""

    config, text = from_python(loss=Loss())
    assert type(config.loss) is Loss
    file = tmp_path / "config.yaml"
    file.write_text(text)
    assert "Loss object" in yaml.safe_load(text)["loss"]
    with pytest.raises(UserError) as error:
        read(file)
    assert "loss" in error.value.expected
    assert "Loss object" in error.value.received


def test_a_configuration_that_python_code_changed_is_written_down_as_it_trains(tmp_path):
    config = from_words(["--variant", "wgan_gp", "--epochs", "3"]).make()
    config.loss, config.samples.count = LeastSquares("pearson_chi2"), 9
    again, text = from_python(config, batch_size=8)
    assert again.loss is config.loss
    (tmp_path / "config.yaml").write_text(text)
    written = read(tmp_path / "config.yaml")
    assert (type(written.loss), written.loss.labels) == (LeastSquares, "pearson_chi2")
    assert (written.samples.count, written.epochs, written.batch_size) == (9, 3, 8)
    assert [(type(term), term.weight) for term in written.critic_terms] == [(GradientPenalty, 10)]


@pytest.mark.parametrize(
    "options", [{"losss": 1}, {"critic": {"widht": 3}}, {"batch_size": "many"}, {"data": {"siz": 3}}]
)
def test_a_mistake_in_python_names_the_argument(options):
    with pytest.raises(UserError, match=re.escape(next(iter(options)))):
        from_python(**options)


@pytest.mark.parametrize("option", ["trackers", "critic", "precision", "epochs", "samples"])
def test_null_is_refused_where_an_option_needs_a_value(option):
    with pytest.raises(UserError) as error:
        from_python(**{option: None})
    assert option in error.value.expected
    assert from_python(health=None, ema_half_life=None)[0].health is None


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("epochs: 3\nseed: 1\nepochs: 5\n", ("1", "3")),
        ("critic:\n  width: 3\n  width: 5\n", ("2", "3")),
        ("critic_terms: [{class_path: R1, class_path: R2}]\n", ("1", "1")),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(text, lines, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert tuple(re.findall(r"line (\d+)", error.value.received)) == lines[::-1]
    assert "mine.yaml" in error.value.expected
    with pytest.raises(UserError):
        configured("--critic", "{width: 3, width: 5}")


def test_a_file_that_names_a_file_is_refused(tmp_path):
    for key in ("config", "variant"):
        (tmp_path / "mine.yaml").write_text(f"{key}: lsgan\n")
        with pytest.raises(UserError) as error:
            configured("--config", str(tmp_path / "mine.yaml"))
        assert f"mine.yaml, line 1: {key}" in error.value.received
        assert "--config" in error.value.remedy


@pytest.mark.parametrize(("text", "found"), [("- a\n- b\n", "a list"), ("epochs 3\n", "'epochs 3'"), ("", "none")])
def test_a_file_without_options_is_refused_with_what_it_holds(text, found, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert error.value.received == found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_may_have_each_encoding_with_a_mark(encoding, tmp_path):
    (tmp_path / "mine.yaml").write_text("epochs: 3\n", encoding=encoding)
    assert configured("--config", str(tmp_path / "mine.yaml")).epochs == 3


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_other_encodings_are_refused_with_what_to_do(encoding, tmp_path):
    (tmp_path / "mine.yaml").write_text("epochs: 3\n", encoding=encoding)
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert "UTF-8" in error.value.remedy


@pytest.mark.parametrize("option", ["critic_terms", "critic", "checkpoints", "metrics.names", "latent_size"])
@pytest.mark.parametrize("value", ["[R1", "{class_path: R1"])
def test_a_bracket_that_is_not_closed_is_named(option, value):
    with pytest.raises(UserError) as error:
        configured(f"--{option}", value)
    assert repr(value) in error.value.received
    assert "bracket" in error.value.remedy


WRONG_PARTS = [
    ("critic.width", 0),
    ("generator.width", 0),
    ("data.size", 27),
    ("data.held_out", 0),
    ("critic_optimizer.learning_rate", 0),
    ("checkpoints.keep", 0),
]


@pytest.mark.parametrize(("option", "value"), WRONG_PARTS)
def test_a_value_that_an_object_refuses_is_named_as_it_was_typed(option, value, tmp_path):
    with pytest.raises(UserError) as error:
        configured(f"--{option}", str(value))
    assert f"--{option}" in f"{error.value.expected} {error.value.received}"
    group, part = option.split(".")
    (tmp_path / "mine.yaml").write_text(f"seed: 1\n{group}:\n  {part}: {value}\n")
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert f"mine.yaml, line 3: {option}" in f"{error.value.expected} {error.value.received}"
    with pytest.raises(UserError) as error:
        from_python("dcgan", **{group: {part: value}})
    assert option in f"{error.value.expected} {error.value.received}"


@pytest.mark.parametrize("value", ["", " ", "."])
def test_what_was_received_is_quoted(value):
    for option in ("epochs", "data", "critic.width", "precision", "loss"):
        with pytest.raises(UserError) as error:
            configured(f"--{option}", value)
        assert repr(value) in error.value.received


@pytest.mark.parametrize(
    "text",
    ["critic: &a {width: *a}\n", "seed: &a [1, *a]\n", "seed: " + "[" * 3000, "seed: " + "{a: " * 900 + "}" * 900],
)
def test_a_value_inside_of_itself_and_deep_nesting_are_refused(text, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert "mine.yaml" in error.value.expected
    with pytest.raises(UserError):
        configured(f"--{text.partition(':')[0]}", text.partition(": ")[2].strip())


def test_an_alias_beside_its_anchor_is_read(tmp_path):
    (tmp_path / "mine.yaml").write_text("critic: &a {width: 3}\ngenerator: *a\n")
    config = configured("--config", str(tmp_path / "mine.yaml"))
    assert (config.critic.width, config.generator.width) == (3, 3)


@pytest.mark.parametrize("text", ["critic:\n\twidth: 3\n", "epochs:\t3\n"])
def test_a_tab_in_yaml_is_named(text, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert "tab" in error.value.remedy


def test_a_message_does_not_repeat_a_long_value():
    assert len(str(UserError(expected="a", received="x" * 10**6, remedy="b"))) < 3000


@pytest.mark.parametrize("arguments", [7, [7], "width"])
def test_arguments_of_a_class_that_are_no_mapping_are_refused(arguments, tmp_path):
    (tmp_path / "mine.yaml").write_text(f"critic: {{class_path: DCGANCritic, init_args: {arguments}}}\n")
    with pytest.raises(UserError) as error:
        configured("--config", str(tmp_path / "mine.yaml"))
    assert "line 1: critic" in error.value.expected
    assert error.value.received == repr(arguments)
