# ruff: noqa: F401 (the public names of the room)
from tfgan_course.augmentation.adaptive import AdaptiveAugment
from tfgan_course.augmentation.augmentation import Augmentation
from tfgan_course.augmentation.diff_augment import DiffAugment
from tfgan_course.augmentation.instance_noise import InstanceNoise
from tfgan_course.augmentation.real_images import ColorJitter, RandomFlip, RandomResizedCrop
