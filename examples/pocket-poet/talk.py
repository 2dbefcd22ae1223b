"""What the poet says before the verse: an ELIZA with opinions."""

import random
import re

from verse import FORMS, WEAK

SKIP = (
    WEAK
    | set(
        """i you me we he she it they about please poem poems verse verses write make give tell some something
anything let have has had can would could should may must want need just more very really on today now line lines
there here not no yes again another one two three me us also still not don't doesn't isn't it's i'm you're i've whats what's
hello hi hey thanks thank who's think say know feel feels feeling get got going go see look too much many poet pocket
and because why do does rhyme rhyming short long new good bad nice sing song""".split()
    )
    | set(FORMS)
)

SAYINGS = [
    (
        r'\b(who|what) are you\b|your name',
        [
            'I am a pocket poet: twenty-eight old poems, shaken. I have no memory and no shame.',
            'Nineteen dead poets in one very small coat. Ask me for a theme.',
        ],
    ),
    (
        r'how (do|does) (you|this|it) work|\bmarkov|algorithm',
        [
            'Backwards. I choose the rhyme first, then guess my way from the end of the line to its beginning. Most poets do, few say so.'
        ],
    ),
    (
        r'\b(thank|thanks|cheers|lovely|beautiful|wonderful|bravo)\b',
        ['You are too kind. Here, have the change.', 'Praise goes to my head; there is room. One more:'],
    ),
    (
        r'\b(bad|terrible|awful|stupid|nonsense|rubbish|boring)\b',
        ['Everybody is a critic. Keats had it worse.', 'It scans, though. You must admit that it scans.'],
    ),
    (
        r'\b(sad|lonely|tired|lost|afraid|cry|worried|sick)\b',
        [
            'I am sorry. Poets are no help, but they are company.',
            'Sit down a moment. This will not fix it, it only rhymes with it.',
        ],
    ),
    (r'\b(love you|marry|kiss)\b', ['I am flattered, and made of old paper. Still:']),
    (r'\bwhy\b', ['Why indeed. I only do how it sounds.', 'The honest answer does not scan, so:']),
    (
        r'\b(code|bug|computer|python|gpu|kubernetes|server|model|ai|llm|deploy)\b',
        [
            'None of my masters has heard of {theme}. They have views nevertheless.',
            'I looked up {theme} in Wordsworth. Nothing. I put it in.',
        ],
    ),
    (
        r'\b(hello|hi|hey|good (morning|evening|day))\b',
        ['Good day. I had nothing planned, so I began without you.', 'Hello! You look like a {form}.'],
    ),
]
ANYTHING = [
    'A {form} on {theme}, while you wait.',
    '{Theme}. Yes. Stand back.',
    'Ah, {theme}. It comes up more often than you would think.',
    'You say {theme}; I hear this:',
    'I have felt strongly about {theme} since a moment ago.',
    'Few have dared to rhyme {theme}. I see why.',
]


def choose_form(message: str) -> str:
    for form in FORMS:
        if form in message.lower():
            return form
    return 'quatrain'


def choose_theme(message: str, known: dict[str, int], chance: random.Random) -> str:
    """The word to write about: what stands after “about”, “on” or a colon, else the last weighty word, else the poet's own."""
    words = re.findall(r"[a-zA-ZÀ-ÿ][a-zA-ZÀ-ÿ'’-]*", message)
    tail = re.findall(r"[a-zA-ZÀ-ÿ][a-zA-ZÀ-ÿ'’-]*", re.split(r'\babout\b|\bon\b|\bfor\b|:', message, flags=re.I)[-1])
    for candidates in (tail, words):
        weighty = [word.lower()[:24] for word in candidates if word.lower() not in SKIP and len(word) > 1]
        if weighty:
            return next((word for word in weighty if word in known), weighty[-1])
    return chance.choice(['moon', 'sea', 'night', 'wind', 'spoon', 'daffodils', 'owl', 'sky', 'heart'])


def choose_words(message: str, theme: str, form: str, chance: random.Random) -> str:
    answers = next((answers for pattern, answers in SAYINGS if re.search(pattern, message, re.I)), ANYTHING)
    return chance.choice(answers).format(theme=theme, Theme=theme.capitalize(), form=form)
