import subprocess

import gradio as gr

FONTS = ["standard", "banner", "small"]


def press(words: str, font: str) -> str:
    done = subprocess.run(
        ["figlet", "-w", "80", "-f", font, "--", words], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout


with gr.Blocks(title="Banner Press") as demo:
    gr.Markdown("# Banner Press")
    with gr.Row():
        words = gr.Textbox(label="Words", value="plaza")
        font = gr.Dropdown(FONTS, value="banner", label="Font")
    button = gr.Button("Print it")
    print_out = gr.Textbox(label="Print", lines=8)
    button.click(press, [words, font], print_out)

demo.launch()
