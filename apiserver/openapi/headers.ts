/** Headers of answers that are the same in all APIs. */
export const headers = {
  'X-Request-ID': {
    description:
      'The id of the call in the log of this facade: ' +
      'the one that was sent in the same header, of 1 to 64 letters, digits and ".", "_", "-", else a new one.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
    example: '7f3b2c9a-5d1e-4b8f-9c06-2a4e8d1f7b35',
  },
  'Retry-After': {
    description: 'After how many seconds another try is worth it.',
    schema: { type: 'integer', minimum: 0 },
    example: 5,
  },
  'WWW-Authenticate': {
    description: 'How to say who calls.',
    required: true,
    schema: { type: 'string', const: 'Bearer' },
  },
} as const;

/** Which of them answers of a status have. */
export const failureHeaders: Readonly<Record<string, readonly (keyof typeof headers)[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};
