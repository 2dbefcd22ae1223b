from pathlib import Path

import gradio as gr
from PIL import Image

from press import INKS, SCREENS, print_picture

SAMPLES = sorted((Path(__file__).parent / 'samples').glob('*.webp'), key=lambda file: file.stem != 'dusk')
FIRST_INKS = 'Pink + Blue'
SANS = ['ui-sans-serif', 'system-ui', '-apple-system', 'Segoe UI', 'Roboto', 'Helvetica Neue', 'Arial', 'sans-serif']
MONO = ['ui-monospace', 'Menlo', 'Consolas', 'Liberation Mono', 'monospace']


def pull(picture: Image.Image | None, inks: str, screen: str, size: float, slip: float, richness: float):
    """Prints a picture with two inks. Returns the print, the first plate and the second plate."""
    if picture is None:
        # The picture was taken away: the last print stays until there is another.
        return gr.skip()
    if picture.width * picture.height > 60_000_000:
        raise gr.Error('That picture has more than 60 megapixels. A smaller one prints just as well.')
    return print_picture(picture, inks, screen, size, slip, richness)


def ink_labels() -> str:
    """Each choice of inks shows its two colours."""
    return '\n'.join(
        f'#inks label:nth-of-type({place}) span::before {{ background: linear-gradient(90deg, rgb{first} 50%, rgb{second} 50%); }}'
        for place, (first, second) in enumerate(INKS.values(), 1)
    )


CSS = f"""
.gradio-container {{ max-width: 1180px !important; margin: 0 auto; }}
#title h1 {{ margin: 0; font-size: 26px; letter-spacing: -0.02em; }}
#title p {{ margin: 2px 0 0; opacity: 0.75; }}
#inks label span {{ display: inline-flex; align-items: center; gap: 8px; }}
#inks label span::before {{ content: ''; width: 26px; height: 14px; border-radius: 3px; }}
#print img {{ border-radius: 4px; }}
{ink_labels()}
"""

theme = gr.themes.Base(primary_hue='pink', neutral_hue='stone', radius_size='sm', font=SANS, font_mono=MONO).set(
    body_background_fill='#f6f2e7',
    body_background_fill_dark='#141312',
    block_background_fill='#fffdf8',
    block_border_color='#ddd5c3',
    checkbox_label_background_fill='#efe9db',
)

first_picture = Image.open(SAMPLES[0]).convert('RGB')
first_print = pull(first_picture, FIRST_INKS, 'Dots', 8, 3, 1.0)

with gr.Blocks(title='Riso', analytics_enabled=False) as demo:
    gr.Markdown('# Riso\nTwo inks, one sheet, and a little slip between them.', elem_id='title')
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            sheet = gr.Image(
                first_print[0],
                label='Print',
                interactive=False,
                elem_id='print',
                format='webp',
                buttons=['download', 'fullscreen'],
            )
            with gr.Row(equal_height=False):
                with gr.Column(min_width=240):
                    picture = gr.Image(
                        first_picture,
                        label='Your picture',
                        type='pil',
                        sources=['upload', 'clipboard', 'webcam'],
                        height=180,
                    )
                with gr.Column(min_width=240):
                    gr.Examples(
                        [[str(sample)] for sample in SAMPLES], [picture], label='Or one of these', cache_examples=False
                    )
        with gr.Column(scale=2, min_width=320):
            inks = gr.Radio(list(INKS), value=FIRST_INKS, label='Inks', elem_id='inks')
            screen = gr.Radio(SCREENS, value='Dots', label='Screen')
            size = gr.Slider(4, 20, value=8, step=1, label='Coarseness')
            slip = gr.Slider(0, 14, value=3, step=1, label='Slip')
            richness = gr.Slider(0.6, 1.8, value=1.0, step=0.1, label='Ink')
            with gr.Row():
                plates = [
                    gr.Image(
                        plate,
                        label=label,
                        interactive=False,
                        format='webp',
                        height=170,
                        buttons=['fullscreen'],
                        min_width=120,
                    )
                    for plate, label in zip(first_print[1:], ('First plate', 'Second plate'))
                ]

    settings = [picture, inks, screen, size, slip, richness]
    results = [sheet, *plates]
    picture.change(pull, settings, results, api_name='print', show_progress='minimal', trigger_mode='always_last')
    for radio in (inks, screen):
        radio.input(
            pull, settings, results, api_visibility='private', show_progress='minimal', trigger_mode='always_last'
        )
    for slider in (size, slip, richness):
        slider.release(
            pull, settings, results, api_visibility='private', show_progress='minimal', trigger_mode='always_last'
        )

if __name__ == '__main__':
    demo.launch(theme=theme, css=CSS, footer_links=['api', 'settings'])
