"""The versions, the machine and the command that made a run."""

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

from tfgan_course.files import read_json

PACKAGES = ("tfgan-course", "tensorflow", "keras", "tensorflow-addons", "tensorflow-datasets", "numpy", "pillow")


def environment() -> dict:
    """Return versions, machine, command and git revision of this process, for environment.json."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "command": sys.argv,
        "git_revision": git_revision(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def version(package: str) -> str | None:
    """Return the version of a package; None if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def git_revision() -> str | None:
    """Return the git revision of this package's checkout, with `+changes` if files differ; None without a checkout."""
    folder = Path(__file__).parent

    def git(*args: str) -> str:
        return subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if not git("ls-files", Path(__file__).name):
            return None
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def read_environment(run: Path) -> dict:
    """Return the content of a run's environment.json; an empty dict if the file is missing or damaged."""
    try:
        found = read_json(run / "environment.json")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("packages"), dict) else {}


def other_keras(run: Path) -> str:
    """Return the Keras version of a run if this Keras cannot read its checkpoints; otherwise an empty text."""
    packages = read_environment(run).get("packages", {})
    theirs, ours = packages.get("keras"), importlib.metadata.version("keras")
    if not isinstance(theirs, str) or theirs.partition(".")[0] == ours.partition(".")[0]:
        return ""
    return f"a run trained with Keras {theirs} (TensorFlow {packages.get('tensorflow')}), while this is Keras {ours}"


def other_version(run: Path) -> str:
    """Return the version of this package that wrote a run, if it is not this one; otherwise an empty text."""
    theirs, ours = read_environment(run), environment()
    if not theirs or written_by(theirs) == written_by(ours):
        return ""
    return f"the run was written by {written_by(theirs)}, and this is {written_by(ours)}"


def written_by(environment: dict) -> str:
    """Return the version in an environment, with the git revision if it was a checkout."""
    number, revision = environment["packages"].get("tfgan-course"), environment.get("git_revision")
    return " ".join(["tfgan-course", *([number] if number else []), *([f"of revision {revision}"] if revision else [])])
