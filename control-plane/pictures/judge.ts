/** What was seen of a page → whether its picture can stand for the Space (pure). */
import type { PictureOutcome } from '../store/schema.ts'

export type Look = {
  /** Of the page itself; undefined before it has come. */
  status: number | undefined
  /** The browser shows its own page instead: refused, cut off, a download. */
  unreachable: boolean
  /** It led to another origin. */
  left: boolean
  /** It asked, told or held with a dialog. */
  dialog: boolean
  /** Share of the most frequent colour, 0 to 1. */
  oneColour: number
  /** The first of its visible text, blanks joined. */
  text: string
  /** Something turns, grows or says that it is busy. */
  waits: boolean
  /** The framework shows a fault of the app (Streamlit does that on its page). */
  fault: boolean
}

export type Verdict = Exclude<PictureOutcome, 'trouble'>

/** Above it there is nothing to see. */
const blankFrom = 0.99
/** A page that waits is mostly its background. */
const waitingFrom = 0.9
/** Characters; "Loading the model, this takes a minute" is shorter. */
const littleText = 60

const waitingWords = /^\W*(loading|please wait|connecting|starting|initiali[sz]ing|preparing|waiting)\b/i
const faultWords =
  /^\W*(traceback \(most recent call last\)|internal server error|bad gateway|service unavailable|gateway time-?out|application error|not found\b|404\b|5\d\d\b)/i

export function judge(look: Look): Verdict {
  if (look.dialog) return 'dialog'
  if (look.left) return 'left'
  if (look.unreachable || look.fault) return 'error'
  if (look.status !== undefined && look.status >= 400) return 'error'
  if (look.status === undefined) return 'loading'
  const little = look.text.length < littleText
  if (little && faultWords.test(look.text)) return 'error'
  if (/^traceback \(most recent call last\)/i.test(look.text)) return 'error'
  if (little && (waitingWords.test(look.text) || (look.waits && look.oneColour >= waitingFrom))) return 'loading'
  return look.oneColour > blankFrom ? 'blank' : 'good'
}

/** Whether it may be better in a minute: some apps draw long after they answer. */
export function isWorthAnother(outcome: PictureOutcome): boolean {
  return outcome === 'loading' || outcome === 'blank' || outcome === 'trouble'
}
