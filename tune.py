import sys

from tfgan_course.cli import main

sys.exit(main(["tune", *sys.argv[1:]]))
