"""One HTML file that shows runs side by side: `python -m tfgan_course report`."""
