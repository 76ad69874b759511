"""Two networks of a lab, seen from inside: how sure they are of changed images, and what their layers look for."""

from pathlib import Path

from tfgan_course.classifier.run import is_classifier
from tfgan_course.explore import Ascent, comparison_report, open_network
from tfgan_course.explore.outputs import layer
from tfgan_course.figures.folder import FigureFolder, Table
from tfgan_course.files import read_json, write_json
from tfgan_course.labs.description import JUDGE
from tfgan_course.labs.folder import LabFolder


def look_inside(folder: LabFolder) -> None:
    """Draw what `inside` of a lab describes into its folder `inside`, unless it is there or a network is missing.

    inside.json has the accuracies of each network: on all test images, and on perturbed ones.
    """
    described, found = folder.lab.inside, folder.path / "inside"
    if described is None or accuracies(folder):
        return
    paths = [network_path(folder, run) for run in described.networks]
    missing = [run for run, path in zip(described.networks, paths, strict=True) if path is None]
    if missing:
        print(f"Not drawn: the networks inside, because {' and '.join(missing)} is missing, or classifies nothing")
        return
    networks = [open_network(path) for path in paths]
    layers = {
        name: range(min(described.channels, *(layer(network.model, name).shape[-1] for network in networks)))
        for name in described.layers
    }
    results = comparison_report(networks, layers, Ascent(), count=described.count, gain=described.gain)
    FigureFolder(found, "png").save(results)
    table = results["compare.csv"]
    assert isinstance(table, Table)
    figures = {
        run: {"accuracy": right, "accuracy_perturbed": perturbed}
        for run, (_, right, _, perturbed) in zip(described.networks, table.rows, strict=True)
    }
    write_json(found / "inside.json", figures)  # the last file: with it, the folder is complete


def network_path(folder: LabFolder, run: str) -> Path | None:
    """Return the run directory of a run or of the judge; None if it is not trained, or the judge is no classifier."""
    if run == JUDGE:
        path = Path(next(iter(folder.parts.values())).judge)
        return path if is_classifier(path) else None
    comparison, name = folder.runs[run]
    return comparison.runs / name if "figures" in comparison.record(name) else None


def accuracies(folder: LabFolder) -> dict[str, dict[str, float]]:
    """Return `accuracy` and `accuracy_perturbed` of the networks, from 0 to 1; empty if they are not drawn yet."""
    try:
        return read_json(folder.path / "inside" / "inside.json")
    except (OSError, ValueError):  # a damaged file costs another drawing
        return {}


def drawn(folder: LabFolder) -> list[Path]:
    """Return the pictures that are drawn."""
    return sorted((folder.path / "inside").glob("*.png"))
