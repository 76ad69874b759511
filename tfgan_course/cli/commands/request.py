"""Draw images with a model served by TF Serving, or make an image from a photo."""

from tfgan_course.cli.options import add_out, new_images, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import require
from tfgan_course.files import shown, usable
from tfgan_course.plugins.types import NonNegativeInt, PositiveFloat, PositiveInt

needs_tensorflow = False  # REST does not need TensorFlow, and the gRPC client imports it itself


def add_options(parser: Parser) -> None:
    addresses = "host:port or http(s)://host:port for REST, grpc(s)://host:port for gRPC"
    parser.add("--server", str, addresses, "localhost:8501")
    parser.add("--model", str, "the model's name on the server", "gan")
    parser.add("--version", PositiveInt | None, "version of the model; the server chooses unless given")
    about = "classes by name or number, Bag or 3,3,7: one image of each class, repeated until there are --count images"
    share(parser, classes=about)
    parser.add("--count", PositiveInt, "how many images", 16)
    share(parser, "seed", "truncation")
    about = "a photo that a generator from image to image makes an image of; --out is then a .png file"
    parser.add("--translate", str | None, about)
    add_out(parser, "grid.png", "a picture file for a grid, or a new folder of PNG files (no ending)", new_images)
    parser.add("--batch", PositiveInt, "images in one request", 32)
    parser.add("--timeout", PositiveFloat, "longest time for a request in seconds, retries included", 10.0)
    parser.add("--retries", NonNegativeInt, "how often to repeat a request if no answer comes", 3)


def check(options: Options) -> None:
    """Read the photo, and refuse options and outputs that belong to sampling."""
    if options.translate is not None:
        from tfgan_course.data.photo import photo_of

        extra = ", ".join(sorted(options.given & {"--count", "--seed", "--truncation", "--batch"}))
        require(not extra, "--translate without options of sampling", extra, "Leave them out")
        expected = "for --out with --translate a file with the ending .png"
        require(options.out.suffix.lower() == ".png", expected, shown(options.out), "Write --out photo.png")
        options.photo = photo_of(usable(options.translate, "--translate"))


def run(options: Options) -> None:
    """Ask the server, and write its images."""
    from tfgan_course.data.classes import listed
    from tfgan_course.figures.grids import save_image, save_images
    from tfgan_course.serving.client import connect, sample, translate

    out = options.out
    classes = None if options.classes is None else listed(options.classes)
    server = connect(options.server, options.model, options.version, options.timeout, options.retries)
    if options.translate is not None:
        image = translate(server, options.photo, classes)
        out.parent.mkdir(parents=True, exist_ok=True)
        save_image(out, image)
        print(f"{options.translate} translated by {server.name}: {out}")
        return
    images = sample(server, options.count, options.seed, classes, options.truncation, options.batch)
    save_images(out, images)
    print(f"{options.count} images of {server.name}: {out}")
