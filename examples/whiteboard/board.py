"""The strokes on the board, in the order they were drawn, and the file that remembers them."""

import json
import os
from pathlib import Path

from greeting import greeting

COLORS = ('ink', 'red', 'orange', 'yellow', 'green', 'blue', 'violet', 'paper')
MOST_STROKES = 4000
MOST_NUMBERS = 4000  # two a point
FARTHEST = 50_000


class Board:
    def __init__(self, file: Path | None):
        self.file = file
        self.strokes: dict[str, dict] = {}
        self.cleared: list[dict] = []

    @property
    def kept(self) -> bool:
        """Whether the strokes outlive the process."""
        return self.file is not None

    @classmethod
    def open(cls, folder: Path) -> 'Board':
        writable = folder.is_dir() and os.access(folder, os.W_OK)
        board = cls(folder / 'whiteboard.jsonl' if writable else None)
        if board.file and board.file.exists():
            board._replay(board.file.read_text('utf-8').splitlines())
            board._compact()
        else:
            for stroke in greeting():
                board.add(stroke)
        return board

    @staticmethod
    def read_stroke(message: dict) -> dict:
        """What a browser sent, checked. Raises ValueError, KeyError or TypeError."""
        points = [int(number) for number in message['points']]
        if not 2 <= len(points) <= MOST_NUMBERS or len(points) % 2 or max(map(abs, points)) > FARTHEST:
            raise ValueError('points')
        if message['color'] not in COLORS:
            raise ValueError('color')
        identity = message['id']
        if not isinstance(identity, str) or not 1 <= len(identity) <= 40:
            raise ValueError('id')
        return {
            'id': identity,
            'color': message['color'],
            'width': max(1, min(80, int(message['width']))),
            'points': points,
        }

    def add(self, stroke: dict) -> bool:
        known = self.strokes.get(stroke['id'])
        if known:
            # The same stroke again after a lost connection; a stranger may not overwrite it.
            return known['author'] == stroke['author']
        if len(self.strokes) >= MOST_STROKES:
            oldest = next(iter(self.strokes))
            del self.strokes[oldest]
            self._remember({'remove': oldest})
        self.strokes[stroke['id']] = stroke
        self._remember({'add': stroke})
        return True

    def undo(self, author: str) -> str | None:
        for identity in reversed(self.strokes):
            if self.strokes[identity]['author'] == author:
                del self.strokes[identity]
                self._remember({'remove': identity})
                return identity
        return None

    def clear(self) -> bool:
        if not self.strokes:
            return False
        self.cleared = list(self.strokes.values())
        self.strokes = {}
        self._remember({'clear': True})
        return True

    def restore(self) -> list[dict]:
        back, self.cleared = self.cleared, []
        back = [stroke for stroke in back if stroke['id'] not in self.strokes]
        # Below what was drawn since.
        self.strokes = {stroke['id']: stroke for stroke in back} | self.strokes
        for stroke in back:
            self._remember({'add': stroke})
        return back

    def _remember(self, change: dict) -> None:
        if self.file:
            with self.file.open('a', encoding='utf-8') as out:
                out.write(json.dumps(change, separators=(',', ':')) + '\n')

    def _replay(self, lines: list[str]) -> None:
        for line in lines:
            try:
                change = json.loads(line)
            except ValueError:
                continue  # the last line of a process that was killed while it wrote
            if 'add' in change:
                self.strokes[change['add']['id']] = change['add']
            elif 'remove' in change:
                self.strokes.pop(change['remove'], None)
            elif 'clear' in change:
                self.strokes = {}

    def _compact(self) -> None:
        fresh = self.file.with_suffix('.new')
        with fresh.open('w', encoding='utf-8') as out:
            # A first line even for an empty board: whoever cleared it does not want the greeting back.
            out.write('{"clear":true}\n')
            for stroke in self.strokes.values():
                out.write(json.dumps({'add': stroke}, separators=(',', ':')) + '\n')
        fresh.replace(self.file)
