"""The templates of HTML pages, and what they share."""

import re

import jinja2
from markupsafe import Markup

COLORS = (
    *("#3b7dd8", "#d9622b", "#2a9a57", "#c2408f", "#8a6fd1", "#a07c14", "#14959b", "#d14545"),
    *("#7a7f87", "#668f1f", "#b0653c", "#6277d6", "#cf5f8a", "#5487a8", "#a25bc0"),
)
"""The colors of runs and variants. Each has a contrast of at least 3 with the light and the dark page."""


def rendered(template: str, **values: object) -> str:
    """Return the text of a page.

    Args:
        template: the name of a file in templates/, which can write another file there with `source`.
        **values: the values that the template names.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tfgan_course.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["breakable"] = _breakable
    environment.globals["source"] = lambda name: Markup(environment.loader.get_source(environment, name)[0])
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    return environment.get_template(template).render(values)


def _breakable(text: str) -> Markup:
    """Return text that may break after a dot, an underscore or a bracket, since names of options are long."""
    return Markup("<wbr>").join(re.split(r"(?<=[._(])(?=[a-zA-Z])", text))
