"""Verse from a Markov chain that runs backwards: the rhyme comes first, the line grows towards its beginning."""

import random
import re
from collections import Counter, defaultdict
from functools import lru_cache

START = '^'
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
SYLLABLES = {
    'heaven': 2,
    'flower': 2,
    'flowers': 2,
    'fire': 1,
    'being': 2,
    'poet': 2,
    'quiet': 2,
    'people': 2,
    'every': 2,
    'evening': 2,
    'lonely': 2,
    'something': 2,
    'sometime': 2,
    'nameless': 2,
    'lifeless': 2,
    'cloudless': 2,
    'dateless': 2,
    'idea': 3,
    'science': 2,
}
# Words that a line cannot stop on, though they stand at the end of one somewhere.
WEAK = set(
    'a an the and or but of to in on with from by at as for that which who whose is was be so if than my thy his her its our your are were shall will do did am ye o these those this when where what how hath'.split()
)
DRAFTS = 5
TRIES = 160  # candidates for each line
#: name → (syllables, rhyme letter) of each line; a blank is a line with no rhyme to keep.
FORMS = {
    'quatrain': [(8, 'a'), (8, 'b'), (8, 'a'), (8, 'b')],
    'couplet': [(10, 'a'), (10, 'a')],
    'haiku': [(5, ''), (7, ''), (5, '')],
    'limerick': [(9, 'a'), (9, 'a'), (6, 'b'), (6, 'b'), (9, 'a')],
    'sonnet': [(10, letter) for letter in 'ababcdcdefefgg'],
}


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    word = word.lower().replace('’', "'")
    if word in SYLLABLES:
        return SYLLABLES[word]
    if '-' in word:
        return sum(syllables(part) for part in word.split('-') if part)
    bare = word.removesuffix("'s").replace("'", '')
    count = len(re.findall(r'[aeiouy]+', bare))
    if (
        re.search(r'[^aeiouyl]e$|[aeiouy]le$', bare)
        or re.search(r'[^aeiouytd]ed$', bare)
        or re.search(r'[^aeiouyscxzhg]es$', bare)
    ):
        count -= 1
    return max(1, count)


@lru_cache(maxsize=20_000)
def rhyme(word: str) -> str:
    """The end of a word by its spelling: eye-rhymes count, as they did for the poets."""
    bare = re.sub(r'[^a-z]', '', word.lower())
    if syllables(word) > 1 and (match := re.search(r'[aeiouy]+[^aeiouy]*(ing|ings|er|ers|y)$', bare)):
        # Those endings are not stressed: what rhymes is the vowel before them.
        return match.group()
    if match := re.search(r'[aeiou][^aeiou]+e[sd]?$|[aeiouy]+[^aeiouy]*$', bare):
        tail = match.group()
        same = {
            'y': 'ie',
            'igh': 'ie',
            'ye': 'ie',
            'eye': 'ie',
            'ea': 'ee',
            'e': 'ee',
            'ay': 'ey',
            'air': 'are',
            'ear': 'eer',
            'ite': 'ight',
            'oe': 'ow',
            'o': 'ow',
            'ove': 'ove',
            'oon': 'une',
            'ease': 'ees',
        }
        return same.get(tail, tail)
    return bare


