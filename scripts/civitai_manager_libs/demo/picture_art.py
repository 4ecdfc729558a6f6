"""Abstract pictures drawn from a seed: gradients, dunes, lanterns, skylines, waves, auroras."""

from __future__ import annotations

import colorsys
import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Color = tuple[int, int, int]
Outline = list[tuple[float, float]]


def _color(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _sky(size: tuple[int, int], top: Color, bottom: Color) -> Image.Image:
    """A vertical gradient."""
    mask = Image.linear_gradient('L').resize(size, Image.Resampling.BILINEAR)
    return Image.composite(Image.new('RGB', size, bottom), Image.new('RGB', size, top), mask)


def _glow(image: Image.Image, x: float, y: float, radius: float, color: Color) -> Image.Image:
    """A soft light added at (x, y), in pixels."""
    light = Image.new('RGB', image.size)
    ImageDraw.Draw(light).ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    return ImageChops.screen(image, light.filter(ImageFilter.GaussianBlur(radius * 0.45)))


def _ridge(width: int, height: int, level: float, swing: float, chance: random.Random) -> Outline:
    """Outline of a hill: points from left to right, closed along the lower edge."""
    waves = [(chance.uniform(0.6, 2.6), chance.uniform(0, 6.3), chance.random()) for _ in range(3)]
    points: Outline = []
    for step in range(65):
        x = step / 64
        rise = sum(math.sin(x * pitch * 6.3 + start) * part for pitch, start, part in waves)
        points.append((x * width, (level + rise * swing) * height))
    return [*points, (width, height), (0, height)]


def _draw_dunes(image: Image.Image, hue: float, chance: random.Random) -> Image.Image:
    width, height = image.size
    image = _glow(image, width * chance.random(), height * 0.3, width * 0.16, (255, 226, 170))
    for layer in range(5):
        draw = ImageDraw.Draw(image)
        color = _color(hue + layer * 0.025, 0.35 + layer * 0.09, 0.86 - layer * 0.15)
        draw.polygon(_ridge(width, height, 0.46 + layer * 0.12, 0.035, chance), fill=color)
    return image


def _draw_lanterns(image: Image.Image, hue: float, chance: random.Random) -> Image.Image:
    width, height = image.size
    for _ in range(16):
        radius = width * chance.uniform(0.02, 0.11)
        color = _color(hue + chance.uniform(-0.09, 0.16), chance.uniform(0.4, 0.8), 0.95)
        image = _glow(image, width * chance.random(), height * chance.random(), radius, color)
    return image


def _draw_skyline(image: Image.Image, hue: float, chance: random.Random) -> Image.Image:
    width, height = image.size
    image = _glow(image, width * chance.random(), height * 0.42, width * 0.2, _color(hue, 0.3, 1))
    for layer in range(3):
        draw, x = ImageDraw.Draw(image), -chance.random() * width * 0.1
        color = _color(hue + 0.5, 0.45, 0.55 - layer * 0.18)
        while x < width:
            broad = width * chance.uniform(0.05, 0.12)
            top = height * (0.42 + layer * 0.13 + chance.uniform(0, 0.18))
            draw.rectangle((x, top, x + broad, height), fill=color)
            _light_windows(draw, x, top, broad, height, chance)
            x += broad
    return image


def _light_windows(
    draw: ImageDraw.ImageDraw, x: float, top: float, broad: float, floor: int, chance: random.Random
) -> None:
    pane = max(broad / 9, 1.5)
    for row in range(int((floor - top) / (pane * 3.2))):
        for column in range(3):
            if chance.random() < 0.3:
                left, upper = x + broad * (0.18 + 0.25 * column), top + pane + row * pane * 3.2
                draw.rectangle((left, upper, left + pane, upper + pane), fill=(255, 221, 150))


def _draw_waves(image: Image.Image, hue: float, chance: random.Random) -> Image.Image:
    width, height = image.size
    for layer in range(9):
        veil = Image.new('RGB', image.size, _color(hue + layer * 0.035, 0.6, 0.95 - layer * 0.06))
        mask = Image.new('L', image.size)
        outline = _ridge(width, height, 0.1 + layer * 0.1, 0.05, chance)
        ImageDraw.Draw(mask).polygon(outline, fill=150)
        image = Image.composite(veil, image, mask)
    return image


def _draw_aurora(image: Image.Image, hue: float, chance: random.Random) -> Image.Image:
    width, height = image.size
    light = Image.new('RGB', image.size)
    draw = ImageDraw.Draw(light)
    for band in range(4):
        color = _color(hue + band * 0.07, 0.7, 0.75)
        points = _ridge(width, height, 0.2 + band * 0.09, 0.05, chance)[:-2]
        draw.line(points, fill=color, width=max(int(height * 0.05), 2))
    image = ImageChops.screen(image, light.filter(ImageFilter.GaussianBlur(height * 0.035)))
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = chance.random() * width, chance.random() * height * 0.6
        draw.ellipse((x, y, x + width / 350, y + width / 350), fill=(255, 255, 240))
    draw.polygon(_ridge(width, height, 0.82, 0.03, chance), fill=_color(hue + 0.4, 0.5, 0.16))
    return image


_PAINTERS = (_draw_dunes, _draw_lanterns, _draw_skyline, _draw_waves, _draw_aurora)
_PAINTED_EDGE = 1024


def paint(seed: int, width: int, height: int) -> Image.Image:
    """The RGB picture of this seed at this size in pixels.

    Drawn at up to 1024 pixels and scaled up beyond, since everything in it is soft.
    """
    chance = random.Random(seed)
    scale = min(1.0, _PAINTED_EDGE / max(width, height))
    size = (max(int(width * scale), 1), max(int(height * scale), 1))
    painter, hue = chance.choice(_PAINTERS), chance.random()
    dark = painter in (_draw_aurora, _draw_lanterns, _draw_skyline)
    top = _color(hue + 0.55, 0.6, 0.22 if dark else 0.85)
    bottom = _color(hue + 0.45, 0.5, 0.42 if dark else 0.98)
    image = painter(_sky(size, top, bottom), hue, chance)
    if size != (width, height):
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    return image
