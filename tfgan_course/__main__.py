import sys

from tfgan_course.cli.main import main

sys.exit(main())
