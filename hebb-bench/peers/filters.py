"""Joins pictures of filters side by side, each under its title; needs Pillow.

    hebb train miconi2021 --data DIR --epochs 0 --out runs/random
    hebb train miconi2021 --data DIR --epochs 5 --out runs/learned
    python hebb-bench/peers/filters.py filters.png "random=runs/random/filters-1.png" "learned=runs/learned/filters-1.png"
"""

import argparse

from PIL import Image, ImageDraw, ImageFont

GAP, TITLE, INK, PAPER = 48, 72, (40, 40, 40), (255, 255, 255)


def join(panels):
    """One picture of all panels, which are pairs of a title and an image."""
    width = sum(image.width for _, image in panels) + GAP * (len(panels) - 1)
    picture = Image.new("RGB", (width, TITLE + max(image.height for _, image in panels)), PAPER)
    draw, font, left = ImageDraw.Draw(picture), ImageFont.load_default(40), 0
    for title, image in panels:
        draw.text((left + image.width / 2, TITLE / 2), title, INK, font, anchor="mm")
        picture.paste(image, (left, TITLE))
        left += image.width + GAP
    return picture


def panel(argument):
    title, path = argument.split("=", 1)
    return title, Image.open(path).convert("RGB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="the PNG to write")
    parser.add_argument("panels", nargs="+", type=panel, metavar="TITLE=PNG")
    options = parser.parse_args()
    # A palette keeps the file small; 256 colours are more than the eye tells apart here.
    join(options.panels).quantize(256).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
