"""Stills drawn by code, one from each seed: hills under a moon, a field of currents, lit windows, bubbles, ripples.

`draw(seed)` gives a JPEG as a phone would send it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from live.demo.palette import Palette, at, choose, mix

WIDTH, HEIGHT = 1440, 1080

Motif = Callable[[Random, Palette], Image.Image]


def draw(seed: int) -> bytes:
    """Return a JPEG of WIDTH × HEIGHT; the same for the same seed."""
    random = Random(seed)
    image = random.choice(MOTIFS)(random, choose(random))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    rows = np.linspace(top, bottom, HEIGHT)[:, None, :]
    return Image.fromarray(np.broadcast_to(rows, (HEIGHT, WIDTH, 3)).astype(np.uint8))


def hills(random: Random, palette: Palette) -> Image.Image:
    """Ridge behind ridge, the farther the paler, and a moon with its halo."""
    image = gradient(palette[1], at(palette, random.uniform(0.6, 0.85)))
    x, y, radius = random.randint(200, WIDTH - 200), random.randint(150, 420), random.randint(50, 110)
    glow(image, (x, y), radius, palette[-1])
    pen = ImageDraw.Draw(image)
    ridges = 6
    for ridge in range(ridges):
        share = ridge / (ridges - 1)
        base = HEIGHT * (0.45 + 0.1 * ridge)
        waves = [
            (random.uniform(0.5, 3.5) * (1 + ridge / 3), random.uniform(0, 6.3), random.uniform(10, 46))
            for _ in range(5)
        ]
        line = [
            (x, base + sum(size * math.sin(x / WIDTH * turns * 6.3 + phase) for turns, phase, size in waves))
            for x in range(0, WIDTH + 8, 8)
        ]
        pen.polygon([(0, HEIGHT), *line, (WIDTH, HEIGHT)], fill=at(palette, 0.62 * (1 - share)))
    return image


def glow(image: Image.Image, middle: tuple[int, int], radius: int, colour: tuple[int, int, int]) -> None:
    """A disc of light with a soft halo, in place."""
    halo = Image.new("L", image.size, 0)
    x, y = middle
    wide = radius * 2
    ImageDraw.Draw(halo).ellipse((x - wide, y - wide, x + wide, y + wide), fill=110)
    halo = halo.reduce(4).filter(ImageFilter.GaussianBlur(radius / 5)).resize(image.size)
    ImageDraw.Draw(halo).ellipse((x - radius, y - radius, x + radius, y + radius), fill=245)
    image.paste(Image.new("RGB", image.size, colour), mask=halo)


def currents(random: Random, palette: Palette) -> Image.Image:
    """Hundreds of fine lines that drift along an invisible stream."""
    image = Image.new("RGB", (WIDTH, HEIGHT), palette[0])
    pen = ImageDraw.Draw(image, "RGBA")
    a, b, c = random.uniform(1.2, 3.0), random.uniform(1.2, 3.0), random.uniform(0, 6.3)
    for _ in range(620):
        x, y = random.uniform(-100, WIDTH), random.uniform(-50, HEIGHT + 50)
        colour = (*at(palette, random.betavariate(2, 1.6) * 0.9 + 0.1), random.randint(70, 190))
        line = []
        for _ in range(46):
            line.append((x, y))
            angle = 1.4 * math.sin(a * x / 600 + c) + 1.4 * math.cos(b * y / 500 - c)
            x, y = x + 9 * math.cos(angle), y + 9 * math.sin(angle)
        pen.line(line, fill=colour, width=random.choice((2, 2, 3, 5)), joint="curve")
    return image


def windows(random: Random, palette: Palette) -> Image.Image:
    """A town at night, some of it still awake."""
    image = gradient(palette[0], at(palette, 0.45))
    glow(image, (random.randint(100, WIDTH - 100), random.randint(100, 300)), 40, palette[-1])
    pen = ImageDraw.Draw(image)
    for depth in range(3):
        wall = mix(at(palette, 0.3 - 0.12 * depth), (6, 6, 10), 0.25 + 0.2 * depth)
        x = -random.randint(0, 80)
        while x < WIDTH:
            width, top = random.randint(90, 190), random.randint(280 + 120 * depth, 560 + 130 * depth)
            pen.rectangle((x, top, x + width, HEIGHT), fill=wall)
            light_windows(random, palette, pen, (x, top, x + width, HEIGHT), 18 + 5 * depth)
            x += width + random.randint(2, 40)
    return image


def light_windows(
    random: Random, palette: Palette, pen: ImageDraw.ImageDraw, house: tuple[int, int, int, int], step: int
) -> None:
    left, top, right, bottom = house
    awake = random.uniform(0.1, 0.5)
    for y in range(top + step, bottom - step, step * 2):
        for x in range(left + step, right - step, step * 2):
            if random.random() < awake:
                pen.rectangle((x, y, x + step - 4, y + step + 2), fill=mix(palette[-1], palette[-2], random.random()))


def bubbles(random: Random, palette: Palette) -> Image.Image:
    """Discs of glass, as many as fit without touching."""
    image = gradient(palette[0], at(palette, 0.3))
    placed: list[tuple[float, float, float]] = []
    for attempt in range(1800):
        radius = random.uniform(14, 150) if attempt < 300 else random.uniform(8, 40)
        x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
        if all(math.hypot(x - px, y - py) > radius + pr + 4 for px, py, pr in placed):
            placed.append((x, y, radius))
    pen = ImageDraw.Draw(image, "RGBA")
    for x, y, radius in placed:
        colour = at(palette, random.uniform(0.35, 1.0))
        for ring in range(6):
            r = radius * (1 - ring * 0.13)
            tint = mix(colour, palette[-1], ring * 0.12)
            pen.ellipse((x - r, y - r * 0.999, x + r, y + r), fill=(*tint, 120 if ring else 210))
    return image


def ripples(random: Random, palette: Palette) -> Image.Image:
    """Rain on still water."""
    y, x = np.mgrid[0:HEIGHT:2, 0:WIDTH:2].astype(np.float32)
    field = np.zeros_like(x)
    for _ in range(random.randint(3, 6)):
        distance = np.hypot(x - random.uniform(0, WIDTH), y - random.uniform(0, HEIGHT))
        field += np.sin(distance / random.uniform(14, 34)) * np.exp(-distance / 900)
    share = (np.tanh(field) + 1) / 2 * (len(palette) - 1)
    colours = np.array(palette, np.float32)
    first = np.minimum(share.astype(int), len(palette) - 2)
    part = (share - first)[..., None]
    picture = colours[first] * (1 - part) + colours[first + 1] * part
    return Image.fromarray(picture.astype(np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


MOTIFS: tuple[Motif, ...] = (hills, currents, windows, bubbles, ripples)
