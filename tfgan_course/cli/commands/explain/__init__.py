"""Look into a run's classifier or critic: perturbations, what classes and layers look for, saliency, neighbours.

RUN is a GAN's or a classifier's run directory.
"""
