"""Look into a generator's latent space: style mixing, truncation, directions, projection, path length.

RUN is a GAN's run directory.
"""
