import { expect, test } from 'vitest'
import { endpointsOf } from './endpoints.ts'

test('names with their examples, in order', () => {
  const parameters = [{ example_input: 'Hello', label: 'name' }, { example_input: 3 }, {}]
  expect(endpointsOf({ named_endpoints: { '/greet': { parameters }, '/none': {} } })).toEqual([
    { name: '/greet', example: ['Hello', 3, null] },
    { name: '/none', example: [] },
  ])
})

test('whatever else an app says is left out', () => {
  expect(endpointsOf('no')).toEqual([])
  expect(endpointsOf({ named_endpoints: { '/x; rm -rf ~': {}, '/$(id)': {}, plain: {} } })).toEqual([])
  const long = { parameters: [{ example_input: 'x'.repeat(1000) }] }
  expect(endpointsOf({ named_endpoints: { '/long': long } })).toEqual([{ name: '/long', example: [] }])
})
