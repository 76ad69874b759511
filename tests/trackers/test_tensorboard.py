import numpy as np
import tensorflow as tf

from tfgan_course.trackers import TensorBoard


def test_writes_figures_by_groups_and_images_at_their_steps(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    figures = {"critic_loss": 0.5, "val_critic_loss": 0.25, "frechet@judge": np.nan}
    figures |= {"critic_learning_rate": 1e-4, "machine/memory_gb": 2.0}
    tracker = TensorBoard()
    tracker.begin({"seed": 0}, tmp_path)
    tracker.image(0, "samples", image)
    (tmp_path / "curves.png").write_bytes(tf.io.encode_png(image).numpy())
    tracker.plot(12, "curves", tmp_path / "curves.png")
    tracker.text(12, "health", "mode collapse since epoch 1")
    tracker.scalars(12, figures)
    tracker.end()
    found = {}
    (file,) = (tmp_path / "tensorboard").iterdir()
    for event in tf.compat.v1.train.summary_iterator(str(file)):
        for value in event.summary.value:
            found[value.tag, event.step] = tf.make_ndarray(value.tensor)
    for name, step in (("samples", 0), ("curves", 12)):
        _, _, png = found.pop((name, step))
        assert (tf.io.decode_png(png).numpy() == image).all()
    assert found.pop(("health", 12)) == b"mode collapse since epoch 1"
    assert b"seed: 0" in found.pop(("configuration", 0)).item()
    expected = {
        ("critic_loss/training", 12): 0.5,
        ("critic_loss/validation", 12): 0.25,
        ("frechet@judge/training", 12): np.nan,
        ("learning_rate/critic", 12): np.float32(1e-4),
        ("machine/memory_gb", 12): 2.0,
    }
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_equal(found[key].item(), float(value))
