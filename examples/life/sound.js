const PENTATONIC = [0, 2, 4, 7, 9]

/** The frequency of a row, counted from the lowest. */
export function pitch(step) {
  const note = 12 * Math.floor(step / 5) + PENTATONIC[step % 5]
  return 110 * 2 ** (note / 12)
}

export class Sound {
  constructor() {
    this.context = new AudioContext()
    const { context } = this
    const limiter = context.createDynamicsCompressor()
    limiter.threshold.value = -16
    limiter.connect(context.destination)
    this.out = context.createGain()
    this.out.gain.value = 0.5
    this.out.connect(limiter)
    const echo = context.createDelay(1)
    echo.delayTime.value = 0.31
    const again = context.createGain()
    again.gain.value = 0.32
    const dull = context.createBiquadFilter()
    dull.type = 'lowpass'
    dull.frequency.value = 1800
    this.out.connect(echo)
    echo.connect(dull)
    dull.connect(again)
    again.connect(echo)
    again.connect(limiter)
  }

  /** Plays rows, `delay` milliseconds from now: a bell that is softer the more of them there are. */
  play(steps, delay) {
    const { context } = this
    const start = context.currentTime + Math.max(0, delay) / 1000
    for (const step of steps) {
      const frequency = pitch(step)
      const level = 0.5 / Math.sqrt(steps.length + 1) / (1 + frequency / 900)
      for (const [times, share, length] of [
        [1, 1, 0.9],
        [3.01, 0.16, 0.22],
      ]) {
        const oscillator = context.createOscillator()
        oscillator.type = times === 1 ? 'triangle' : 'sine'
        oscillator.frequency.value = frequency * times
        const envelope = context.createGain()
        envelope.gain.setValueAtTime(0, start)
        envelope.gain.linearRampToValueAtTime(level * share, start + 0.006)
        envelope.gain.exponentialRampToValueAtTime(0.0002, start + length)
        oscillator.connect(envelope).connect(this.out)
        oscillator.start(start)
        oscillator.stop(start + length + 0.02)
      }
    }
  }
}
