from tfgan_course.augmentation.adaptive import AdaptiveAugment
from tfgan_course.augmentation.augmentation import Augmentation
from tfgan_course.augmentation.diff_augment import DiffAugment
from tfgan_course.augmentation.instance_noise import InstanceNoise
from tfgan_course.augmentation.real_images import ColorJitter, RandomFlip, RandomResizedCrop

__all__ = [
    "AdaptiveAugment",
    "Augmentation",
    "ColorJitter",
    "DiffAugment",
    "InstanceNoise",
    "RandomFlip",
    "RandomResizedCrop",
]
