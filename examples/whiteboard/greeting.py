"""What is on a new board: a harbour in a few strokes, so that nobody meets an empty page."""

import math
import random


def greeting() -> list[dict]:
    hand = random.Random(5)
    strokes: list[dict] = []

    def line(color: str, width: int, points: list[tuple[float, float]], wobble: float = 1.6) -> None:
        """A line as a hand draws it: the corners stay, the way between them wavers a little."""
        way: list[int] = []
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / 14))
            for step in range(steps):
                share = step / steps
                way += [
                    round(x0 + (x1 - x0) * share + hand.gauss(0, wobble)),
                    round(y0 + (y1 - y0) * share + hand.gauss(0, wobble)),
                ]
        way += [round(points[-1][0]), round(points[-1][1])]
        strokes.append(
            {'id': f'greeting-{len(strokes)}', 'author': 'plaza', 'color': color, 'width': width, 'points': way}
        )

    def arc(color: str, width: int, x: float, y: float, rx: float, ry: float, start: float, end: float) -> None:
        turn = [math.radians(start + (end - start) * i / 28) for i in range(29)]
        line(color, width, [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in turn], 0.7)

    def scribble(color: str, width: int, x0: float, x1: float, top, bottom, gap: float) -> None:
        """Fills what lies between two curves by going up and down."""
        points = []
        x = x0
        up = True
        while x <= x1:
            points.append((x, top(x) if up else bottom(x)))
            up = not up
            x += gap
        line(color, width, points, 1.2)

    # sun
    scribble(
        'yellow',
        13,
        652,
        748,
        lambda x: 92 - math.sqrt(max(0, 50**2 - (x - 700) ** 2)),
        lambda x: 92 + math.sqrt(max(0, 50**2 - (x - 700) ** 2)),
        9,
    )
    arc('orange', 6, 700, 92, 55, 54, 10, 375)
    for ray in range(12):
        a = math.radians(ray * 30 + 8)
        far = 108 if ray % 2 else 92
        line(
            'orange',
            6,
            [(700 + 72 * math.cos(a), 92 + 72 * math.sin(a)), (700 + far * math.cos(a), 92 + far * math.sin(a))],
            0.8,
        )

    # hills
    line('green', 7, [(20, 330), (70, 286), (130, 250), (190, 236), (250, 250), (300, 282), (350, 316), (380, 332)])
    scribble('green', 5, 60, 340, lambda x: 336 - 84 * math.sin(math.pi * (x - 20) / 360) + 6, lambda x: 334, 15)

    # lighthouse
    line('ink', 6, [(196, 240), (208, 118), (252, 118), (264, 240)])
    for y in (146, 178, 210):
        inset = (y - 118) / 122 * 12
        line('red', 15, [(212 - inset, y), (248 + inset, y)], 1)
    line('ink', 6, [(202, 118), (258, 118)])
    line('ink', 6, [(214, 118), (214, 88), (246, 88), (246, 118)])
    line('red', 9, [(206, 88), (230, 64), (254, 88), (208, 88)])
    line('yellow', 9, [(230, 96), (230, 110)], 0.5)
    line('yellow', 5, [(262, 100), (380, 70)])
    line('yellow', 5, [(262, 108), (388, 118)])

    # boat
    line('red', 8, [(430, 336), (452, 384), (586, 384), (616, 330), (430, 336)])
    scribble('red', 7, 448, 594, lambda x: 344, lambda x: 376, 8)
    line('ink', 7, [(520, 332), (522, 148)])
    line('blue', 7, [(530, 160), (604, 308), (530, 312), (530, 160)])
    scribble('blue', 5, 536, 592, lambda x: 166 + (x - 530) * 2, lambda x: 306, 9)
    line('violet', 7, [(512, 186), (456, 312), (512, 312), (512, 186)])
    line('orange', 7, [(522, 148), (556, 138), (524, 126)])

    # water
    for row, (left, right) in enumerate(((40, 420), (630, 800), (90, 780), (40, 700), (150, 800))):
        y = (352, 348, 408, 438, 466)[row]
        line('blue', 6, [(x, y + 8 * math.sin(x / 17 + row)) for x in range(left, right, 9)], 0.6)

    # gulls
    for x, y, size in ((338, 178, 20), (424, 146, 26), (566, 70, 16)):
        arc('ink', 5, x - size, y, size, size * 0.6, 200, 350)
        arc('ink', 5, x + size, y, size, size * 0.6, 190, 340)

    # "hello"
    base, x = 18.0, 300.0
    line(
        'violet',
        9,
        [
            (x, base - 62),
            (x, base),
            (x, base - 20),
            (x + 8, base - 32),
            (x + 20, base - 32),
            (x + 26, base - 20),
            (x + 26, base),
        ],
        0.8,
    )
    x += 46
    line(
        'violet',
        9,
        [
            (x, base - 17),
            (x + 30, base - 17),
            (x + 28, base - 28),
            (x + 16, base - 35),
            (x + 3, base - 28),
            (x - 1, base - 14),
            (x + 6, base - 2),
            (x + 18, base + 1),
            (x + 30, base - 5),
        ],
        0.6,
    )
    for gap in (46, 24):
        x += gap
        line('violet', 9, [(x, base - 64), (x - 1, base - 8), (x + 8, base)], 0.8)
    x += 42
    arc('violet', 9, x, base - 16, 17, 18, -90, 275)
    x += 34
    line('violet', 9, [(x, base - 62), (x - 2, base - 18)], 0.6)
    line('violet', 10, [(x - 3, base), (x - 2, base + 1)], 0.2)
    return strokes
