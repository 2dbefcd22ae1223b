/** Named loggers for operators: one JSON line each, or readable text on a terminal; secrets never. */
import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    redact: {
      paths: ['authorization', 'cookie', 'password', 'token', '*.authorization', '*.cookie', '*.password', '*.token'],
      censor: '[hidden]',
    },
  })
}
