# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. Your own images, with classes
#
# In this lesson you train on a folder of images: few images, in three classes, not square. You prepare them, see what
# a training would see, and try the two things that help most when images are few: augmentation, and starting from
# another run. At the end you draw images of a class that you choose.
#
# You should have done [lesson 1](first_gan.py). This lesson takes about two minutes on two cores. The reference for
# everything about images is the guide [data](../guides/data.md).

# %% [markdown]
# ## A folder for each class
#
# The simplest form of labels is a folder for each class: `photos/bag/...`, `photos/sneaker/...`. Here the "photos"
# are made from packaged images, 60 for each of three classes, on a black background of 56 x 72 pixels. For your own
# images leave this cell out, and make the folders yourself.

# %%
from pathlib import Path

from PIL import Image

from tfgan_course import train
from tfgan_course.data import DataConfig, load

packaged, _ = load(DataConfig())
mine = {"Bag": "bag", "Sneaker": "sneaker", "Trouser": "trousers"}
for name, folder in mine.items():
    Path("photos", folder).mkdir(parents=True, exist_ok=True)
    label = packaged.class_names.index(name)
    for number, image in enumerate(packaged.images[packaged.labels == label][:60]):
        photo = Image.new("L", (56, 72))  # width, height
        photo.paste(Image.fromarray(image.squeeze(-1)).resize((56, 56)), (0, 8))
        photo.save(f"photos/{folder}/{number:02}.png")

print(*sorted(str(path) for path in Path("photos").rglob("*0.png"))[:8], sep="\n")

# %% [markdown]
# ## See what training would see
#
# Networks want images of one size. `examine` reads every image once and says what would be trained on. Do this before
# each training on new images: it finds broken files, duplicates and classes with few images.

# %%
from tfgan_course.data import examine

found = examine(DataConfig(folder="photos", size="28"))
print(found)
found.figure()

# %% [markdown]
# Your images are higher than wide, and 28 means 28 x 28 pixels. So something must happen to them, and you choose
# what: `fit` is `crop` (cut the edges, as above), `pad` (keep all, fill the sides with `background`) or `stretch`.

# %%
examine(DataConfig(folder="photos", size="28", fit="stretch")).figure()

# %% [markdown]
# Bags are flatter, trousers are shorter. Here `crop` is right, because the edges show nothing. You can also keep the
# proportions: `size="36x28"` means 36 rows of 28 pixels. Small sizes train fast; begin with a small one.

# %% [markdown]
# ## Train with classes
#
# `recommended_classes` is a variant for images with classes. Its generator is told which class to draw, and its
# critic is told which class the image is said to be.


# %%
def adam(learning_rate):
    return {"class_path": "Adam", "init_args": {"learning_rate": learning_rate, "beta_1": 0.5}}


small = {
    "generator": {"width": 16},
    "critic": {"width": 16},
    "generator_optimizer": adam(0.001),
    "critic_optimizer": adam(0.001),
    "metrics": {"names": []},
    "validation": False,
    "samples": {"count": 9},
    "seed": 1,
}
few = {"images": "photos", "data": {"size": "28"}, "epochs": 4, "steps_per_epoch": 50}

plain = train("recommended_classes", **small, **few, out="runs/plain")
plain.show(36)

# %% [markdown]
# The classes come in turn, so each column has one: bag, sneaker, trousers, bag, sneaker, trousers. After 200 steps
# you probably see what is what, but roughly.

# %% [markdown]
# ## Few images: augment what the critic sees
#
# 180 images are few. The critic sees each of them every few steps, and can learn them by heart: then it calls these
# images real and everything else generated, which teaches the generator nothing about bags.
#
# `DiffAugment` changes every image on its way to the critic, real and generated ones alike: brightness, place, and a
# hole. So the critic never sees the same image twice. Here is what it sees.

# %%
from tfgan_course.augmentation import DiffAugment

examine(DataConfig(folder="photos", size="28"), augmentations=[DiffAugment()]).figure()

# %%
augmented = train("recommended_classes", **small, **few, augmentations=["DiffAugment"], out="runs/augmented")
augmented.show(36)

# %% [markdown]
# The generated images have no holes and no gray boxes. The generator is judged *through* the augmentation, so it has
# no reason to draw one.

# %% [markdown]
# ## Few images: start from another run
#
# Much of what a generator must learn is the same for all clothes: a dark background, one object in the middle, smooth
# edges. A run on *other* images has learned this already. Train one on the other seven classes of the package, of
# which there are 4,200 images.

# %%
others = [name for name in packaged.class_names if name not in mine]
source = train(
    "recommended_classes", **small, data={"classes": others}, epochs=4, steps_per_epoch=90, out="runs/others"
)
source.show(49)

# %% [markdown]
# `init_from` begins with the weights of that run. Weights with a row for each class cannot fit, since there are seven
# classes there and three here: they begin anew. The lines before the bar say what was taken.

# %%
tuned = train(
    "recommended_classes", **small, **few, augmentations=["DiffAugment"], init_from="runs/others", out="runs/tuned"
)
tuned.show(36)

# %% [markdown]
# ## Which one is best?
#
# First by eye: one panel for each run, the same seeds, a row for each class.

# %%
from tfgan_course.figures.panels import Panel, draw_panels

runs = {"from nothing": plain, "augmented": augmented, "augmented, from another run": tuned}
panels = [
    Panel(run.sample(15, seed=0, classes=[name for name in run.class_names for _ in range(5)]), title, columns=5)
    for title, run in runs.items()
]
draw_panels(panels, "Three trainings of 200 steps on 180 images", "Rows: bag, sneaker, trousers. Columns: seeds.")

# %% [markdown]
# Then by a distance. The best real images to compare with are images that no run has seen. Usually you hold some
# back; here the package has more images of these classes.

# %%
import numpy as np

labels = [packaged.class_names.index(name) for name in mine]
real = packaged.images[np.isin(packaged.labels, labels)]
for title, run in runs.items():
    figures = run.evaluate(["frechet"], features="random", samples=600, real=real)
    print(f"{title:30} {figures['frechet']:8.3f}")

# %% [markdown]
# The run that did not begin from nothing should have the smallest distance. Augmentation alone may not help in so
# short a training: it makes the critic's task harder at first, and pays when a critic has time to learn images by
# heart.

# %% [markdown]
# ## Draw a class
#
# Classes have the names of the folders. Image i of seed s is the same image each time, so you can come back to one
# that you like.

# %%
bags = tuned.sample(10, seed=100, classes=["bag"])
seeds = [f"seed {100 + number}" for number in range(10)]
draw_panels([Panel(bags, "bag", seeds, columns=10)], "Ten bags", "Each with the seed that draws it again.")

# %% [markdown]
# ## Exercises
#
# 1. Use your own images. Make two or three folders with at least 50 images each, and look at `examine` first.
# 2. Give the labels in a file: write a `labels.csv` with the columns `file` and `label`, put all images into one
#    folder, and train with `labels="labels.csv"`. What does the error say if one label is empty?
# 3. Halve the images: delete 30 files of each class. Which of the three trainings suffers most?
# 4. Train `plain` and `augmented` for 40 epochs, with `validation` true. Which one is better now? Compare
#    `critic_accuracy_real` with `val_critic_accuracy_real` in their histories: what does the critic do with images that
#    were held out?
# 5. Freeze the critic's first layers: `freeze={"critic": ["conv2d"]}` together with `init_from`. The guide
#    [transfer](../guides/transfer.md) explains why this may help, and when.
# 6. Draw a sneaker that turns into a bag. [Lesson 4](look_inside.py) shows how.
