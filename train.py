import sys

from tfgan_course.cli.main import main

sys.exit(main(["train", *sys.argv[1:]]))
