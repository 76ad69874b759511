"""The sources of images that come with the package; see `tfgan_course.data.source`."""
