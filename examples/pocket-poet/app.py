import random
import re
import time
from pathlib import Path

import gradio as gr

from talk import choose_form, choose_theme, choose_words
from verse import Verse

POEMS = (Path(__file__).parent / 'poems.txt').read_text('utf-8')
PAUSE = 0.045  # seconds a word: as fast as one reads
SERIF = ['Iowan Old Style', 'Palatino Linotype', 'Palatino', 'Georgia', 'DejaVu Serif', 'serif']
MONO = ['ui-monospace', 'Menlo', 'Consolas', 'Liberation Mono', 'monospace']

verse = Verse(POEMS)


def compose(message: str, chance: random.Random) -> str:
    form = choose_form(message)
    theme = choose_theme(message, verse.vocabulary, chance)
    lines = verse.stanza(form, theme, chance)
    return f'{choose_words(message, theme, form, chance)}\n\n' + '\n'.join(f'> {line}' for line in lines)


def recite(message: str, history: list):
    """Answers with verse, a word at a time."""
    said = ''
    for piece in re.findall(r'\S+\s*', compose(message[:500], random.Random())):
        said += piece
        yield said
        time.sleep(PAUSE)


CSS = """
.gradio-container { max-width: 860px !important; margin: 0 auto; }
#title { padding: 8px 2px 0; }
#title h1 { margin: 0; font-size: 30px; letter-spacing: -0.02em; }
#title p { margin: 0; opacity: 0.75; }
.message blockquote { margin: 10px 0 2px; padding: 2px 0 2px 16px; border-left: 3px solid #c2620f; font-size: 1.12em; line-height: 1.55; font-style: italic; }
@media (max-width: 520px) {
  .message, .message * { font-size: 15px !important; }
  .message blockquote { padding-left: 10px; }
}
.message blockquote, .message blockquote * { color: inherit !important; }
"""

theme = gr.themes.Base(
    primary_hue='amber', neutral_hue='stone', radius_size='md', text_size='lg', font=SERIF, font_mono=MONO
).set(
    body_background_fill='#f7f2e6',
    body_background_fill_dark='#161310',
    block_background_fill='#fffdf7',
    block_background_fill_dark='#1f1b17',
    block_border_color='#e2d8c3',
    input_background_fill='#fffdf7',
    input_background_fill_dark='#1f1b17',
    color_accent_soft='#fbe6c4',
    color_accent_soft_dark='#4a3413',
)

OPENING = 'Something about the moon, please'
opening = [
    {'role': 'user', 'content': OPENING},
    {'role': 'assistant', 'content': compose(OPENING, random.Random(30))},
]

with gr.Blocks(title='Pocket Poet', analytics_enabled=False, fill_height=True) as demo:
    gr.Markdown('# Pocket Poet\nTwenty-eight old poems, well shaken. Give it a word, get a verse.', elem_id='title')
    chat = gr.ChatInterface(
        recite,
        chatbot=gr.Chatbot(opening, show_label=False, layout='bubble', buttons=['copy'], scale=1, min_height=280),
        textbox=gr.Textbox(
            placeholder='A word, a worry, or “haiku: rain”',
            show_label=False,
            max_length=500,
            autofocus=False,
            submit_btn=True,
            stop_btn=True,
        ),
        api_name='recite',
        analytics_enabled=False,
        autofocus=False,
    )
    gr.Examples(
        ['A sonnet about the night', 'Haiku: rain', 'Couplet on coffee', 'Limerick about my computer'],
        chat.textbox,
        label='Try',
    )

if __name__ == '__main__':
    demo.launch(theme=theme, css=CSS, footer_links=['api', 'settings'])
