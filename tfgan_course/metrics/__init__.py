# ruff: noqa: F401 (the public names of the room)
from tfgan_course.metrics.arrays import FEWEST
from tfgan_course.metrics.classification import ClassificationAccuracy, classification_accuracy_score
from tfgan_course.metrics.frechet import (
    FrechetInfinity,
    Gaussian,
    IntraClassFrechet,
    frechet_distance,
    frechet_infinity,
    intra_class_frechet_distance,
)
from tfgan_course.metrics.inception_score import InceptionScore, inception_score
from tfgan_course.metrics.kernel import KernelDistance, kernel_distance
from tfgan_course.metrics.memorization import Memorization, memorization
from tfgan_course.metrics.ms_ssim import Similarity, ms_ssim, ms_ssim_diversity
from tfgan_course.metrics.pairs import l1, psnr, ssim
from tfgan_course.metrics.prdc import PRDC, precision_recall_density_coverage
from tfgan_course.metrics.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein_distance
