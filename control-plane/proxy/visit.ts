/** A request or websocket under way: how it is told that its visitor has left, and how it gets to an app. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Activity } from './activity.ts'
import type { Occupancy } from './occupancy.ts'
import { type HttpRelay, relayHttp, type RelayOutcome, type Upstreams } from './relay-http.ts'
import { relayWebsocket } from './relay-websocket.ts'
import type { Replicas } from './replicas.ts'

export type Visit = {
  request: IncomingMessage
  response: ServerResponse
  upgrade: boolean
  whenLeft: () => AbortSignal
  relay: (relay: Omit<HttpRelay, 'onAnswer'> & { spaceId: string }) => Promise<RelayOutcome>
}

/** Where visits go, and where they are counted. */
export type Traffic = {
  upstreams: Upstreams
  activity: Activity
  occupancy: Occupancy
  replicas: Replicas
}

/** What a websocket's visitor may send before it is open, bytes. */
const maxEarly = 64 * 1024

export function requestVisit(request: IncomingMessage, response: ServerResponse, traffic: Traffic): Visit {
  request.on('error', () => {})
  response.on('error', () => {})
  // Made only for those who wait: it costs more than all else here.
  const whenLeft = () => {
    const visitorLeft = new AbortController()
    if (response.closed) visitorLeft.abort()
    response.once('close', () => visitorLeft.abort())
    return visitorLeft.signal
  }
  const relay: Visit['relay'] = async (relay) => {
    const answered = traffic.activity.begin(relay.spaceId)
    const leave = traffic.occupancy.enter(relay.spaceId, 'requests')
    const leaveReplica = traffic.replicas.enter(relay.target, 'requests')
    try {
      return await relayHttp(traffic.upstreams, request, response, { ...relay, onAnswer: answered })
    } finally {
      leave()
      leaveReplica()
      answered()
    }
  }
  return { request, response, upgrade: false, whenLeft, relay }
}

/** @param first what the visitor has sent beyond the head. */
export function websocketVisit(request: IncomingMessage, socket: Socket, first: Buffer, traffic: Traffic): Visit {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.on('error', () => {})
  response.assignSocket(socket)
  response.once('finish', () => socket.destroySoon())

  // Reading on is the only way to learn that a waiting visitor has left.
  const early: Buffer[] = first.length > 0 ? [first] : []
  let earlyBytes = first.length
  const visitorLeft = new AbortController()
  const leave = () => visitorLeft.abort()
  const collect = (piece: Buffer) => {
    early.push(piece)
    earlyBytes += piece.length
    if (earlyBytes > maxEarly) socket.pause()
  }
  const end = () => {
    leave()
    socket.destroy()
  }
  socket.on('data', collect).once('end', end).once('close', leave)
  const open = () => {
    socket.off('data', collect).off('end', end).off('close', leave)
    socket.pause()
    response.detachSocket(socket)
  }
  const relay: Visit['relay'] = async (relay) => {
    traffic.activity.mark(relay.spaceId)
    const onOpen = () => {
      open()
      socket.once('close', traffic.occupancy.enter(relay.spaceId, 'websockets'))
      socket.once('close', traffic.replicas.enter(relay.target, 'websockets'))
    }
    return await relayWebsocket(traffic.upstreams.doors, socket, response, { ...relay, early, onOpen })
  }
  return { request, response, upgrade: true, whenLeft: () => visitorLeft.signal, relay }
}
