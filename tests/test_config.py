import pytest

from tfgan_course.config import config_parser, dump, instantiate, parse, read, variants
from tfgan_course.errors import UserError
from tfgan_course.losses import LeastSquares, NonSaturating
from tfgan_course.models import SimpleCritic
from tfgan_course.terms import R1, GradientPenalty
from tfgan_course.training.optimizers import RMSProp


def configured(*args: str):
    parser = config_parser()
    return instantiate(parser, parse(parser, args))


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


def test_an_auxiliary_classifier_needs_the_term_that_teaches_it():
    with pytest.raises(UserError, match="add RealClassification to critic_terms"):
        configured("--generator_conditioning=ConcatenatedOneHot", "--critic_conditioning=AuxiliaryClassifier")


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


def test_what_is_written_down_reads_back_equal(tmp_path):
    parser = config_parser()
    given = ["--critic_terms+=R1", "--data.classes", "Dress,Coat", "--seed", "3", "--ema_decay", "null"]
    options = parse(parser, ["--variant", "sngan", *given])
    file = tmp_path / "config.yaml"
    file.write_text(dump(parser, options))
    config = read(file)
    assert config.ema_decay is None
    assert config.critic.normalization == "spectral"
    assert config.critic_terms[0].weight == 10
    assert config.seed == 3
    parser = config_parser()
    assert dump(parser, parse(parser, ["--config", str(file)])) == file.read_text()


@pytest.mark.parametrize("option", ["--ema_decay=1.0", "--latent_size=0", "--seed=-1", "--precision=float8"])
def test_values_out_of_range_are_refused(option):
    with pytest.raises(UserError, match=option.partition("=")[0].lstrip("-")):
        configured(option)
