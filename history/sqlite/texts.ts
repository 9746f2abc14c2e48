import type { Database } from './database.ts';

/** The numbers of texts, for one task: the same texts come again with nearly every step. */
export class Texts {
  readonly #database: Database;
  readonly #day: number;
  readonly #known = new Map<string, number>();

  /** @param day the day on which the task ended that uses the texts */
  constructor(database: Database, day: number) {
    this.#database = database;
    this.#day = day;
  }

  /** @returns the number of the text, which is stored if it is new. Only within a transaction. */
  number(value: string): number {
    const known = this.#known.get(value) ?? this.#find(value);
    this.#known.set(value, known);
    return known;
  }

  #find(value: string): number {
    const found = this.#database.get('SELECT id, last_day FROM text WHERE value = ?', value);
    if (found === undefined)
      return Number(
        this.#database.get('INSERT INTO text (value, last_day) VALUES (?, ?) RETURNING id', value, this.#day)?.['id'],
      );
    const id = Number(found['id']);
    if (Number(found['last_day']) < this.#day)
      this.#database.run('UPDATE text SET last_day = ? WHERE id = ?', this.#day, id);
    return id;
  }
}
