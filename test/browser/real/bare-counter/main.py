from fastapi import FastAPI, WebSocket
from fastapi.responses import HTMLResponse

app = FastAPI()

PAGE = """<!doctype html>
<title>Counter</title>
<h1>Counter</h1>
<button>Count</button> <output>0</output>
<script>
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/count')
  socket.onmessage = ({ data }) => { document.querySelector('output').textContent = data }
  document.querySelector('button').onclick = () => socket.send('one')
</script>
"""


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    return PAGE


@app.websocket("/count")
async def count(socket: WebSocket) -> None:
    await socket.accept()
    clicks = 0
    async for _ in socket.iter_text():
        clicks += 1
        await socket.send_text(str(clicks))
