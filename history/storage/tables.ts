import type { Column, HistoryKind, Tables } from '../kind.ts';

/** A table of a kind's details, and what its columns hold. */
export interface DetailTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** @throws Error for a table that the kind does not have */
export function detailTable(kind: HistoryKind, table: string): DetailTable {
  const columns = declaredTables(kind)[table];
  if (columns === undefined) throw new Error(`${kind.type.kind} has no details ${table} in the history`);
  return { name: `${kind.type.kind.toLowerCase()}_${table}`, columns };
}

/** All tables of the kind's details. */
export function detailTables(kind: HistoryKind): readonly DetailTable[] {
  return Object.keys(declaredTables(kind)).map((table) => detailTable(kind, table));
}

function declaredTables(kind: HistoryKind): Tables {
  return { ...kind.parts?.tables, ...kind.attachments?.tables };
}
