"""The duck: it never knows the answer, and knows which question comes next."""

import random
import re
from collections.abc import Iterator

ASKS = [
    (r'\b(error|exception|traceback|crash\w*|fails?|failed)\b', [
        'What does the last line of the error say, word for word?',
        'Which line of yours is the lowest one in the traceback?',
        'When did it work last, and what has changed since?',
    ]),
    (r'\b(slow|takes|hangs?|timeout|forever)\b', [
        'Have you measured where the time goes, or do you suspect?',
        'Is it as slow with a tenth of the data?',
    ]),
    (r'\b(should|expect\w*|supposed)\b', ['And what happens instead? Say both, one after the other.']),
    (r'\b(sometimes|randomly|flaky)\b', ['What is different in the times when it works: order, time, data, machine?']),
    (r'\b(because|since)\b', ['How do you know that that is the reason? What would you see if it were not?']),
    (r'\?\s*$', ['What would you answer if a colleague asked you that?']),
    (r'\b(ah+|oh|wait|got it|of course|solved|thanks?)\b', ['Quack. I knew you would find it.']),
]  # fmt: skip
FURTHER = [
    'Go on. What happens just before that?',
    'What is the smallest input that still shows it?',
    'Which part of this have you not looked at, because it surely works?',
    'Say it again, as if I had never seen a computer.',
]


def answer(message: str, history: list[dict]) -> Iterator[str]:
    """The reply to `message`, piece by piece. `history` holds what was said before: dicts with `role` and `content`."""
    questions = next((asks for pattern, asks in ASKS if re.search(pattern, message, re.IGNORECASE)), FURTHER)
    said = str(history)
    fresh = [question for question in questions if question not in said] or FURTHER
    yield from re.findall(r'\S+\s*', random.choice(fresh))
