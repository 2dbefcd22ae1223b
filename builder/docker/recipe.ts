/** How one image is made: its name by what determines it, and the build that makes it. */
import type { BuildRequest, Sha256 } from '../builder.ts'
import type { BuildEnvironment } from './build-environment.ts'
import type { Credentials } from './credentials.ts'
import type { HiddenNames } from './keys.ts'
import { KnownEnd, type BuildRun } from './run-build.ts'

export type Recipe = {
  key: Sha256
  /** Folders that the app writes to; undefined: nobody knows. */
  writable: readonly string[] | undefined
  /** Names all that determines the layers that packages are in, of Python; undefined: none are. */
  environment?: Sha256 | undefined
  /** Writes the context below `folder`, where `app` holds the commit's files already. */
  prepare: (folder: string, bytecode?: Bytecode) => Promise<BuildRun>
}

/**
 * Of which installation (`installedOf`) the image gets bytecode. `cached`: from BuildKit's cache or not at all, then the
 * build ends with `BytecodeMissing`; `compiled`: however long it takes.
 */
export type Bytecode = { installed: Sha256; from: 'cached' | 'compiled' }

/** Wheels alone did not do: the next recipe may build from source. */
export class NeedsBuilding extends KnownEnd {}

/** BuildKit has forgotten the bytecode: nobody waits until it is compiled again. */
export class BytecodeMissing extends KnownEnd {}

/** What all recipes know. */
export type Kitchen = {
  request: BuildRequest
  /** Git object of the commit's files. */
  tree: string
  environment: BuildEnvironment
  credentials: Credentials
  names: HiddenNames
  /** Name of this installation's builder; part of every key. */
  builder: string
  /** Where `tar` is looked for. */
  path: string
}

/** A base image, and the id that it has now. */
export type Base = { reference: string; id: string }
