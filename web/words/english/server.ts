/**
 * What the server itself says to people: on the pages that stand where a Space cannot be shown, and where no script runs.
 * Without JSX, since the server reads these files as they are.
 */
import type { PhaseName, StageName } from '../../../control-plane/spaces/stage.ts'
import { counted } from '../language.ts'
import { stage } from './stage.ts'

/** What such a page says first, and then. */
export type Said = { heading: string; sentence: string }

/** Stages from which nothing comes by itself. */
export type StoppedStage = Extract<
  StageName,
  'PAUSED' | 'NO_APP_FILE' | 'CONFIG_ERROR' | 'BUILD_ERROR' | 'RUNTIME_ERROR' | 'DELETING'
>

const phase: Record<PhaseName, Said> = {
  queued: { heading: 'Queued', sentence: 'It waits for its turn.' },
  cloning: { heading: 'Copying the files', sentence: 'The newest version is taken from the repository.' },
  resolving: { heading: 'Choosing packages', sentence: 'The versions that fit together are looked up.' },
  installing: { heading: 'Installing', sentence: 'What the app needs is being installed.' },
  starting: { heading: 'Starting', sentence: 'The app has been started and loads.' },
  'health-checking': { heading: 'Starting', sentence: 'The app runs; its first answer is awaited.' },
}

const stopped: Record<StoppedStage, Said> = {
  PAUSED: { heading: 'Paused', sentence: 'Its author has paused it. Only they can start it again.' },
  NO_APP_FILE: {
    heading: 'Nothing to run yet',
    sentence: 'Its repository has no app file yet. It appears here with the next push.',
  },
  CONFIG_ERROR: {
    heading: 'The card cannot be used',
    sentence: 'The author has to correct the README of the repository.',
  },
  BUILD_ERROR: { heading: 'The build failed', sentence: 'Its log on the page of the Space says more.' },
  RUNTIME_ERROR: { heading: 'The app has crashed', sentence: 'Its log on the page of the Space says more.' },
  DELETING: { heading: 'Deleting', sentence: 'This Space is being removed.' },
}

export const server = {
  /** For `<html lang>`. */
  lang: 'en',
  stage,
  waiting: {
    phase,
    place: (position: number) => `Place ${position} in the queue.`,
    asleep: { heading: 'Waking up', sentence: 'It slept because nobody was here.' },
    building: { heading: 'Building', sentence: 'Its newest version is being prepared.' },
    silent: { heading: 'No answer yet', sentence: 'The app runs, but takes no connections at the moment.' },
    stopped,
    notRunning: (stage: string): Said => ({ heading: 'Not running', sentence: `It is in stage ${stage}.` }),
    /** The page's name in the browser. */
    title: (space: string, heading: string) => `${space}: ${heading}`,
    openPage: 'Open its page',
    turns: 'This page turns into the app by itself.',
  },
  nothingHere: {
    heading: 'No Space here',
    sentence: 'There is no Space at this address, or it is private. If it should be yours to see, sign in.',
    signIn: 'Sign in',
    strip: 'not found',
  },
  refusal: {
    storeAway: { heading: 'Plaza cannot look this up right now.', sentence: 'Try again in a few seconds.' },
    noAnswer: (detail: string): Said => ({
      heading: `The app did not answer: ${detail}.`,
      sentence: 'Try again; if it stays so, the log of the Space says more.',
    }),
    misdirected: (host: string): Said => ({
      heading: 'This address belongs to one Space.',
      sentence: `Ask for ${host}.`,
    }),
    tooMany: {
      heading: 'Too many requests wait for this Space to start.',
      sentence: 'Try again in a few seconds.',
    },
    tooLate: {
      heading: 'The Space did not start in the time that a request is held.',
      sentence: 'Try again later; the page of the Space says how far it is.',
    },
  },
  reading: {
    about: 'A community’s own Spaces: demos that run here, to be tried at once.',
    spaces: 'Spaces',
    spacesBy: (owner: string) => `Spaces by ${owner}`,
    search: 'Search Spaces',
    find: 'Search',
    none: 'No Space matches.',
    more: 'More Spaces',
    all: 'All Spaces',
    /** A Space's name and its owner's. */
    byOwner: (title: string, owner: string) => `${title} by ${owner}`,
    /** After a sentence that others follow. */
    stop: '.',
    aSpaceBy: (title: string, owner: string) => `${title}, a Space by ${owner}.`,
    by: 'By',
    on: (stage: string, hardware: string) => `${stage} on ${hardware}`,
    likes: (count: number) => counted(count, 'like', 'likes'),
    open: 'Open the app',
    tags: 'Tags:',
    /** Between two tags. */
    comma: ', ',
    files: 'Its files:',
    withoutScripts:
      'Without JavaScript the gallery and each Space’s page can be read; Spaces open at their own addresses, and git works.',
  },
}
