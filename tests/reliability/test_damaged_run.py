"""A finished run of which one file is damaged: every command works, or says which file and what can still be done."""

import random
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.command import train
from tfgan_course.cli.main import main

DAMAGES = {
    "truncated": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 3]),
    "emptied": lambda file: file.write_bytes(b""),
    "random": lambda file: file.write_bytes(random.Random(0).randbytes(max(64, file.stat().st_size))),
    "nested": lambda file: file.write_bytes(b"[" * 100_000),
    "deleted": lambda file: file.unlink(),
}
COMMANDS = {
    "sample": lambda run, out: ["sample", run, "--count", 2, "--out", out / "two.png"],
    "health": lambda run, out: ["health", run],
    "report": lambda run, out: ["report", run, "--out", out / "report.html"],
    "evaluate": lambda run, out: ["evaluate", run, "--samples", 64, "--features", "random", "--out", out / "e.json"],
    "export": lambda run, out: ["export", run, "--out", out / "model"],
    "train": lambda run, out: ["train", "--resume", run, "--epochs", 3],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A conditional run of two epochs with every file that a run can have."""
    folder = tmp_path_factory.mktemp("runs")
    return train(folder, "cgan", "--epochs", 2, "--steps_per_epoch", 2, "--health={}")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def kinds(run: Path) -> list[str]:
    """The files of a run, one of each kind: of the samples and of TensorBoard's files, the first."""
    seen, files = set(), []
    for file in sorted(file for file in run.rglob("*") if file.is_file() and file.name != ".lock"):
        kind = (file.parent, file.suffix) if file.parent.name in ("samples", "tensorboard") else file
        if kind not in seen:
            seen.add(kind)
            files.append(str(file.relative_to(run)))
    return files


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_or_names_the_damaged_file(trained, tmp_path, capsys, command):
    """Each file is damaged in one way for each command, in another way for the next: so a file meets every damage."""
    wrong, files = [], kinds(trained)
    assert len(COMMANDS) > len(DAMAGES)
    for index, name in enumerate(files):
        damage = [*DAMAGES][(index + [*COMMANDS].index(command)) % len(DAMAGES)]
        run = Path(shutil.copytree(trained, tmp_path / str(index) / "run"))
        DAMAGES[damage](run / name)
        before = contents(run)
        case = f"{command}, {name} {damage}"
        try:
            status = main([*map(str, COMMANDS[command](run, run.parent))])
        except (Exception, SystemExit) as error:  # what reaches the user as a traceback; no timeout of the test
            wrong.append(f"{case}: {type(error).__name__}: {error}")
            continue
        said = capsys.readouterr().err
        if status not in (0, 2):
            wrong.append(f"{case}: status {status}")
        if status == 2 and Path(name).stem not in said:
            wrong.append(f"{case}: does not name the file: {said}")
        if status == 2 and contents(run) != before:
            changed = [key for key, value in contents(run).items() if before.get(key) != value]
            wrong.append(f"{case}: refused, but wrote {changed}")
        shutil.rmtree(run.parent)
    assert not wrong, f"{len(wrong)} of {len(files)}:\n" + "\n".join(wrong)
