"""The page of a run, made with Gradio. It has a tab for each thing that the run can do."""

import html
import random
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tfgan_course.demo.pictures import MOST_FRAMES, MOST_IMAGES, Pictures, command
from tfgan_course.demo.server import gr
from tfgan_course.errors import UserError
from tfgan_course.figures.films import save_frames
from tfgan_course.figures.grids import grid, save_image

RATE = 15
"""Frames per second of a walk."""
STRIP = 10
"""The most frames that the strip shows; they are spread evenly over the walk."""
LOOK = {
    "css": ".picture .image-frame {width: 100%; padding-top: 2.2em} "  # the label stands above the picture
    ".picture img {width: 100%; height: auto; max-height: 65vh; object-fit: contain} "
    ".pixels img {image-rendering: pixelated}",  # small images enlarged, without a blur that nobody has drawn
    "footer_links": [],
}
"""How the page looks: arguments of Gradio's `launch`."""


class Page:
    """Builds the page, `blocks`.

    Args:
        pictures: what the run can make.
        folder: the folder for the files that the page shows.
        options: the options that chose the generator, for the command lines that the page shows.
    """

    def __init__(self, pictures: Pictures, folder: Path, **options: object):
        self.pictures, self.folder, self.options = pictures, folder, options
        run = pictures.run
        height, width, _ = run.image_shape
        with gr.Blocks(title=run.name, analytics_enabled=False) as self.blocks:
            gr.HTML(f"<h1>{html.escape(run.name)}</h1>Step {run.step}, images of {height} x {width} pixels")
            if pictures.translates:
                self._translate()
                return
            with gr.Tab("Draw"):
                self._sample()
            with gr.Tab("Walk"):
                self._walk()
            if pictures.layers > 1:
                with gr.Tab("Mix"):
                    self._mix()

    def _sample(self) -> None:
        top = self.pictures.widest

        def drawn(seed: int, count: int, name: str, truncation: float) -> tuple[Path, str]:
            picture = self.pictures.sample(seed, count, name, truncation)
            chosen = {"classes": [name] if name else None, "truncation": truncation if truncation < top else None}
            line = self._command("sample", seed=seed, count=count, **chosen, out="grid.png")
            return self._saved(picture, f"seed-{seed}.png"), line

        with gr.Row():
            with gr.Column():
                seed = gr.Number(
                    0, label="Seed of the first image", info="Each next image has the next seed", precision=0
                )
                count = gr.Slider(1, MOST_IMAGES, 36, step=1, label="Images")
                name = self._class("Class", ("all: a column for each", ""))
                about = "Small: typical images of little variety. At the right end nothing is truncated"
                truncation = gr.Slider(0.05, top, top, step=0.05, label="Truncation", info=about)
                draw, other = gr.Button("Draw", variant="primary"), gr.Button("Draw from another seed")
            with gr.Column(scale=2):
                outputs = [self._picture("Images"), self._line()]
        inputs = [seed, count, name, truncation]
        changed = [draw.click, seed.submit, count.release, name.input, truncation.release, self.blocks.load]
        self._on(changed, drawn, inputs, outputs)
        self._on([other.click], lambda: random.randrange(10**6), [], [seed], then=(drawn, inputs, outputs))

    def _walk(self) -> None:
        def walked(first: int, last: int, frames: int, start: str, end: str) -> tuple[Path, Path, str]:
            images = self.pictures.walk(first, last, frames, start, end)
            shown = np.linspace(0, len(images) - 1, min(len(images), STRIP)).round().astype(int)
            film = self._folder() / f"seeds-{first}-{last}.gif"
            save_frames(film, images, len(images), RATE)
            strip = self._saved(grid(np.stack([images[index] for index in shown]), len(shown)), f"{film.stem}.png")
            chosen = {"from_": first, "to": last, "frames": frames, "classes": [start, end] if start else None}
            return film, strip, self._command("interpolate", **chosen, rate=RATE, out="walk.gif")

        with gr.Row():
            with gr.Column():
                first = gr.Number(0, label="Seed of the first image", precision=0)
                last = gr.Number(1, label="Seed of the last image", precision=0)
                start, end = self._class("Class of the first image"), self._class("Class of the last image")
                frames = gr.Slider(2, MOST_FRAMES, 30, step=1, label="Frames")
                walk = gr.Button("Walk", variant="primary")
            with gr.Column(scale=2):
                outputs = [self._picture("Film"), self._picture("Strip"), self._line()]
        self._on([walk.click, first.submit, last.submit], walked, [first, last, frames, start, end], outputs)

    def _mix(self) -> None:
        def mixed(coarse: int, fine: int, layer: int, name: str) -> tuple[Path, str]:
            picture = self.pictures.mix(coarse, fine, layer, name)
            chosen = {"rows": coarse, "columns": fine, "layers": f"{layer}-{self.pictures.layers - 1}"}
            line = self._command("latents mix", **chosen, classes=[name] if name else None)
            return self._saved(picture, f"mix-{coarse}-{fine}.png"), line

        with gr.Row():
            with gr.Column():
                coarse = gr.Number(0, label="Seed of the coarse styles, left", precision=0)
                fine = gr.Number(1, label="Seed of the fine styles, right", precision=0)
                last = self.pictures.layers - 1
                about = "This layer and all later ones have the fine styles in the image in the middle"
                layer = gr.Slider(1, last, (last + 1) // 2, step=1, label="First layer of the fine styles", info=about)
                name = self._class("Class")
                mix = gr.Button("Mix", variant="primary")
            with gr.Column(scale=2):
                outputs = [self._picture("Coarse styles, mixed, fine styles"), self._line()]
        self._on([mix.click, coarse.submit, fine.submit, layer.release], mixed, [coarse, fine, layer, name], outputs)

    def _translate(self) -> None:
        def translated(file: str | None, name: str, degrade: bool) -> tuple[Path, Path]:
            photo, made = self.pictures.translate(file, name, degrade)
            stem = Path(file).stem
            return self._saved(photo, f"{stem}.png"), self._saved(made, f"{stem}-translated.png")

        with gr.Row():
            with gr.Column():
                file = gr.File(label="Photo", type="filepath")
                name = self._class("Class of the photo")
                about = "As in the training. Shown are condition, image and photo"
                label = "Make the condition from the photo first"
                degrade = gr.Checkbox(False, label=label, info=about, visible=self.pictures.degrades)
                start = gr.Button("Translate", variant="primary")
            with gr.Column(scale=2):
                outputs = [self._picture("Photo"), self._picture("Image")]
        self._on([start.click, file.upload], translated, [file, name, degrade], outputs)

    def _class(self, label: str, *others: tuple[str, str]) -> gr.Dropdown:
        """Return the choice of a class; it is not shown if the generator has none, and its value is empty then."""
        choices = [*others, *((name, name) for name in self.pictures.classes)] or [("none", "")]
        return gr.Dropdown(choices, value=choices[0][1], label=label, visible=bool(self.pictures.classes))

    def _picture(self, label: str) -> gr.Image:
        small = not self.pictures.translates and max(self.pictures.run.image_shape) < 128
        classes, buttons = ["picture", *(["pixels"] if small else [])], ["download", "fullscreen"]
        return gr.Image(label=label, interactive=False, elem_classes=classes, buttons=buttons)

    def _line(self) -> gr.Textbox:
        return gr.Textbox(label="The same from the command line", buttons=["copy"], interactive=False)

    def _command(self, name: str, **options: object) -> str:
        return command(name, self.pictures.run, **options, **self.options)

    def _folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))

    def _saved(self, picture: np.ndarray | Image.Image, name: str) -> Path:
        path = self._folder() / name
        save_image(path, picture)
        return path

    def _on(self, events: list, function: Callable, inputs: list, outputs: list, then: tuple | None = None) -> None:
        """Let events call a function, one at a time; a `UserError` and warnings become messages on the page."""
        how = {"concurrency_id": "run", "concurrency_limit": 1, "api_visibility": "private"}
        event = gr.on(events, answered(function), inputs, outputs, **how)
        if then:
            event.then(answered(then[0]), *then[1:], **how)


def answered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose mistakes of the user and warnings are messages on the page."""

    def answer(*values: object) -> Any:
        with warnings.catch_warnings(record=True) as said:  # it is for one thread at a time, as the page is
            try:
                result = function(*values)
            except UserError as error:
                raise gr.Error(html.escape(str(error)), duration=None, print_exception=False) from error
        for warning in said:
            gr.Warning(html.escape(str(warning.message)))
        return result

    return answer
