from tfgan_course.errors import require
from tfgan_course.models.inputs import input_names, takes
from tfgan_course.objectives.pair import Game
from tfgan_course.objectives.terms.term import Term


def require_condition(term: Term, gan: Game) -> None:
    """Raise a `UserError` if the generator takes no condition, so that no real image belongs to a generated one."""
    expected = f"for {type(term).__name__} a generator that takes a condition"
    remedy = "Use a generator from image to image, UNetGenerator for example"
    received = f"one that takes {', '.join(name or 'latents' for name in input_names(gan.generator))}"
    require(takes(gan.generator, "condition"), expected, received, remedy)
