"""Invents weather.csv, the same every time. Not needed to run the app."""

from pathlib import Path

import numpy as np
import pandas as pd

HARBOURS = {
    # name: mean °C, swing °C, wind m/s, windiest direction, rain, seed
    'Skerry Bay': (9.5, 5.5, 8.2, 245, 1.5, 11),
    'Port Amber': (13.5, 8.0, 5.4, 200, 0.8, 22),
    'Low Light': (11.0, 9.5, 6.3, 300, 1.0, 33),
}


def drifting(chance: np.random.Generator, steps: int, keep: float) -> np.ndarray:
    """Noise with a memory: weather tends to stay as it is."""
    values = np.zeros(steps)
    push = chance.normal(0, np.sqrt(1 - keep**2), steps)
    for step in range(1, steps):
        values[step] = keep * values[step - 1] + push[step]
    return values


def invent(name: str, mean: float, swing: float, wind: float, windiest: float, rain: float, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    time = pd.date_range('2025-01-01', '2025-12-31 21:00', freq='3h')
    steps = len(time)
    year = 2 * np.pi * (time.day_of_year.to_numpy() - 205) / 365
    day = 2 * np.pi * (time.hour.to_numpy() - 15) / 24
    pressure = drifting(chance, steps, 0.975)  # high is fair, low is foul
    warm = (
        mean
        + swing * np.cos(year)
        + (1.2 + 1.4 * (1 + np.cos(year))) * np.cos(day)
        + 2.2 * drifting(chance, steps, 0.97)
    )
    sea_breeze = 1.6 * np.clip(np.cos(day), 0, 1) * np.clip(np.cos(year) + 0.3, 0, 1)
    strength = (
        wind * np.exp(-0.38 * pressure - 0.3 * np.cos(year) + 0.22 * drifting(chance, steps, 0.85)) * 0.92 + sea_breeze
    )
    direction = (windiest + 62 * drifting(chance, steps, 0.96) + 50 * pressure * 0.6) % 360
    wet = np.clip(-pressure - 0.45 + 0.7 * chance.normal(0, 1, steps), 0, None)
    waves = 0.25 + 0.045 * pd.Series(strength).rolling(4, min_periods=1).mean().to_numpy() ** 1.5 * (
        0.7 + 0.3 * np.cos(np.deg2rad(direction - windiest))
    )
    return pd.DataFrame(
        {
            'harbour': name,
            'time': time.strftime('%Y-%m-%dT%H'),
            'temperature': warm.round(1),
            'wind': strength.round(1),
            'direction': direction.round(-1).astype(int) % 360,
            'rain': (wet * rain).round(1),
            'waves': waves.clip(0.1).round(1),
        }
    )


if __name__ == '__main__':
    table = pd.concat([invent(name, *about) for name, about in HARBOURS.items()])
    table.to_csv(Path(__file__).parent / 'weather.csv', index=False)
