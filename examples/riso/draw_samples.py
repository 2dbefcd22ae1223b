"""Draws the pictures in samples/. Not needed to run the app."""

from pathlib import Path

import numpy as np
from PIL import Image

W, H = 960, 720
Y, X = np.mgrid[0:H, 0:W].astype(np.float64)


def blend(picture, color, mask):
    return picture * (1 - mask[..., None]) + np.asarray(color, float) / 255 * mask[..., None]


def gradient(stops):
    rows = np.linspace(0, 1, H)
    at = [stop for stop, _ in stops]
    return np.stack([np.interp(rows, at, [color[c] / 255 for _, color in stops]) for c in range(3)], -1)[
        :, None, :
    ].repeat(W, 1)


def edge(distance):
    return np.clip(0.5 - distance, 0, 1)


def ridge(seed, base, height, rough):
    chance = np.random.default_rng(seed)
    x = np.arange(W)
    line = np.zeros(W)
    for octave in range(1, 9):
        points = chance.normal(0, 1, 3 + int(2.1**octave))
        knots = np.linspace(0, W, len(points))
        line += np.interp(x, knots, points) * rough**octave
    return base - height * line


def dusk():
    picture = gradient(
        [
            (0, (52, 64, 128)),
            (0.3, (190, 110, 150)),
            (0.52, (255, 190, 130)),
            (0.62, (255, 232, 180)),
            (1, (255, 232, 180)),
        ]
    )
    sun = np.hypot(X - 620, Y - 300)
    picture = picture + (np.exp(-((sun / 190) ** 2)) * 0.3)[..., None] * np.array([1, 0.8, 0.4])
    picture = blend(np.clip(picture, 0, 1), (255, 248, 214), edge(sun - 84))
    layers = [
        (1, 380, 56, (196, 130, 160)),
        (2, 440, 62, (142, 92, 146)),
        (3, 496, 50, (92, 70, 128)),
        (4, 540, 34, (54, 48, 100)),
    ]
    for seed, base, height, color in layers:
        top = ridge(seed + 10, base, height, 0.5)
        haze = np.clip((Y - top) / 190, 0, 1)
        near = blend(picture, color, edge(top[None, :] - Y))
        picture = near + (haze * (Y > top) * 0.16)[..., None]
    shore = 560
    mirror = picture[shore - 1 : shore - 1 - (H - shore) : -1]
    depth = np.arange(H - shore)
    for row in depth:
        mirror[row] = np.roll(mirror[row], round(5 * np.sin(row * 0.55 + row * row * 0.002)), axis=0)
    picture[shore:] = mirror * np.linspace(0.92, 0.55, H - shore)[:, None, None] + np.array([0.02, 0.02, 0.06])
    chance = np.random.default_rng(4)
    for _ in range(90):
        y = int(shore + 6 + (H - shore - 10) * chance.random() ** 1.3)
        x = int(620 + chance.normal(0, 24 + (y - shore) * 0.5))
        length = int(8 + chance.random() * 40)
        picture[y : y + 2, max(0, x - length) : x + length] = np.array([1, 0.9, 0.68])
    # reeds
    for _ in range(46):
        x0 = chance.choice([chance.normal(90, 60), chance.normal(880, 46)])
        tall, lean = chance.uniform(120, 290), chance.normal(0, 40)
        way = (H - Y) / tall
        picture = blend(picture, (26, 22, 52), edge(np.abs(X - x0 - lean * way**2) - 3.4 * (1 - way)) * (way < 1))
    return picture


def ball(picture, x, y, r, color, gloss=0.75, squash=1.0, texture=None):
    dx, dy = (X - x) / r, (Y - y) / (r * squash)
    inside = dx**2 + dy**2
    z = np.sqrt(np.clip(1 - inside, 0, 1))
    light = np.clip(-0.5 * dx - 0.62 * dy + 0.6 * z, 0, 1)
    rim = np.clip(0.35 + 0.8 * light, 0, 1.15)
    base = np.asarray(color, float) / 255 * np.ones((H, W, 1)) if texture is None else texture(dx, dy, z)
    shine = np.clip(-0.42 * dx - 0.5 * dy + 0.76 * z, 0, 1) ** 40 * gloss
    return np.where((inside < 1)[..., None], np.clip(base * rim[..., None] + shine[..., None], 0, 1), picture)


def shadow(picture, x, y, rx, ry, strength):
    return picture * (1 - strength * np.exp(-((((X - x) / rx) ** 2 + ((Y - y) / ry) ** 2) ** 1.4)))[..., None]


