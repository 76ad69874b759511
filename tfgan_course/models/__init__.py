# ruff: noqa: F401 (the public names of the room)
from tfgan_course.models.batch_statistics import BatchStatistics, MinibatchDiscrimination, MinibatchStandardDeviation
from tfgan_course.models.cut import CUTGenerator
from tfgan_course.models.dcgan import DCGANCritic, DCGANGenerator
from tfgan_course.models.ie534 import IE534Critic, IE534Generator
from tfgan_course.models.image_to_image import ImageToImageGenerator
from tfgan_course.models.mapping import MappingNetwork, StyleGANMapping
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.pix2pix import PatchGANCritic, UNetGenerator
from tfgan_course.models.progan import ProGANCritic, ProGANGenerator
from tfgan_course.models.r3gan import R3GANCritic, R3GANGenerator
from tfgan_course.models.resnet import ResNetCritic, ResNetGenerator
from tfgan_course.models.simple import SimpleCritic, SimpleGenerator
from tfgan_course.models.srgan import SRGANCritic, SRResNetGenerator
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.models.stylegan import StyleGANGenerator
from tfgan_course.models.stylegan2 import StyleGAN2Critic, StyleGAN2Generator
