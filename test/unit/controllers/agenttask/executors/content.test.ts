import { describe, expect, test } from 'vitest';
import { parseContent } from '../../../../../controllers/agenttask/executors/content.ts';
import { ContentError } from '../../../../../controllers/agenttask/executors/errors.ts';

function refusal(text: string): ContentError {
  try {
    parseContent(text, { set: 1 });
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
    ['a byte order mark before plays', '\uFEFF---\n- hosts: all\n', true],
    ['a byte order mark before tasks', '\uFEFF- ping:\n', false],
    ['a variable that is asked for and set', '- hosts: all\n  vars_prompt:\n    - {name: set}\n', true],
    ['one with a default', '- hosts: all\n  vars_prompt: [{name: a, default: ""}, {name: b, default: 0}]\n', true],
    ['a prompt whose name Ansible puts together', '- hosts: all\n  vars_prompt: [{name: "{{ a }}"}]\n', true],
    ['prompts that Ansible refuses', '- hosts: all\n  vars_prompt: [x, {prompt: y}, *z]\n', true],
    ['a repeated key, of which Ansible only warns', '- ping:\n  ping:\n', false],
  ])('accepts %s', (_name, text, plays) => {
    expect(parseContent(text, { set: 1 })).toEqual({ plays });
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
    ['a byte order mark in the middle', '- ping:\n\uFEFF- x\n', 2, /not valid YAML|must be a mapping/],
    [
      'a variable that nobody answers',
      '- hosts: all\n- hosts: all\n  vars_prompt:\n    - {name: set}\n    - {name: release, private: false}\n',
      3,
      /asks for the variable "release" \(vars_prompt\).*Set the variable for the task, or give the prompt a default/,
    ],
    ['one whose default is null', '- hosts: all\n  vars_prompt: {name: a, default: null}\n', 2, /"a"/],
    ['one behind an alias', '- hosts: all\n  vars: {x: &p [{name: a}]}\n  vars_prompt: *p\n', 3, /"a"/],
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
