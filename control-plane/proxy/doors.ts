/**
 * How connections come into an app: a few at a time. Python's own servers let five wait to be accepted; what comes beyond
 * that the kernel drops without a word, and behind a sandbox's forwarder, which takes every connection itself, a request
 * is cut in the middle. So a rush (250 visitors who were held while a Space started) queues here instead.
 */
import net from 'node:net'

/** `request_queue_size` of Python's socketserver. */
const atOnce = 5
/** A connection that has got no byte for so long, milliseconds, has been accepted: its answer just takes its time. */
const acceptedAfter = 50

export class Doors {
  readonly #doors = new Map<string, { open: number; waiting: (() => void)[] }>()

  /** Connects once it is this one's turn. `opened` gets the socket at its beginning, in the same turn of the event loop. */
  connect(options: net.TcpNetConnectOpts, opened: (socket: net.Socket) => void): void {
    const place = `${options.host ?? ''}:${options.port}`
    const door = this.#doors.get(place) ?? { open: 0, waiting: [] }
    this.#doors.set(place, door)
    const leave = () => {
      door.open--
      door.waiting.shift()?.()
      if (door.open === 0) this.#doors.delete(place)
    }
    const enter = () => {
      door.open++
      const socket = net.connect(options)
      let accepted: NodeJS.Timeout | undefined
      let isInside = false
      const inside = () => {
        if (isInside) return
        isInside = true
        clearTimeout(accepted)
        leave()
      }
      socket.once('connect', () => {
        accepted = setTimeout(inside, acceptedAfter)
      })
      socket.once('data', inside).once('error', inside).once('close', inside)
      opened(socket)
    }
    if (door.open < atOnce) enter()
    else door.waiting.push(enter)
  }
}
