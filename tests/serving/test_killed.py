import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from tests.end_to_end.command import ENVIRONMENT

WHOLE = [
    "assets.extra/export.json",
    "assets.extra/tf_serving_warmup_requests",
    "fingerprint.pb",
    "saved_model.pb",
    "variables/variables.data-00000-of-00001",
    "variables/variables.index",
]


def test_killed_exports_leave_whole_versions_alone(tmp_path):
    """With 20 kills, every version that a server can see is complete at every moment, and does not change."""
    script = str(Path(__file__).with_name("killed_exports.py"))
    models = [tmp_path / "one", tmp_path / "two"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # Two folders at once, a core for each.
    watchers = [
        subprocess.Popen([sys.executable, script, str(model), "10"], env=ENVIRONMENT, **pipes) for model in models
    ]
    for model, watcher in zip(models, watchers, strict=True):
        out, err = watcher.communicate()
        assert watcher.returncode == 0, err
        told = json.loads(out.splitlines()[-1])
        assert told["stages"].count("writing") >= 3, told["stages"]
        assert {"1"} < set(told["seen"])
        assert all(seen == [WHOLE] for seen in told["seen"].values()), told["seen"]
        assert told["left"] == [".lock"]  # the last export, which was not killed, has cleared away what others left
        images = []
        for version in told["seen"]:
            sample = tf.saved_model.load(str(model / version)).signatures["sample"]
            images.append(sample(seed=tf.constant([3], tf.int64), truncation=tf.constant([1.0]))["images"].numpy())
        assert all((image == images[0]).all() for image in images)
        assert np.std(images[0]) > 0