class Verse:
    def __init__(self, text: str):
        self.before: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self.lines: set[str] = set()
        self.vocabulary: Counter[str] = Counter()
        self.nouns: Counter[str] = Counter()
        self.rhymes: dict[str, set[str]] = defaultdict(set)
        for line in text.splitlines():
            if line.strip() and not line.startswith('#'):
                self._read(line)

    def _read(self, line: str) -> None:
        words = WORD.findall(line)
        if not words:
            return
        if words[0] not in ('I', 'O') and not words[0].startswith("I'"):
            words[0] = words[0].lower()
        self.lines.add(' '.join(words).lower())
        self.vocabulary.update(word.lower() for word in words)
        padded = [START, *words]
        for at in range(len(words), 0, -1):
            # padded[at] is a word of the line, padded[at - 1] the one before it
            for reach in (1, 2):
                self.before[tuple(padded[at : at + reach])][padded[at - 1]] += 1
        for article, word in zip(words, words[1:]):
            if article.lower() in ('the', 'my', 'thy', 'a', 'his', 'her') and word.lower() not in WEAK:
                self.nouns[word.lower()] += 1
        if words[-1].lower() not in WEAK:
            self.rhymes[rhyme(words[-1])].add(words[-1])

    def line(self, last: str, length: int, chance: random.Random) -> list[str] | None:
        """One line of `length` syllables that ends in `last`, or None when the chain runs into a wall."""
        words = [last]
        count = syllables(last)
        while True:
            pair = self.before.get(tuple(words[:2])) if len(words) > 1 else None
            choices = pair if pair and (len(pair) > 1 or chance.random() < 0.75) else self.before.get((words[0],))
            if not choices:
                return None
            if count == length:
                return words if START in self.before[(words[0],)] else None
            room = {
                word: weight
                for word, weight in choices.items()
                if word != START and word != words[0] and count + syllables(word) <= length
            }
            if not room:
                return None
            word = chance.choices(list(room), list(room.values()))[0]
            count += syllables(word)
            words.insert(0, word)

    def stanza(self, form: str, theme: str, chance: random.Random) -> list[str]:
        """Lines in the form; the theme, a word, is in at least one of them."""
        drafts = [self._draft(form, theme, chance) for _ in range(DRAFTS)]
        written = max(drafts, key=lambda draft: sum(score for _, score in draft))
        lines = [words for words, _ in written]
        if not any(theme in (word.lower() for word in words) for words in lines):
            self._plant(theme, lines, chance)
        return [self._dress(words, place == len(lines) - 1) for place, words in enumerate(lines)]

    def _draft(self, form: str, theme: str, chance: random.Random) -> list[tuple[list[str], float]]:
        plan = FORMS[form]
        letters = [letter for _, letter in plan]
        ends: dict[int, str] = {}
        used: set[str] = set()
        for letter in dict.fromkeys(letters):
            places = [place for place, other in enumerate(letters) if other == letter]
            # The first rhyme is the theme's own, where the poets have rhymed it.
            wish = theme if places[0] == 0 and letter else ''
            for place, word in zip(places, self._ends(letter, len(places), wish, used, chance)):
                ends[place] = word
        draft: list[tuple[list[str], float]] = []
        for place, (length, _) in enumerate(plan):
            draft.append(self._best(ends[place], length, theme, [words for words, _ in draft], chance))
        return draft

    def _ends(self, letter: str, count: int, theme: str, used: set[str], chance: random.Random) -> list[str]:
        if letter:
            fitting = {
                key: words
                for key, words in self.rhymes.items()
                if len({word.lower() for word in words} - used) >= count
            }
            wanted = rhyme(theme)
            known = theme in {word.lower() for word in self.rhymes.get(wanted, ())}
            key = (
                wanted
                if known and wanted in fitting
                else chance.choices(list(fitting), [min(8, len(words)) for words in fitting.values()])[0]
            )
            pool = sorted({word.lower(): word for word in sorted(fitting[key]) if word.lower() not in used}.values())
        else:
            pool = sorted({word for words in self.rhymes.values() for word in words} - used)
        chosen = chance.sample(pool, count)
        used.update(word.lower() for word in chosen)
        return chosen

    def _best(
        self, last: str, length: int, theme: str, written: list[list[str]], chance: random.Random
    ) -> tuple[list[str], float]:
        best, best_score = [last], -20.0
        spoken = Counter(word.lower() for words in written for word in words)
        opened = {words[0].lower() for words in written}
        already = any(theme in (word.lower() for word in words) for words in written)
        # A line a syllable short or long is better than none, and costs something.
        for wanted in (length, length - 1, length + 1):
            for _ in range(TRIES):
                words = self.line(last, wanted, chance)
                if not words:
                    continue
                lower = [word.lower() for word in words]
                copied = ' '.join(lower)
                score = 3.0 * (theme in lower and not already) - 2.0 * (wanted != length)
                score -= 4.0 * any(copied in line for line in self.lines)
                score -= 0.7 * sum(spoken[word] for word in set(lower) - WEAK)
                score -= 1.5 * (len(set(lower) - WEAK) < len([word for word in lower if word not in WEAK]))
                score -= 0.8 * (lower[0] in opened)
                score += 1.4 * self._fluency(lower, words) + chance.random()
                if score > best_score:
                    best, best_score = words, score
            if best_score > -3:
                break
        return best, best_score

    def _fluency(self, lower: list[str], words: list[str]) -> float:
        """The share of neighbours-of-three that some poet wrote like that."""
        triples = list(zip(words, words[1:], words[2:]))
        if not triples:
            return 0
        return sum(first in self.before.get((second, third), ()) for first, second, third in triples) / len(triples)

    def _plant(self, theme: str, written: list[list[str]], chance: random.Random) -> None:
        """A word no poet knew takes the place of a noun that one did."""
        places = [
            (line, at)
            for line, words in enumerate(written)
            for at in range(1, len(words) - 1)
            if words[at].lower() in self.nouns
            and words[at - 1].lower() in ('the', 'my', 'thy', 'a', 'his', 'her', 'of', 'with', 'and')
        ]
        if not places:
            places = [
                (line, at)
                for line, words in enumerate(written)
                for at in range(len(words) - 1)
                if words[at].lower() in self.nouns
            ]
        if places:
            line, at = chance.choice(places)
            if at and written[line][at - 1].lower() in ('a', 'an'):
                written[line][at - 1] = 'an' if theme[0] in 'aeiou' else 'a'
            written[line][at] = theme
        elif len(written[-1]) > 1:
            written[0] = ['O', f'{theme},', *written[0][-4:]]

    def _dress(self, words: list[str], is_last: bool) -> str:
        text = ' '.join(words)
        text = text[0].upper() + text[1:]
        question = words[0].lower() in ('who', 'what', 'shall', 'did', 'how', 'could')
        return text + ('?' if question and is_last else '.' if is_last else ',')
