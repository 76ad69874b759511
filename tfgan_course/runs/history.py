"""Gives the columns of history.csv as arrays."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tfgan_course.errors import UserError


class History(Mapping[str, np.ndarray]):
    """The columns of history.csv by name, float64 (epochs,): `history.step` or `history["step"]`.

    Names such as `frechet@judge-1a2b`, which are not Python names, work only in brackets.

    Args:
        rows: the rows of history.csv.
    """

    def __init__(self, rows: Sequence[Mapping[str, float]]):
        names = rows[0] if rows else ()
        self._columns = {name: np.array([row[name] for row in rows]) for name in names}

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"history.csv has no column {name!r}; it has {', '.join(self)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __getattr__(self, name: str) -> np.ndarray:
        if name == "_columns":  # while it is copied or unpickled, it has no columns yet
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self if name.isidentifier())]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        epochs = len(next(iter(self.values()))) if self else 0
        return f"<History of {epochs} epochs: {', '.join(self)}>"

    def to_pandas(self):
        """Return a `pandas.DataFrame` with one row for each epoch; raise `UserError` without pandas."""
        try:
            import pandas
        except ImportError as error:
            raise UserError(
                expected="an installed pandas, for a DataFrame",
                received="none",
                remedy="pip install pandas, or use the columns, which are NumPy arrays",
            ) from error
        return pandas.DataFrame(self._columns)
