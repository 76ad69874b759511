# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. Your first GAN
#
# In this lesson you train a GAN on small pictures of clothes, look at what it draws, and learn what its losses say
# and what they do not say. At the end you break a training on purpose, so that you recognize it later.
#
# The networks here are tiny and the trainings short: the whole lesson takes about a minute on two cores. The images
# will be rough. What you learn holds for large networks as well. Every training has a fixed `seed`, so your numbers
# should be close to ours; on another machine or version they differ a little.

# %% [markdown]
# ## The images
#
# A GAN learns from examples. The package has 6,000 gray images of 28 x 28 pixels, in ten classes
# ([Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist)). Look at your data before you train on it, each
# time.

# %%
from tfgan_course import train
from tfgan_course.data import DataConfig, load
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels

train_images, test_images = load(DataConfig())
print(train_images.images.shape, train_images.images.dtype)

names = [train_images.class_names[label] for label in train_images.labels[:20]]
draw_panels([Panel(train_images.images[:20], "20 of 6,000", names, columns=10)], "Real images", "28 x 28 pixels, gray.")

# %% [markdown]
# ## Train
#
# A GAN is two networks that play against each other.
#
# - The **generator** gets random numbers, the *latents*, and makes an image of them.
# - The **critic** gets an image and gives it a score: high for real, low for generated.
#
# The critic learns to tell real images from generated ones. The generator learns to make images that get a high
# score. No one tells the generator what a shoe is: all that it knows comes through the critic.
#
# `dcgan` is a [variant](../reference/variants.md): a complete set of options. We change some of them, so that it is
# fast. `width` is the size of a network, `epochs` and `steps_per_epoch` say how long to train, and one step sees
# `batch_size` real images.


# %%
def adam(learning_rate):
    return {"class_path": "Adam", "init_args": {"learning_rate": learning_rate, "beta_1": 0.5}}


small = {
    "generator": {"width": 24},
    "critic": {"width": 12},
    "batch_size": 32,
    "validation": False,  # saves time; the guide on training says what it is good for
    "metrics": {"samples": 500},
    "samples": {"count": 16},
    "seed": 1,
}
run = train(
    "dcgan",
    **small,
    epochs=6,
    steps_per_epoch=80,
    generator_optimizer=adam(0.001),
    critic_optimizer=adam(0.001),
    out="runs/first",
)

# %% [markdown]
# The bar shows how far the training is. Below it the *health monitor* may say something about the run. A finding that
# "has ended" is no longer a problem. `checkerboard` is common in young generators, and fades in most of them.
#
# ## Look
#
# `train` returns the run. It is also in the folder `runs/first`, and stays there after you close the notebook:
# `load_run("runs/first")` opens it again. Written alone on the last line of a cell, a run shows itself.

# %%
run

# %% [markdown]
# Most of these should look like clothes: something with two sleeves, something with two legs, something flat that may
# be a shoe. A few look like nothing.
#
# During the training the run drew the *same* 16 latents again and again, into `runs/first/samples`. So you can see
# how an image became what it is.

# %%
import numpy as np
from PIL import Image

files = sorted(run.directory.samples.glob("step_*.png"))
files = [files[0], files[1], files[2], files[-1]]
grids = np.stack([np.array(Image.open(file).convert("L")) for file in files])
grids = np.pad(grids.repeat(2, axis=1).repeat(2, axis=2), ((0, 0), (8, 8), (8, 8)), constant_values=255)
steps = [f"step {int(file.stem.removeprefix('step_'))}" for file in files]
draw_panels([Panel(grids[..., np.newaxis], "", steps, columns=4)], "The same 16 latents at four moments", "")

# %% [markdown]
# At step 0 the networks have random weights, and the images are gray. Then come bright spots in the middle, because
# that is where real images are bright. Shapes come next, and details such as sleeves last.

# %% [markdown]
# ## What the losses say
#
# In most of machine learning a loss that falls is good news. Look at the losses of this run. `run.history` has a
# value for each epoch.

