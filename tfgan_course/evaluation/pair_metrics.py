"""The metrics of pairs: how much each output of a generator is like the image that belongs to its condition."""

from typing import ClassVar

import numpy as np

from tfgan_course import metrics
from tfgan_course.evaluation.metric import Metric
from tfgan_course.metrics.arrays import blocks
from tfgan_course.metrics.ms_ssim import PAIRS_AT_ONCE


class PSNR(Metric):
    """See `psnr`; the mean over pairs, each at most 100 dB, because equal images have an infinite value."""

    short_name = "psnr"
    figures: ClassVar = {"psnr": "higher"}
    needs = ("pairs",)

    def compute(self, comparison):
        return {"psnr": float(np.minimum(metrics.psnr(comparison.images, comparison.targets), 100.0).mean())}


class SSIM(Metric):
    """See `ssim`; the mean over pairs."""

    short_name = "ssim"
    figures: ClassVar = {"ssim": "higher"}
    needs = ("pairs",)

    def compute(self, comparison):
        return {"ssim": float(metrics.ssim(comparison.images, comparison.targets).mean())}


class PairMSSSIM(Metric):
    """See `ms_ssim`; the mean over pairs of output and target. `ms_ssim` is the diversity of outputs."""

    short_name = "pair_ms_ssim"
    figures: ClassVar = {"pair_ms_ssim": "higher"}
    needs = ("pairs",)

    def compute(self, comparison):
        pairs = comparison.images, comparison.targets
        values = [metrics.ms_ssim(*(part[rows] for part in pairs)) for rows in blocks(len(pairs[0]), PAIRS_AT_ONCE)]
        return {"pair_ms_ssim": float(np.concatenate(values).mean())}


class L1(Metric):
    """See `l1`; the mean over pairs."""

    short_name = "l1"
    figures: ClassVar = {"l1": "lower"}
    needs = ("pairs",)

    def compute(self, comparison):
        return {"l1": float(metrics.l1(comparison.images, comparison.targets).mean())}
