import sys

from tfgan_course.cli import main

sys.exit(main(["train", *sys.argv[1:]]))
