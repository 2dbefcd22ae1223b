"""Looks: functions from a picture to a picture. Arrays of shape (height, width, 3), floats from 0 to 1."""

import numpy as np

INDIGO, SAND = np.array([0.16, 0.10, 0.42]), np.array([1.0, 0.86, 0.55])


def grey(picture: np.ndarray) -> np.ndarray:
    return picture @ np.array([0.2126, 0.7152, 0.0722])


def duotone(picture: np.ndarray, strength: float) -> np.ndarray:
    """Shadows in one colour, lights in another."""
    light = grey(picture)[..., None]
    return picture + strength * (INDIGO + light * (SAND - INDIGO) - picture)


def poster(picture: np.ndarray, strength: float) -> np.ndarray:
    """Few colours, as if they were printed one after the other."""
    steps = round(8 - 6 * strength)
    return np.round(picture * steps) / steps


def outline(picture: np.ndarray, strength: float) -> np.ndarray:
    """Ink where the lightness changes, paper elsewhere."""
    down, across = np.gradient(grey(picture))
    ink = np.clip(np.hypot(down, across) * (4 + 16 * strength), 0, 1)[..., None]
    paper = np.array([0.98, 0.96, 0.91])
    return paper + ink * (INDIGO - paper)


LOOKS = {'Duotone': duotone, 'Poster': poster, 'Outline': outline}


def landscape(width: int = 960, height: int = 600) -> np.ndarray:
    """The first picture: an evening over hills, computed, so that none needs to be stored."""
    y, x = np.mgrid[0:height, 0:width]
    dusk = (y / height)[..., None]
    picture = (1 - dusk) * np.array([0.32, 0.42, 0.72]) + dusk * np.array([1.0, 0.72, 0.5])
    sun = np.hypot(x - width * 0.66, y - height * 0.44) < height * 0.13
    picture[sun] = [1.0, 0.93, 0.72]
    for ridge in range(5):
        wave = np.sin(x / (210 - 24 * ridge) + 2.1 * ridge) + 0.5 * np.sin(x / (70 - 6 * ridge) + ridge)
        top = height * (0.5 + 0.1 * ridge) + wave * (34 - 4 * ridge)
        depth = 0.62 - 0.12 * ridge
        picture[y > top] = np.array([0.55, 0.62, 0.8]) * depth + np.array([0.02, 0.05, 0.06])
    return np.clip(picture, 0, 1)
