from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"


def shared(name: str, covers: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"without ../shared/data/{name}: would have covered {covers}")
    return path


@pytest.fixture(scope="session")
def shared_tfds() -> str:
    return str(shared("tfds", "CIFAR-10 and Fashion-MNIST as TensorFlow Datasets prepares them"))


@pytest.fixture(scope="session")
def pets_zip() -> Path:
    return shared("pets.zip", "a folder of 6,000 photographs with train/ and test/")