def fruit():
    picture = gradient([(0, (120, 190, 200)), (0.6, (206, 226, 214)), (0.61, (250, 214, 170)), (1, (235, 170, 120))])
    checks = (
        (
            np.floor((X - 480) / (40 + np.clip(Y - 440, 0, None) * 0.5))
            + np.floor(np.sqrt(np.clip(Y - 440, 0, None)) / 2.6)
        )
        % 2
        == 0
    ) & (Y > 442)
    picture = blend(picture, (240, 120, 110), checks * 0.38)
    for x, y, rx in ((290, 590, 250), (560, 560, 240), (740, 620, 170), (450, 664, 150)):
        picture = shadow(picture, x + 70, y, rx, 46, 0.55)
    picture = ball(picture, 545, 380, 190, (232, 66, 58))
    picture = shadow(picture, 548, 214, 60, 26, 0.5)
    stalk = np.abs(X - 552 - 22 * np.sin((Y - 150) / 60)) < 6
    picture = blend(picture, (70, 46, 30), (stalk & (Y > 128) & (Y < 224)).astype(float))
    leaf = ((X - 626) * 0.9 + (Y - 150) * 0.45) ** 2 / 88**2 + ((Y - 150) * 0.9 - (X - 626) * 0.45) ** 2 / 30**2
    picture = blend(picture, (60, 140, 70), edge((leaf - 1) * 20))
    picture = blend(picture, (30, 92, 52), edge((np.abs((Y - 150) * 0.9 - (X - 626) * 0.45) - 3)) * (leaf < 0.9))
    picture = ball(picture, 270, 450, 152, (255, 150, 40), 0.5)
    picture = ball(picture, 748, 520, 122, (255, 214, 50), 0.55, 0.82)
    picture = ball(picture, 452, 586, 88, (98, 60, 150), 0.9)
    return picture


def balloons():
    picture = gradient([(0, (70, 150, 226)), (0.55, (170, 216, 246)), (1, (255, 236, 200))])
    chance = np.random.default_rng(12)
    for x0, y0, size in ((180, 560, 90), (760, 600, 110), (480, 680, 130), (90, 180, 50), (850, 250, 56)):
        for _ in range(9):
            x, y, r = x0 + chance.normal(0, size), y0 + chance.normal(0, size * 0.18), size * chance.uniform(0.35, 0.6)
            d = np.hypot(X - x, (Y - y) * 1.25)
            cloud = np.clip(1.02 - 0.12 * (Y - y + r) / r, 0.8, 1)
            picture = np.where((d < r)[..., None], cloud[..., None] * np.array([1, 0.99, 0.97]), picture)

    def balloon(picture, x, y, r, colors):
        def stripes(dx, dy, z):
            lon = np.arctan2(dx, np.maximum(z, 1e-6)) / np.pi * 10
            which = (np.floor(lon) % len(colors)).astype(int)
            band = np.abs(dy - 0.12) < 0.13
            chosen = (np.asarray(colors, float) / 255)[which]
            return np.where(band[..., None], np.asarray(colors[-1], float) / 255 * 0.9 + 0.05, chosen)

        taper = (Y > y + r * 0.62) & (np.abs(X - x) < r * 0.78 - (Y - y - r * 0.62) * 0.72) & (Y < y + r * 1.36)
        lean = np.clip(0.8 - (X - x) / r * 0.5, 0.25, 1)
        tone = np.asarray(colors[0], float) / 255
        picture = np.where(taper[..., None], tone * lean[..., None], picture)
        picture = ball(picture, x, y, r, colors[0], 0.25, 1.0, stripes)
        for side in (-1, 1):
            rope = (np.abs(X - x - side * r * 0.17) < 1.6) & (Y > y + r * 1.3) & (Y < y + r * 1.62)
            picture = blend(picture, (60, 40, 30), rope.astype(float))
        basket = (np.abs(X - x) < r * 0.2) & (Y > y + r * 1.6) & (Y < y + r * 1.86)
        return blend(picture, (120, 72, 40), basket.astype(float))

    picture = balloon(picture, 240, 210, 66, [(250, 200, 60), (240, 120, 60), (255, 244, 214)])
    picture = balloon(picture, 770, 330, 88, [(80, 180, 150), (250, 236, 200), (30, 90, 110)])
    picture = balloon(picture, 500, 270, 190, [(232, 60, 70), (255, 240, 214), (250, 180, 60), (60, 70, 150)])
    return picture


if __name__ == '__main__':
    for draw in (dusk, fruit, balloons):
        pixels = (np.clip(draw(), 0, 1) * 255).astype(np.uint8)
        Image.fromarray(pixels).save(Path(__file__).parent / 'samples' / f'{draw.__name__}.webp', quality=86)
