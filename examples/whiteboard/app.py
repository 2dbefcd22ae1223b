import asyncio
import contextlib
import json
import os
from pathlib import Path

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from board import Board
from people import Person, Room

HERE = Path(__file__).parent

app = FastAPI(title='Whiteboard', docs_url=None, redoc_url=None)
board = Board.open(Path(os.environ.get('WHITEBOARD_DATA', '/data')))
room = Room()


@app.get('/')
def page():
    return FileResponse(HERE / 'static' / 'index.html')


@app.websocket('/ws')
async def talk(socket: WebSocket):
    await socket.accept()
    person = None
    writer = None
    try:
        hello = json.loads(await asyncio.wait_for(socket.receive_text(), timeout=20))
        person = Person.from_hello(hello)
        if not room.enter(person):
            await socket.close(1013, 'The board is full')
            return
        writer = asyncio.create_task(person.write_to(socket))
        person.tell(
            {
                't': 'welcome',
                'you': person.id,
                'author': person.author,
                'kept': board.kept,
                'strokes': list(board.strokes.values()),
                'people': room.introductions(),
            }
        )
        room.tell({'t': 'person', **person.introduction()}, but=person)
        while True:
            text = await socket.receive_text()
            if person.may_speak(len(text)):
                answer(person, json.loads(text))
    except (WebSocketDisconnect, asyncio.TimeoutError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        # Gone, or not one of our pages: either way this connection is over, and only this one.
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(1008)
    finally:
        if person:
            room.leave(person)
            room.tell({'t': 'left', 'id': person.id})
        if writer:
            writer.cancel()


def answer(person: Person, message: dict) -> None:
    kind = message['t']
    if kind == 'cursor':
        x, y = message.get('x'), message.get('y')
        at = {'x': int(x), 'y': int(y)} if x is not None else {}
        room.tell({'t': 'cursor', 'id': person.id, **at}, but=person)
    elif kind == 'live':
        part = Board.read_stroke(message)
        room.tell({'t': 'live', 'from': person.id, **part}, but=person)
    elif kind == 'stroke':
        stroke = Board.read_stroke(message) | {'author': person.author}
        if board.add(stroke):
            room.tell({'t': 'stroke', 'from': person.id, **stroke})
        else:
            person.tell({'t': 'removed', 'ids': [stroke['id']]})
    elif kind == 'undo':
        gone = board.undo(person.author)
        if gone:
            room.tell({'t': 'removed', 'ids': [gone]})
    elif kind == 'clear':
        if board.clear():
            room.tell({'t': 'cleared', 'by': person.name})
    elif kind == 'restore':
        back = board.restore()
        if back:
            room.tell({'t': 'restored', 'strokes': back, 'by': person.name})
    elif kind == 'rename':
        person.rename(message['name'])
        room.tell({'t': 'person', **person.introduction()})


app.mount('/', StaticFiles(directory=HERE / 'static'), name='static')

if __name__ == '__main__':
    uvicorn.run(
        app, host='0.0.0.0', port=int(os.environ.get('PORT', 7860)), ws_max_size=256 * 1024, log_level='warning'
    )
