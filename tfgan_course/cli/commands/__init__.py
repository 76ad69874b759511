"""GANs in TensorFlow 2 / Keras: train them, look at them, compare them, serve them."""
