import gradio as gr
import numpy as np
from PIL import Image

from looks import LOOKS, landscape

LARGEST = 1600  # pixels on the longer side: enough for a screen, and quick


def develop(picture: Image.Image | None, look: str, strength: float):
    """Gives a picture another look. Strength goes from 0 to 1."""
    if picture is None:
        return gr.skip()
    picture = picture.convert('RGB')
    picture.thumbnail((LARGEST, LARGEST))
    pixels = np.asarray(picture, dtype=np.float32) / 255
    return as_image(LOOKS[look](pixels, strength))


def as_image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8))


CSS = """
.gradio-container { max-width: 1120px !important; margin: 0 auto; }
#title h1 { margin: 0; font-size: 26px; letter-spacing: -0.02em; }
#title p { margin: 2px 0 0; opacity: 0.75; }
"""

theme = gr.themes.Base(primary_hue='violet', neutral_hue='stone', radius_size='sm').set(
    body_background_fill='#f5f3ef', body_background_fill_dark='#151316'
)

first = as_image(landscape())

with gr.Blocks(title='Darkroom', analytics_enabled=False) as demo:
    gr.Markdown('# Darkroom\nA picture in, a picture out.', elem_id='title')
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            picture = gr.Image(first, label='Your picture', type='pil', sources=['upload', 'clipboard'], height=260)
            look = gr.Radio(list(LOOKS), value='Duotone', label='Look')
            strength = gr.Slider(0, 1, value=0.9, step=0.05, label='Strength')
        with gr.Column(scale=3, min_width=320):
            print_ = gr.Image(
                develop(first, 'Duotone', 0.9), label='Print', interactive=False, format='webp', buttons=['download']
            )
    gr.on(
        [picture.change, look.input, strength.release],
        develop,
        [picture, look, strength],
        print_,
        api_name='develop',
        show_progress='minimal',
        trigger_mode='always_last',
    )

if __name__ == '__main__':
    demo.launch(theme=theme, css=CSS)
