from tests.end_to_end.command import train
from tfgan_course.cli.main import main

QUICK = ("--epochs", 1, "--steps_per_epoch", 1, "--critic_updates", 1)


def test_the_layers_of_a_run_and_what_they_see(tmp_path, capsys):
    run = train(tmp_path, "wgan_gp", *QUICK, "--data.size", 32, "--ema_half_life", "null")
    capsys.readouterr()
    assert main(["layers", str(run)]) == 0
    said = capsys.readouterr().out
    rows = [line.split() for line in said.partition("Receptive fields of the critic's layers")[2].splitlines()[2:]]
    # Kernels of 4 at strides of 2: 4, 4 + 3 * 2, 10 + 3 * 4; LayerNorm shows every pixel to all behind it.
    assert [row[2] for row in rows if "conv" in row[0]] == ["4x4", "10x10", "22x22"]
    assert rows[0][-1] == "no"
    assert rows[-1][-1] == "yes"
    assert "Total params" in said
    assert "layers for freeze.critic: conv2d, " in said
    assert "layers for freeze.generator: dense, " in said
    assert main(["layers", str(tmp_path)]) == 2