# %%
history = run.history
losses = {name: history[name] for name in ("critic_loss", "generator_loss")}
draw_curves(history.step, losses, ("step", "loss"), "The losses", "Means over each epoch.", top=None)

# %% [markdown]
# The images became much better, but no loss fell to 0. The critic's loss even rose at first. The reason: **each loss
# measures one player against the other**, and both improve. If the critic cannot tell the images apart at all, its
# loss is 2 log 2 = 1.39 and the generator's is log 2 = 0.69, whether the images are perfect or the critic is useless.
#
# So the losses of a GAN say who is ahead. The critic's accuracy says the same in a form that is easier to read.

# %%
accuracies = {name: 100 * history[name] for name in ("critic_accuracy_real", "critic_accuracy_fake")}
text = "Share of real images called real, and of generated images called generated."
draw_curves(history.step, accuracies, ("step", "accuracy in %"), "Who is ahead?", text)

# %% [markdown]
# Both curves stay between 50 %, where the critic guesses, and 100 %, where it knows every image. That is a good game:
# the critic is ahead, but it makes mistakes, and the generator can learn from it.
#
# ## What the losses do not say
#
# To know whether images become *better* you need a figure that compares images with images. This run measured the
# **sliced Wasserstein distance** after each epoch: how far the patches of generated images are from the patches of
# real ones. Lower is better.

# %%
distance = {"sliced_wasserstein": history.sliced_wasserstein}
draw_curves(history.step, distance, ("step", "distance"), "Distance to the real images", "Lower is better.", top=None)

# %% [markdown]
# From epoch to epoch this curve goes up and down, but at the end it is far below its beginning. **Remember: losses
# say who is ahead; a distance and your own eyes say how good the images are.** The guide
# [evaluation](../guides/evaluation.md) has better distances than this one, which take longer.

# %% [markdown]
# ## When it goes wrong: steps that are too long
#
# Now break it. The learning rate says how far one step moves the weights. Here it is 200 times as high as before.

# %%
wild = train(
    "dcgan",
    **small,
    epochs=2,
    steps_per_epoch=40,
    generator_optimizer=adam(0.2),
    critic_optimizer=adam(0.2),
    out="runs/wild",
)
wild.show(16)

# %% [markdown]
# All images are probably one and the same pattern, which has nothing to do with clothes. The health monitor saw it
# after the first epoch, and says what to do. Read such lines: they name the cause, and the page in the documentation.

# %% [markdown]
# ## When it goes wrong: one player is much too strong
#
# In this training the generator's learning rate is 200 times lower than the critic's. So the critic learns, and the
# generator nearly stands still.

# %%
unequal = train(
    "dcgan",
    **small,
    epochs=4,
    steps_per_epoch=25,
    generator_optimizer=adam(0.000005),
    critic_optimizer=adam(0.001),
    out="runs/unequal",
)
unequal.show(16)

# %% [markdown]
# The critic is soon right about nearly every image. `critic_loss` goes to 0, which would be good news in a
# classifier, and `generator_loss` climbs. The images stay gray. Compare these curves with those of the good run: the
# sign of trouble is an accuracy of 100 % for real and for generated images.

# %% [markdown]
# ## Exercises
#
# 1. Train the first run for 12 epochs instead of 6: `run.resume(epochs=12)`. What happens to the losses, to the
#    distance and to the images? Are the images twice as good?
# 2. Change `seed` to 2 and train the first run again. Which of the things that you saw are the same, and which were
#    chance?
# 3. Make the *critic* the weak player: give it a learning rate of 0.000005 and the generator 0.001. Before you run
#    it, write down what the two accuracies will be. Were you right?
# 4. Find the largest learning rate, the same for both players, with which the monitor does not complain.
# 5. `sliced_wasserstein` is never 0, not even for real images. Measure what can be reached:
#    `from tfgan_course import evaluate`, then
#    `evaluate(train_images.images[:500], train_images.images[500:1000], metrics=["sliced_wasserstein"])`. How far is
#    your run from it?
