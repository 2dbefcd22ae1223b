import asyncio
import os
from pathlib import Path

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.staticfiles import StaticFiles

QUESTION = 'What shall we build next?'
ANSWERS = ['A better map', 'A smaller model', 'A louder synthesizer', 'A longer break']

HERE = Path(__file__).parent
app = FastAPI(title='Show of Hands', docs_url=None, redoc_url=None)


class Poll:
    """Who is here and what they chose. Everything happens in one event loop, so nothing needs a lock."""

    def __init__(self) -> None:
        self.choices: dict[WebSocket, int | None] = {}

    def result(self) -> dict:
        counts = [0] * len(ANSWERS)
        for choice in self.choices.values():
            if choice is not None:
                counts[choice] += 1
        return {'question': QUESTION, 'answers': ANSWERS, 'counts': counts, 'people': len(self.choices)}

    async def tell(self) -> None:
        """Sends the result to everybody; whoever cannot be reached is closing already."""
        result = self.result()
        await asyncio.gather(*(socket.send_json(result) for socket in list(self.choices)), return_exceptions=True)


poll = Poll()


@app.get('/result')
def result() -> dict:
    return poll.result()


@app.websocket('/ws')
async def vote(socket: WebSocket):
    await socket.accept()
    poll.choices[socket] = None
    try:
        await poll.tell()
        while True:
            choice = await socket.receive_json()
            if isinstance(choice, int) and 0 <= choice < len(ANSWERS):
                # The same answer again takes the hand down.
                poll.choices[socket] = None if poll.choices[socket] == choice else choice
                await poll.tell()
    except (WebSocketDisconnect, ValueError, RuntimeError):
        pass
    finally:
        poll.choices.pop(socket, None)
        await poll.tell()


app.mount('/', StaticFiles(directory=HERE / 'static', html=True), name='static')

if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ.get('PORT', 7860)), ws_max_size=1024, log_level='warning')
