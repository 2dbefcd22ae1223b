/** @jsxImportSource preact */
import { render } from 'preact'
import { useState } from 'preact/hooks'
import './night.css'
import { stars } from './stars.js'

function StarMap() {
  const [seen, setSeen] = useState(0)
  return (
    <>
      <h1>Star map</h1>
      <button type="button" onClick={() => setSeen((seen + 1) % (stars.length + 1))}>
        Look up
      </button>
      <ol>
        {stars.slice(0, seen).map(({ name, magnitude }) => (
          <li key={name}>
            {name}, {magnitude}
          </li>
        ))}
      </ol>
    </>
  )
}

render(<StarMap />, document.querySelector('main'))
