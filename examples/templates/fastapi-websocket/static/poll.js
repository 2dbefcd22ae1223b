const question = document.querySelector('#question')
const answers = document.querySelector('#answers')
const state = document.querySelector('#state')

let socket
let mine = null
let wait = 500

function connect() {
  const address = new URL('ws', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  socket = new WebSocket(address)
  socket.addEventListener('open', () => {
    wait = 500
    // A new connection is a new hand: it goes up again where it was.
    if (mine !== null) socket.send(mine)
  })
  socket.addEventListener('message', ({ data }) => show(JSON.parse(data)))
  socket.addEventListener('close', () => {
    state.textContent = 'Not connected. Trying again.'
    setTimeout(connect, wait)
    wait = Math.min(wait * 2, 10_000)
  })
}

function show(poll) {
  question.textContent = poll.question
  while (answers.children.length < poll.answers.length) answers.append(button(answers.children.length))
  const votes = poll.counts.reduce((sum, count) => sum + count, 0)
  poll.answers.forEach((answer, place) => {
    const one = answers.children[place]
    one.style.setProperty('--share', votes === 0 ? 0 : poll.counts[place] / votes)
    one.setAttribute('aria-pressed', String(mine === place))
    one.children[0].textContent = answer
    one.children[1].textContent = poll.counts[place]
  })
  state.textContent = `${poll.people} here, ${votes} ${votes === 1 ? 'hand' : 'hands'} up`
}

function button(place) {
  const one = document.createElement('button')
  one.append(document.createElement('span'), document.createElement('b'))
  one.addEventListener('click', () => {
    if (socket.readyState !== WebSocket.OPEN) return
    mine = mine === place ? null : place
    socket.send(place)
  })
  return one
}

connect()
