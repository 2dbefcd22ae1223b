import time

import gradio as gr

from duck import answer

PAUSE = 0.04  # seconds between two words: as fast as one reads


def talk(message: str, history: list):
    """Streams the reply: Gradio shows each text that is yielded in place of the one before."""
    said = ''
    for piece in answer(message[:2000], history):
        said += piece
        yield said
        time.sleep(PAUSE)


CSS = """
.gradio-container { max-width: 820px !important; margin: 0 auto; }
#title h1 { margin: 0; font-size: 28px; letter-spacing: -0.02em; }
#title p { margin: 2px 0 0; opacity: 0.75; }
"""

theme = gr.themes.Base(primary_hue='amber', neutral_hue='slate', radius_size='lg', text_size='lg').set(
    body_background_fill='#f3f6f8',
    body_background_fill_dark='#12161a',
    block_background_fill='#ffffff',
    block_background_fill_dark='#1a2026',
    color_accent_soft='#ffe9b3',
    color_accent_soft_dark='#4a3a10',
)

with gr.Blocks(title='Rubber Duck', analytics_enabled=False, fill_height=True) as demo:
    gr.Markdown('# Rubber Duck\nSay what is wrong. It helps to say it.', elem_id='title')
    chat = gr.ChatInterface(
        talk,
        chatbot=gr.Chatbot(
            [{'role': 'assistant', 'content': 'Quack. What are you stuck on?'}],
            show_label=False,
            layout='bubble',
            scale=1,
            min_height=280,
        ),
        textbox=gr.Textbox(placeholder='My loop never ends', show_label=False, max_length=2000, submit_btn=True),
        api_name='talk',
        analytics_enabled=False,
    )
    gr.Examples(
        ['It crashes on the server, and here it works', 'The query takes forever', 'It should be sorted'],
        chat.textbox,
        label='Try',
    )

if __name__ == '__main__':
    demo.launch(theme=theme, css=CSS)
