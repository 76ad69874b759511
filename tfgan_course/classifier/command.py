"""`python -m tfgan_course classifier`."""

from collections.abc import Sequence

from tfgan_course.classifier.config import classifier_parser, dump, instantiate
from tfgan_course.classifier.run import ClassifierRun
from tfgan_course.classifier.train import resume, train
from tfgan_course.config.parser import parse
from tfgan_course.errors import UserError
from tfgan_course.training.interrupts import stop_on_signals


def classifier_command(args: Sequence[str]) -> None:
    """Train a classifier: a judge of generated images, with its accuracy and confusion matrix."""
    parser = classifier_parser(prog="classifier", description=classifier_command.__doc__)
    parser.add_argument("--out", type=str, default="runs/classifier", help="the run directory")
    parser.add_argument("--resume", type=str | None, metavar="RUN", help="go on with this run; takes no other option")
    options = parse(parser, args)
    with stop_on_signals() as asked_to_stop:
        if options.resume:
            extra = [arg for arg in args if arg.startswith("--") and arg.partition("=")[0] != "--resume"]
            if extra:
                raise UserError(f"--resume goes on as the run was configured; it takes no {extra[0]}")
            run = resume(ClassifierRun(options.resume), asked_to_stop)
        else:
            config = instantiate(parser, options)
            run = train(config, dump(parser, options, config), options.out, asked_to_stop)
    rows = run.rows()
    print(
        f"Test accuracy after {len(rows)} epochs: {100 * rows[-1]['test_accuracy']:.2f}%. Confusion matrix: {run.path}"
    )
