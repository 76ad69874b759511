"""Several variants on the same images with the same budget, judged by one judge: `python -m tfgan_course compare`."""
