/** Works it out when it is asked for the first time, and keeps it. */
export function once<T>(work: () => T): () => T {
  let found: { readonly is: T } | undefined;
  return () => (found ??= { is: work() }).is;
}
