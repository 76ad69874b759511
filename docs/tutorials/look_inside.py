# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. Look inside
#
# A trained network is a box of numbers. In this lesson you ask it four questions. What does a class look like to you?
# What do your layers look for? What lies between two images? Did you learn, or did you copy?
#
# You should have done [lesson 1](first_gan.py). This lesson takes about a minute on two cores. The guides
# [explain](../guides/explain.md) and [latent space](../guides/latent_space.md) show the same on larger networks.

# %% [markdown]
# ## A critic that also names the class
#
# To ask a critic about classes, it must know classes. In this GAN the critic has two outputs: the score, and the
# class that it sees ([auxiliary classifier](../techniques/auxiliary_classifier.md)). The generator is told which
# class to draw.

# %%
from tfgan_course import train

adam = {"class_path": "Adam", "init_args": {"learning_rate": 0.001, "beta_1": 0.5}}
run = train(
    "dcgan",
    generator={"width": 16},
    critic={"width": 16, "normalization": "spectral"},
    generator_conditioning="ConcatenatedOneHot",
    critic_conditioning="AuxiliaryClassifier",
    critic_terms=["RealClassification"],
    generator_terms=["FakeClassification"],
    generator_optimizer=adam,
    critic_optimizer=adam,
    batch_size=32,
    metrics={"names": []},
    epochs=6,
    steps_per_epoch=90,
    seed=1,
    out="runs/inside",
)

# %%
from tfgan_course.figures.panels import Panel, draw_panels

draw_panels([Panel(run.sample(40, seed=0), "four of each class", run.class_names * 4, columns=10)], "Samples", "")

# %% [markdown]
# How often is the critic right about the class of *test images*, which it has never seen?

# %%
print(f"{100 * run.history.val_class_accuracy_real[-1]:.0f} % of the test images; guessing would be 10 %")

# %% [markdown]
# ## The layers
#
# `open_network` opens the critic of a run. A layer's *field* is the part of the image that one of its units sees. It
# grows from layer to layer: the first layer sees a few pixels, the last one sees everything.

# %%
from tfgan_course.explore import open_network
from tfgan_course.explore.outputs import layer_table

network = open_network("runs/inside")
print(layer_table(network.model))

# %% [markdown]
# ## What does a class look like to the network?
#
# Training changes the weights so that the output fits an image. Turn it around: keep the weights, and change the
# *image* so that the output grows. Begin with the mean of all test images, and climb the class's logit step by step.

# %%
from tfgan_course.explore import Ascent, classes_report

classes_report(network, Ascent(steps=100))["maximize-class"]

# %% [markdown]
# The network is nearly sure of each of these images. You can probably guess many of them by their outline, but none
# looks like a photograph. **What makes a network sure need not be what makes a person sure.** The images show what the
# network pays attention to, not what it has seen.

# %% [markdown]
# ## What does a layer look for?
#
# Do the same with the channels of a layer. First an early layer, then a late one.

# %%
from tfgan_course.explore import features_report

early, *_, late = [name for name in network.model.output["features"]]
features_report(network, early, range(8), None, Ascent(steps=60))[f"maximize-feature-{early}"]

# %%
features_report(network, late, range(8), None, Ascent(steps=200))[f"maximize-feature-{late}"]

# %% [markdown]
# A unit of the early layer sees 4 x 4 pixels, so its image has one small spot, at the place where the unit was
# strongest: a dot, an edge, a bar. A unit of the late layer sees 22 x 22 pixels, so a large part of its image
# changes, and the pattern is harder to name. (The gray shape behind is the mean of the test images, from which we
# began.)

# %% [markdown]
# ## What lies between two images?
#
# Now the generator. Its input is a point: 100 latents. Walk from one point to another, and draw the images on the
# way.

# %%
import numpy as np

from tfgan_course.gan.sampling import numbers_of_seeds
from tfgan_course.latent_space import images_between, space_of

space = space_of(run)
numbers = numbers_of_seeds([8, 18], space.latent_size)
bags = np.full(2, run.class_names.index("Bag"))
walk = np.stack(list(images_between(space, numbers, 10, labels=bags)))
draw_panels([Panel(walk, "Bag, seed 8 to seed 18", columns=10)], "A walk in ten steps", "")

# %% [markdown]
# If the generator had learned a list of images by heart, the walk would stand still and then jump from one to the
# next. If it has learned what a bag is, the images change evenly, and every step on the way looks like a bag as much
# as the two ends do.
#
# The generator has a second input, the class. Keep the point and walk from class to class: `images_between` gives it
# a mixture of both.

# %%
numbers = numbers_of_seeds([3, 3], space.latent_size)
pairs = [("Trouser", "Dress"), ("Sneaker", "Ankle boot"), ("Bag", "Sandal")]
walks = [
    image
    for pair in pairs
    for image in images_between(space, numbers, 10, labels=np.array([run.class_names.index(name) for name in pair]))
]
title = "; ".join(f"{start} to {end}" for start, end in pairs)
draw_panels([Panel(np.stack(walks), title, columns=10)], "From class to class", "The latents are the same in each row.")

# %% [markdown]
# ## Did it learn, or did it copy?
#
# A generator that copies its training images draws perfect images, and is worthless. So look for the training images
# that are nearest to generated ones. "Near" is measured by the critic's last activations, not by pixels: the same
# shoe one pixel to the left is near.

# %%
from tfgan_course.explore import neighbours_report

results, sentence = neighbours_report(network, count=6, nearest=5)
print(sentence)
results["neighbours"]

# %% [markdown]
# The first column is generated. The others are training images, the nearest first. They should be *related*, not
# equal: the same kind of garment, with other sleeves or another brightness. Red would mark a copy.
#
# How near is too near? The caption compares with test images, which cannot be copies: the distance from a test image
# to its nearest training image is what a new image looks like.

# %% [markdown]
# ## Exercises
#
# 1. Maximize a class from another start: `Ascent(start="0")` begins with the first test image, `start="noise"` with
#    noise. Does the end depend on the start?
# 2. Add `jitter=2` and `total_variation=0.01` to `Ascent`. The images become smoother. Do they look more like
#    clothes?
# 3. Write the walk as a film: `save_frames("walk.gif", images_between(space, numbers, 60, labels=bags), 60)`, with
#    `from tfgan_course.latent_space import save_frames`.
# 4. Walk in a straight line, `path="lerp"`, instead of on the sphere. Look at the middle of the walk. What is
#    different, and why? The page about [latents](../techniques/latents.md) helps.
# 5. Train a run on 20 images (`labels` and `images` of the package, cut to 20) for 30 epochs. Does
#    `neighbours_report` find the copies?
# 6. Draw a saliency map: `from tfgan_course.explore import saliency_report`. Which pixels of a sandal matter?
