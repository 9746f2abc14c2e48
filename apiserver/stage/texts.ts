import type { IncomingHttpHeaders } from 'node:http';

import { cookieIn } from '../http/cookies.ts';
import type { StageCall } from './errors.ts';

/** The languages in which the original program told of its calls. */
export type Language = 'en' | 'ko';

/** What a message speaks of. */
export interface Told {
  readonly stage: string;
  readonly scope: string;
}

interface Texts {
  readonly done: Readonly<Record<StageCall, (told: Told) => string>>;
  readonly failed: Readonly<Record<StageCall, (told: Told) => string>>;
  readonly missing: (entity: string) => string;
  readonly invalid: (entity: string) => string;
}

/** In the words of the original program, by which its clients may go. English is said in documented mode too. */
export const texts = {
  en: {
    done: {
      set: ({ scope, stage }) => `Setting the stage has succeeded: ${scope}: ${stage}`,
      get: () => 'Getting the stage has succeeded',
      list: () => 'Getting the stage list has succeeded',
      info: () => 'Getting the stage info has succeeded',
    },
    failed: {
      set: ({ scope, stage }) => `Failed to set the stage(${stage}) in the scope(${scope})`,
      get: ({ scope }) => `Failed to get the stage in the scope(${scope})`,
      list: ({ scope }) => `Failed to get the stage list in the scope(${scope})`,
      info: () => 'Failed to get the stage info',
    },
    missing: (entity) => `Required entity is missing: ${entity}`,
    invalid: (entity) => `Required entity is invalid: ${entity}`,
  },
  ko: {
    done: {
      set: ({ scope, stage }) => `스테이지를 설정했습니다: ${scope}: ${stage}`,
      get: () => '스테이지를 가져왔습니다.',
      list: () => '스테이지 리스트를 가져왔습니다.',
      info: () => '스테이지 정보를 가져왔습니다.',
    },
    failed: {
      set: ({ scope, stage }) => `${scope}의 ${stage}를 설정하지 못했습니다.`,
      get: ({ scope }) => `${scope}의 스테이지를 가져오지 못했습니다.`,
      list: ({ scope }) => `${scope}의 스테이지 목록을 가져오지 못했습니다.`,
      info: () => '스테이지 정보를 가져오지 못했습니다.',
    },
    missing: (entity) => `필수 항목이 누락되었습니다: ${entity}`,
    invalid: (entity) => `필수 항목이 유효하지 않습니다: ${entity}`,
  },
} satisfies Record<Language, Texts>;

/** By the cookie `language`, else by what the browser prefers; English where neither says Korean. */
export function languageOf({ cookie, 'accept-language': accepted = '' }: IncomingHttpHeaders): Language {
  const chosen = cookieIn(cookie, 'language') ?? preferred(accepted);
  return /^ko(-|_|$)/i.test(chosen) ? 'ko' : 'en';
}

/** @returns the first of the languages that are wanted most */
function preferred(accepted: string): string {
  const wanted = accepted.split(',').map((each) => {
    const [tag = '', ...parameters] = each.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return { tag, weight: Number(weight) || 0 };
  });
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.tag ?? '';
}
