from tfgan_course.models.dcgan import DCGANCritic, DCGANGenerator
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.simple import SimpleCritic, SimpleGenerator

__all__ = [
    "CriticNetwork",
    "DCGANCritic",
    "DCGANGenerator",
    "GeneratorNetwork",
    "SimpleCritic",
    "SimpleGenerator",
]
