"""A risograph in numpy: two inks, two screens, one sheet of paper."""

from functools import lru_cache

import numpy as np
from PIL import Image

PAPER = (246, 240, 228)
INKS = {
    'Pink + Blue': ((255, 72, 176), (0, 120, 191)),
    'Orange + Teal': ((255, 108, 47), (0, 116, 128)),
    'Sunflower + Violet': ((255, 181, 17), (94, 62, 152)),
    'Red + Midnight': ((241, 80, 96), (40, 50, 92)),
    'Mint + Crimson': ((92, 205, 190), (196, 38, 76)),
}
SCREENS = ('Dots', 'Lines', 'Grain')
SIDE = 1200  # pixels of the longer side of a print
STEPS = 24  # coverages and colour levels that the separation tells apart


def print_picture(
    picture: Image.Image, inks: str, screen: str, size: float, slip: float, richness: float, seed: int = 7
):
    """Returns the print and its two plates. `size` and `slip` are pixels on the print, `richness` is 0.5 to 1.5."""
    chance = np.random.default_rng(seed)
    sheet = prepare(picture)
    height, width = sheet.shape[:2]
    first, second = INKS[inks]
    coverage = separate(sheet, first, second, richness)
    result = paper(height, width, chance)
    plates = []
    for ink, amount, angle, shift in zip((first, second), coverage, (18, 63), ((slip, slip * 0.6), (-slip * 0.4, 0))):
        amount = slide(amount, *shift)
        inked = halftone(amount, screen, size, angle, chance) * unevenness(height, width, chance)
        shade = np.asarray(ink, np.float32) / 255
        result *= 1 - inked[..., None] * (1 - shade)
        plates.append(to_image((1 - inked[..., None] * (1 - shade)) * (np.asarray(PAPER, np.float32) / 255)))
    return to_image(result), plates[0], plates[1]


def prepare(picture: Image.Image) -> np.ndarray:
    """The picture at the size of the print, its tones stretched so that paper and full ink are both used."""
    if picture.has_transparency_data:
        picture = Image.alpha_composite(Image.new('RGBA', picture.size, 'white'), picture.convert('RGBA'))
    picture = picture.convert('RGB')
    scale = SIDE / max(picture.size)
    size = (max(8, round(picture.width * scale)), max(8, round(picture.height * scale)))
    sheet = np.asarray(picture.resize(size, Image.Resampling.BICUBIC), np.float32) / 255
    low, high = np.percentile(sheet.mean(axis=2), (1, 99))
    return np.clip((sheet - low) / max(0.2, high - low), 0, 1)


def separate(sheet: np.ndarray, first, second, richness: float) -> list[np.ndarray]:
    """How much of each ink comes closest to each colour, looked up in a small cube of colours."""
    cube = separation_cube(first, second)
    level = np.clip(sheet ** (0.85 * richness) * (STEPS - 1) + 0.5, 0, STEPS - 1).astype(np.intp)
    chosen = cube[level[..., 0], level[..., 1], level[..., 2]]
    return [soften(chosen[..., ink].astype(np.float32) / (STEPS - 1)) for ink in (0, 1)]


@lru_cache(maxsize=8)
def separation_cube(first, second) -> np.ndarray:
    cover = np.linspace(0, 1, STEPS, dtype=np.float32)
    light = lambda ink: 1 - cover[:, None] * (1 - np.asarray(ink, np.float32) / 255)
    overprints = (light(first)[:, None, :] * light(second)[None, :, :]).reshape(-1, 3)
    levels = np.linspace(0, 1, STEPS, dtype=np.float32)
    colors = np.stack(np.meshgrid(levels, levels, levels, indexing='ij'), axis=-1).reshape(-1, 3)
    # Lightness counts most: two inks cannot hit every hue, but they can always keep the drawing.
    weigh = np.array([[0.30, 0.55, 0.15], [0.5, -0.5, 0.0], [0.25, 0.25, -0.5]], np.float32).T * np.array(
        [2.2, 0.8, 0.7], np.float32
    )
    target, reach = colors @ weigh, overprints @ weigh
    distance = (reach**2).sum(1)[None, :] - 2 * target @ reach.T
    best = distance.argmin(axis=1)
    return np.stack([best // STEPS, best % STEPS], axis=-1).astype(np.uint8).reshape(STEPS, STEPS, STEPS, 2)


def halftone(amount: np.ndarray, screen: str, size: float, angle: float, chance: np.random.Generator) -> np.ndarray:
    """Amounts become ink or no ink, with edges as soft as a pixel."""
    height, width = amount.shape
    noise = chance.standard_normal((height, width), dtype=np.float32)
    if screen == 'Grain':
        grain = soften(noise, max(1, round(size / 7)))
        rank = np.argsort(np.argsort(grain[::3, ::3].ravel())) / grain[::3, ::3].size
        order = np.interp(grain, np.sort(grain[::3, ::3].ravel()), np.sort(rank)).astype(np.float32)
        return np.clip((amount - order) * 5 + 0.5, 0, 1)
    turn = np.deg2rad(angle)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u = (x * np.cos(turn) + y * np.sin(turn)) * (np.pi / size)
    v = (y * np.cos(turn) - x * np.sin(turn)) * (np.pi / size)
    if screen == 'Lines':
        wave = np.abs(((v / np.pi) % 1) * 2 - 1)
    else:
        # Rounded dots that meet as a chequerboard at one half, the classic screen.
        wave = 0.5 + 0.25 * np.cos(2 * u) + 0.25 * np.cos(2 * v)
        wave = np.interp(wave, np.linspace(0, 1, 33), dot_ranks()).astype(np.float32)
    return np.clip((amount - wave - 0.05 * noise) * size * 0.55 + 0.5, 0, 1)


@lru_cache(maxsize=1)
def dot_ranks() -> np.ndarray:
    """Which share of the screen lies below a height of its wave, so that half an amount covers half the paper."""
    phase = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    wave = 0.5 + 0.25 * np.cos(phase)[:, None] + 0.25 * np.cos(phase)[None, :]
    return np.searchsorted(np.sort(wave.ravel()), np.linspace(0, 1, 33)) / wave.size


def unevenness(height: int, width: int, chance: np.random.Generator) -> np.ndarray:
    """A drum never inks evenly: clouds of more and less, and pinholes."""
    clouds = chance.normal(0, 1, (max(2, height // 90), max(2, width // 90))).astype(np.float32)
    clouds = np.asarray(Image.fromarray(clouds).resize((width, height), Image.Resampling.BICUBIC))
    pinholes = chance.random((height, width), dtype=np.float32) > 0.035
    return np.clip(0.93 + 0.045 * clouds, 0, 1) * np.where(pinholes, 1, 0.55).astype(np.float32)


def paper(height: int, width: int, chance: np.random.Generator) -> np.ndarray:
    fibres = soften(chance.standard_normal((height, width), dtype=np.float32), 2)
    return np.asarray(PAPER, np.float32) / 255 * (1 + 0.018 * fibres[..., None])


def slide(amount: np.ndarray, right: float, down: float) -> np.ndarray:
    return np.roll(amount, (round(down), round(right)), axis=(0, 1))


def soften(values: np.ndarray, radius: int = 1) -> np.ndarray:
    for axis in (0, 1):
        values = sum(np.roll(values, step, axis) for step in range(-radius, radius + 1)) / (2 * radius + 1)
    return values


def to_image(light: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(light, 0, 1) * 255 + 0.5).astype(np.uint8))
