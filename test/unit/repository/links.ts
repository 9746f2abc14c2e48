/** A link of a Markdown text, as written, and its line, counted from 1. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** Finds inline links and images, reference definitions and HTML links of a Markdown text, outside code. */
export function linksOf(text: string): readonly Link[] {
  return proseLines(text).flatMap((prose, index) =>
    [
      ...prose.matchAll(/\]\(\s*<?([^\s)>]+)>?(?:\s+["'(][^)]*)?\)/g),
      ...prose.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/g),
      ...prose.matchAll(/<(?:a|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g),
    ].map(([, target = '']) => ({ target, line: index + 1 })),
  );
}

/** The anchors that a Markdown text's headings give, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(text, false)) {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = slug;
    for (let number = 1; anchors.has(anchor); number += 1) anchor = `${slug}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The lines of a text, those of code blocks emptied, so that what is shown as an example is not followed. */
function proseLines(text: string, withoutCode = true): readonly string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      return '';
    }
    if (fence !== undefined) return '';
    return withoutCode ? line.replaceAll(/(`+)[^`]*\1/g, '') : line;
  });
}
