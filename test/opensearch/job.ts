/**
 * Ansible content that replaces the software of a node on a machine of this folder (machine.ts): what on other machines
 * a package manager and an init system do.
 * @param machines the folder that holds each machine's
 */
export function replacingContent(machines: string): string {
  return `- hosts: all
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    machine: "${machines}/{{ opensearch_node }}"
    order: "{{ opensearch_version }}-{{ opensearch_node }}"
  tasks:
    - name: install OpenSearch {{ opensearch_version }}
      ansible.builtin.copy:
        dest: "{{ machine }}/version"
        content: "{{ opensearch_version }}"
        mode: "0644"
    - name: restart the node
      ansible.builtin.copy:
        dest: "{{ machine }}/restart"
        content: "{{ order }}"
        mode: "0644"
    - name: wait until it was restarted
      ansible.builtin.wait_for:
        path: "{{ machine }}/restarted"
        search_regex: "^{{ order }}$"
        timeout: 120
`;
}
