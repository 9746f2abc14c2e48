import { describe, expect, test } from 'vitest';
import { parseContent } from '../../../../../controllers/agenttask/executors/content.ts';
import { ContentError } from '../../../../../controllers/agenttask/executors/errors.ts';

function refusal(text: string): ContentError {
  try {
    parseContent(text);
  } catch (error) {
    if (error instanceof ContentError) {
      return error;
    }
    throw error;
  }
  throw new Error('the content was accepted');
}

describe('parseContent', () => {
  test.each([
    ['a list of plays', '---\n- name: P\n  hosts: all\n  tasks: []\n', true],
    ['a play that imports a playbook', '- import_playbook: other.yml\n', true],
    ['a list of tasks', '- name: T\n  ping:\n- debug: msg="{{ x }}"\n', false],
    ['a block of tasks', '- block:\n    - ping:\n  rescue:\n    - ping:\n', false],
    ['flow style', '[{ping: }]', false],
    [
      'vault and unsafe values',
      '- debug:\n    msg: !unsafe "{{ x }}"\n  vars:\n    s: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      3132\n',
      false,
    ],
    ['a repeated key, of which Ansible only warns', '- ping:\n  ping:\n', false],
  ])('accepts %s', (_name, text, plays) => {
    expect(parseContent(text)).toEqual({ plays });
  });

  test.each([
    ['an empty text', '', 1, /empty/],
    ['only a comment', '# nothing\n', 1, /list of plays or a list of tasks|empty/],
    ['text that is no YAML', '- ping:\n- "x\n', 3, /not valid YAML/],
    ['a tab as indentation', '- debug:\n\t msg: x\n', 2, /not valid YAML/],
    ['a mapping', 'hosts: all\ntasks: []\n', 1, /Begin each play or task with "- "/],
    ['a plain text', 'uptime\n', 1, /must be a list/],
    ['an empty list', '[]', 1, /list is empty/],
    ['a list of words', '- ping\n', 1, /must be a mapping/],
    ['a null entry', '- ping:\n-\n', 2, /must be a mapping/],
    ['a task among plays', '- hosts: all\n- ping:\n', 2, /Add "hosts: all"/],
    ['a play among tasks', '- ping:\n- hosts: all\n', 2, /under "tasks:"/],
    ['two documents', '- ping:\n---\n- ping:\n', 2, /second YAML document/],
  ])('refuses %s and names line and fix', (_name, text, line, message) => {
    const error = refusal(text);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^content/);
    expect(error.line).toBe(line);
    expect(error.message).not.toContain('\n');
  });

  test('refuses a text nested too deeply instead of running out of stack', () => {
    expect(refusal('['.repeat(100_000))).toBeInstanceOf(ContentError);
  });
});
