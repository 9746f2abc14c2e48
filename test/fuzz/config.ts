import type { Options } from './options.ts';

/**
 * From which the tool reads the token that it calls with: what is among its arguments is seen by all users of the
 * machine.
 */
export const tokenVariable = 'FLEETWRIGHT_FUZZ_TOKEN';

type Mode = Options['modes'][number];

/**
 * Texts for fields which by chance alone would hardly ever be usable, so that all that is behind their checks would
 * stay untried.
 */
const texts = {
  nodes: ['192.0.2.31', '192.0.2.32', '192.0.2.33', 'web-1.example.test', '2001:db8::1'],
  params: ['{}', '{"what": "nginx"}', '[]', '{"list": [1, 2.5, null], "nested": {"deep": {"deeper": true}}}'],
  tasks: ['- ping:', '- debug: {msg: "{{ what }}"}', 'nginx', '[]', '- &a [*a]', '{{ what }}'],
  fork_num: ['1', '500', '501', '0', ' 7 '],
} as const;

/** A name can be used once, so there are many. They are the same in every run, so that one can be repeated. */
const nameCount = 4000;

/**
 * Statuses that mean that a call was not made as it should be. In original mode 500 does too: the original answered so.
 */
const refusals = {
  documented: ['400', '401', '403', '404', '405', '413', '429'],
  original: ['400', '401', '403', '404', '405', '413', '429', '500'],
} satisfies Record<Mode, readonly string[]>;

/** Calls with examples that are not made without a token, since others of their API are. */
const unprobed = '/api/(run|parallel_run|getlog)$|/cluster/stage/(set|get|info)$';

function statuses(list: readonly string[]): string {
  return `{ expected-statuses = ${JSON.stringify(list)} }`;
}

function dictionary(name: string, values: readonly string[]): string {
  return `[dictionaries.${name}]\nvalues = ${JSON.stringify(values)}\n`;
}

/**
 * The settings of schemathesis, as TOML, whose texts and lists are written as JSON writes them. What no schema says is
 * refused too, such as neither of two fields that are both optional, a name that was taken, hosts that cannot be hosts.
 * So good data may be refused, with a status of the API's own; bad data may not be accepted.
 */
export function configText(mode: Mode): string {
  const names = Array.from(
    { length: nameCount },
    (_, index) => `${mode}${index % 2 === 0 ? ' name with blanks: ' : '.name.'}${index}`,
  );
  return `
continue-on-failure = true
request-timeout = 10.0
cache = { enabled = false }
# That most good data is refused for what no schema says is no news.
warnings = false

[auth.openapi]
bearer = { bearer = "$\{${tokenVariable}}" }

[checks]
enabled = true
max_response_time = 5.0
not_a_server_error = ${statuses(['2xx', '3xx', '4xx', ...(mode === 'original' ? ['500'] : [])])}
positive_data_acceptance = ${statuses(['2xx', '3xx', ...refusals[mode]])}
negative_data_rejection = ${statuses(refusals[mode])}
# What lacks a header is bad data, too. This check would have 401 only for a missing token, and never 429 (see below).
missing_required_header = { enabled = false }

# Whoever calls without a token often enough is told to wait (429), which this check takes for being let in. So it is
# made in the first phase, that of the examples, and of few calls there: an API has one guard for all its calls.
[[operations]]
include-path-regex = "${unprobed}"
[operations.checks]
ignored_auth = { enabled = false }

[phases.coverage.checks]
ignored_auth = { enabled = false }
[phases.fuzzing.checks]
ignored_auth = { enabled = false }
[phases.stateful.checks]
ignored_auth = { enabled = false }

${Object.entries({ ...texts, name: names })
  .map(([field, values]) => dictionary(field, values))
  .join('\n')}
[parameters]
"body.name" = { dictionary = "name", probability = 0.7 }
"body.nodes[*]" = { dictionary = "nodes", probability = 0.8 }
"body.params" = { dictionary = "params", probability = 0.3 }
"body.tasks" = { dictionary = "tasks", probability = 0.3 }
"body.content" = { dictionary = "tasks", probability = 0.2 }
"body.fork_num" = { dictionary = "fork_num", probability = 0.3 }
`;
}
