/** Calls of the stage API in documented mode that cannot be done, each with its answer's status and `msg`. */
type WrongCall = readonly [name: string, path: string, body: unknown, status: number, msg: string | RegExp];

/** @param keys of somebody who may do all, of one who may only look, and of one without rights */
export function wrongCalls(keys: Readonly<Record<'caller' | 'reader' | 'stranger', string>>): readonly WrongCall[] {
  return [
    [
      'a wrong key',
      'get',
      { 'secure-key': 'x'.repeat(43), argument: { Scope: 'node' } },
      401,
      'Your secure-key is invalid',
    ],
    ['no key', 'get', { argument: { Scope: 'node' } }, 401, 'Required entity is missing: secure-key'],
    ['no argument', 'set', { 'secure-key': keys.caller }, 400, 'Required entity is missing: argument'],
    ['no stage', 'set', { 'secure-key': keys.caller, argument: {} }, 400, 'Required entity is missing: Stage'],
    ['no scope', 'get', { 'secure-key': keys.caller, argument: {} }, 400, 'Required entity is missing: Scope'],
    [
      'an unknown stage',
      'set',
      { 'secure-key': keys.caller, argument: { Stage: 'parked', Scope: 'cluster' } },
      400,
      /^Failed to set the stage\(parked\) in the scope\(cluster\): there is no such stage/,
    ],
    [
      'an unknown scope',
      'get',
      { 'secure-key': keys.caller, argument: { Scope: 'rack' } },
      400,
      /^Failed to get the stage in the scope\(rack\)/,
    ],
    [
      'an unknown node',
      'set',
      { 'secure-key': keys.caller, argument: { Stage: 'support', Node: 'node-x' } },
      400,
      'Node: there is no node node-x',
    ],
    [
      'a node by a field of another spelling',
      'set',
      { 'secure-key': keys.caller, argument: { Stage: 'support', node: 'node-a' } },
      400,
      'node: is written Node',
    ],
    [
      'a node for the whole cluster',
      'set',
      { 'secure-key': keys.caller, argument: { Stage: 'support', Scope: 'cluster', Node: 'node-a' } },
      400,
      /^Node: the scope cluster is about all nodes/,
    ],
    [
      'an upgrade of the cluster of which nobody has said what it is',
      'set',
      { 'secure-key': keys.caller, argument: { Stage: 'upgrading', Scope: 'cluster' } },
      400,
      /^Failed to set the stage\(upgrading\) in the scope\(cluster\): .*upgrade is required/,
    ],
    [
      'data that is no text',
      'set',
      { 'secure-key': keys.caller, argument: { Stage: 'support', Data: [1] } },
      400,
      /Data/,
    ],
    ['a body that is no JSON', 'set', '{', 400, /JSON/],
    ['a caller who may only look', 'set', { 'secure-key': keys.reader, argument: { Stage: 'support' } }, 403, /denied/],
    ...['set', 'get', 'list', 'info'].map((path): WrongCall => [
      `a caller without rights (${path})`,
      path,
      { 'secure-key': keys.stranger, argument: { Stage: 'support', Scope: 'cluster' } },
      403,
      /^denied: .*stranger/,
    ]),
  ];
}
