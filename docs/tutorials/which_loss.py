# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Which loss?
#
# In this lesson you train the same two networks five times, each time with another loss, and compare the results as
# an experiment should be made: same images, same number of images, same networks, one judge. Then you ask the most
# important question of every comparison: is the difference real, or is it chance?
#
# You should have done [lesson 1](first_gan.py). This lesson takes about three minutes on two cores.

# %% [markdown]
# ## Five losses
#
# The critic gives each image a score. A **loss** turns the scores into what the two players want. `D(x)` is the score
# of a real image, `D(G(z))` the score of a generated one.
#
# | loss | the critic wants | the generator wants |
# | --- | --- | --- |
# | `NonSaturating` | to classify real and generated images, as in cross-entropy | its images classified as real |
# | `LeastSquares` | `D(x)` near 1, `D(G(z))` near 0, by the squared distance | `D(G(z))` near 1 |
# | `Hinge` | `D(x)` above 1 and `D(G(z))` below -1, and no more | `D(G(z))` as high as possible |
# | `Wasserstein` | `D(x) - D(G(z))` as large as possible | `D(G(z))` as high as possible |
# | `RelativisticPaired` | each real image above a generated one | each generated image above a real one |
#
# The formulas and papers are on the page about [losses](../techniques/losses.md).

# %% [markdown]
# ## A fair comparison
#
# Everything but the loss must be the same. One thing needs care: the Wasserstein loss means nothing if the critic may
# multiply its scores by ten. So *all five* critics get [spectral
# normalization](../techniques/spectral_normalization.md), which limits how fast the score can change.
#
# A variant of your own is a short YAML file. Here each file has one line, the loss.

# %%
from pathlib import Path

from tfgan_course import compare, load_run

losses = ["NonSaturating", "LeastSquares", "Hinge", "Wasserstein", "RelativisticPaired"]
folder = Path("losses")
folder.mkdir(exist_ok=True)
for loss in losses:
    (folder / f"{loss}.yaml").write_text(f"loss: {loss}\n")

# %% [markdown]
# `compare` trains them one after the other, each in a process of its own. `images` is the budget of each run: 14,400
# images, which is 450 steps of 32. You can also give `minutes`. All other options hold for all runs.
#
# The judge is the Frechet distance of features. `features="random"` takes the features of a network with random
# weights: quick, and good enough to tell garments from noise. If you leave it out, `compare` trains a classifier
# first, which is a better judge and takes a few minutes.

# %%
adam = {"class_path": "Adam", "init_args": {"learning_rate": 0.001, "beta_1": 0.5}}
same = {
    "generator": {"class_path": "DCGANGenerator", "init_args": {"width": 16}},
    "critic": {"class_path": "DCGANCritic", "init_args": {"width": 16, "normalization": "spectral"}},
    "generator_optimizer": adam,
    "critic_optimizer": adam,
    "batch_size": 32,
}
paths = [folder / f"{loss}.yaml" for loss in losses]
results = compare(paths, images=14400, features="random", judge_samples=400, out="runs/losses", **same)
results

# %% [markdown]
# ## Read the table
#
# The rows are sorted by `frechet`, the distance of generated images from test images; lower is better. `raw` is the
# same for the generator without its [moving average](../guides/training.md#the-averaged-generator). `precision` asks
# how many generated images look real, `recall` how many of the real images the generator could have drawn. After so
# short a training recall is near 0: no generator draws anything as varied as real clothes yet.
#
# Then read the sentence below the table. It is the honest part.

# %% [markdown]
# ## Look at the images
#
# A table is not enough. Each run of the comparison is a run directory, which `load_run` opens. Here are twelve images
# of each loss, from the same seeds, the best loss first.

# %%
import numpy as np

from tfgan_course.figures.panels import Panel, draw_curves, draw_panels

order = [row.variant for row in results.rows]
runs = {loss: load_run(f"runs/losses/runs/{loss}-0") for loss in order}
images = np.concatenate([runs[loss].sample(12, seed=0) for loss in order])
rows = f"rows: {', '.join(order)}"
draw_panels([Panel(images, rows, columns=12)], "The same twelve seeds for each loss", "After 14,400 images.")

# %% [markdown]
# After so few steps you probably see blobs with the outline of clothes at most. But the rows differ: in brightness, in
# sharpness, in how much the twelve images of a row differ from each other. Would you have put the rows into the order
# of the table? A distance and an eye can disagree, so use both.

# %% [markdown]
# ## Losses of different kinds cannot be compared
#
# It is tempting to compare the numbers that the runs printed. Look at them.

# %%
for loss in order:
    history = runs[loss].history
    print(f"{loss:20} critic_loss {history.critic_loss[-1]:7.3f}   generator_loss {history.generator_loss[-1]:7.3f}")

# %% [markdown]
# Each number has a unit of its own. A least-squares loss of 0.2 and a hinge loss of 1.5 say nothing about who is
# better. This is why a comparison needs a judge that looks at images only.

# %% [markdown]
# ## Distance against images
#
# The same end can be reached in different ways. The comparison has judged each run at several moments of its budget.

# %%
curves = {row.variant: row.runs[0]["curve"] for row in results.rows}
shown = [point["images"] for point in curves[order[0]]]
distances = {loss: [point["frechet"] for point in curve] for loss, curve in curves.items()}
text = "The Frechet distance of the averaged generator. Lower is better."
draw_curves(shown, distances, ("real images", "Frechet distance"), "Distance against images", text, top=None)

# %% [markdown]
# All curves end far below their beginning, but not one of them falls steadily, and they probably cross. Where two
# curves cross, a smaller budget would have given another winner. So a sentence such as "loss A is better than loss B"
# is incomplete without a budget.

# %% [markdown]
# ## Is the difference real?
#
# Each loss was trained once. Another seed means other initial weights and another order of the images, so the result
# is another. How much another? Train the best loss once more, with another seed.

# %%
best = folder / f"{order[0]}.yaml"
again = compare([best], seeds=[1], images=14400, features="random", judge_samples=400, out="runs/again", **same)
first, second = results.rows[0].means["frechet"], again.rows[0].means["frechet"]
print(f"{order[0]}: {first:.3f} with seed 0, {second:.3f} with seed 1")

# %% [markdown]
# The difference between these two numbers is *noise*: nothing but the seed has changed. Hold it against the first
# table. A difference between two losses that is not much larger than the noise is not a result. Which losses can you
# still tell apart? And what if you had trained each loss with seed 1 only?
#
# With three seeds or more, the sentence below the table does this for you: it says which differences are larger than
# the spread over the seeds.

# %% [markdown]
# ## Exercises
#
# 1. `compare(resume="runs/losses", seeds=[1, 2])` trains every loss with two more seeds. Read the sentence again.
#    Does the order of the table change? Which losses can be told apart now?
# 2. Replace the spectral normalization by `"normalization": "batch"` and compare `Wasserstein` with `NonSaturating`.
#    What do the scores of the Wasserstein critic do (`score_gap` in its history), and why?
# 3. Add `Minimax`, the loss of the first paper. Its generator minimizes `log(1 - D)`. Read on the page about
#    [losses](../techniques/losses.md) why this can be slow at the beginning. Do you see it here?
# 4. Lower the learning rate of all five to 0.0003. Is the order the same? What is missing in the sentence "this loss
#    is the best one"?
# 5. Open `runs/losses/compare.html` in a browser. What does it show that this lesson did not?
