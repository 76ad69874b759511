"""Reports repeated by one command, the report's results beside one's own: `python -m tfgan_course labs`."""
