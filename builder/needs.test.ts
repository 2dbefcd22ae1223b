import { describe, expect, test } from 'vitest'
import { needsOf } from './needs.ts'

const fastapi = 'from fastapi import FastAPI\n\napi = FastAPI(title="x")\n'
const flask = 'import flask\napp: flask.Flask = flask.Flask(__name__)\n'

function needs(code: string, asked: string[], app = 'app.py') {
  return needsOf(app, code, new Set(asked))
}

describe('how a Python app is started', () => {
  test('a FastAPI object that nothing runs gets uvicorn, which is added where no requirement asks for it', () => {
    const command = ['uvicorn', '--host={host}', '--port={port}', 'app:api']
    expect(needs(fastapi, ['fastapi', 'uvicorn'])).toEqual({ sdk: 'gradio', command })
    expect(needs(fastapi, ['fastapi'])).toEqual({ sdk: 'gradio', command, server: 'uvicorn' })
    expect(needs(`${fastapi}@api.websocket("/ws")\n`, ['fastapi'])).toMatchObject({ server: 'uvicorn[standard]' })
  })

  test('a Flask object gets gunicorn', () => {
    expect(needs(flask, ['flask'])).toEqual({
      sdk: 'gradio',
      command: ['gunicorn', '--bind={host}:{port}', '--threads=8', 'app:app'],
      server: 'gunicorn',
    })
  })

  test('what runs itself on a port of its own would never be found, and gets a server too', () => {
    expect(needs(`${flask}app.run(debug=True)\n`, ['flask']).command?.[0]).toBe('gunicorn')
    expect(needs(`${fastapi}uvicorn.run(api, port=8000)\n`, ['uvicorn']).command?.[0]).toBe('uvicorn')
  })

  test.each([
    ['the port of the platform', `${fastapi}uvicorn.run(api, host="0.0.0.0", port=7860)\n`],
    ['the port of the environment', `${flask}app.run("0.0.0.0", int(os.environ.get("PORT", 5000)))\n`],
    ['Gradio', 'import gradio as gr\ndemo = gr.Interface(str, "text", "text")\ndemo.launch()\n'],
    ['a server of its own', 'import http.server\n'],
    ['an object that a function makes', 'def make():\n    app = Flask(__name__)\n    return app\n'],
  ])('what listens by itself is run as it is: %s', (_what, code) => {
    expect(needs(code, ['flask', 'fastapi'])).toEqual({ sdk: 'gradio' })
  })

  test('a server of Dash is its own name', () => {
    const code = 'from dash import Dash\napp = Dash(__name__)\nserver = app.server\napp.run(debug=True)\n'
    expect(needs(code, ['dash', 'gunicorn'], 'src/main.py').command?.at(-1)).toBe('src.main:server')
  })

  test('a file whose name no import can say is run as it is', () => {
    expect(needs(flask, ['flask'], 'my-app.py')).toEqual({ sdk: 'gradio' })
    expect(needs(flask, ['flask'], '-x.py')).toEqual({ sdk: 'gradio' })
  })

  test('Streamlit is told by the requirements, and by the code where both are asked for', () => {
    expect(needs('import streamlit as st\n', ['streamlit', 'gradio'])).toEqual({ sdk: 'streamlit' })
    expect(needs('import gradio as gr\n', ['streamlit', 'gradio'])).toEqual({ sdk: 'gradio' })
    expect(needs('import pages\n', ['streamlit'])).toEqual({ sdk: 'streamlit' })
  })
})
