import os
from pathlib import Path

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse

here = Path(__file__).parent
app = FastAPI()
levers = {"home": False, "distant": False}
watchers: set[WebSocket] = set()


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    text = (here / "page.html").read_text()
    fingerprint = (here / "fingerprint").read_text().strip()
    return text.replace("{station}", os.environ["STATION"]).replace("{fingerprint}", fingerprint)


@app.websocket("/levers")
async def watch(socket: WebSocket) -> None:
    await socket.accept()
    watchers.add(socket)
    try:
        await socket.send_json(levers)
        while True:
            name = await socket.receive_text()
            if name in levers:
                levers[name] = not levers[name]
                for other in list(watchers):
                    await other.send_json(levers)
    except WebSocketDisconnect:
        pass
    finally:
        watchers.discard(socket)
