import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** The first byte of what is packed: a later way of packing gets another one. */
const format = 1;

/** No object is as large as that: the API server takes 3 MiB at most. */
const longest = 16 * 1024 * 1024;

/**
 * What most objects (AgentTasks) have in common, for deflate to refer to: makes a packed one about a third as large.
 * What was packed with it can be unpacked with nothing else, so it must stay as it is, to the letter, as long as
 * `format` is 1.
 */
const dictionary = Buffer.from(
  [
    '"ownerReferences":[{"apiVersion":"fleetwright.io/v1alpha1","blockOwnerDeletion":true,"controller":true,',
    '"kind":"AgentTask","name":"run-","uid":"',
    '"deletionTimestamp":"202"kubectl","fleetwright.io/parent":"","fleetwright.io/stopped-at":"2026-",',
    '"fleetwright.io/stopped-by":"","fleetwright.io/stop-request-id":"',
    '"become":{"method":"sudo","user":"root"},"confirm":"credentialsSecretRef":{"name":"fleetwright-dispatch-ssh"},',
    '"forks":5,"groupRef":{"name":""},"jobRef":{"name":""},"timeoutSeconds":3600,',
    '"plan":["stopRequestedAt":"2026-","stopStage":"interrupt","terminate","kill","splitBy":"Host","stop":true,',
    '"phase":"Pending","phase":"Running","Unknown","PartlySucceeded",',
    '"children":[{"host":"10.0.0.1","name":"run-","phase":"Succeeded"},{"host":"192.168.0.1","name":"",',
    '"phase":"Failed"},{"host":"host-1","name":"","phase":"Stopped"}],',
    '"message":"the run took longer than timeoutSeconds and was stopped","reason":"TimedOut",',
    '"message":"stopped on request; ","reason":"Stopped","reason":"Running","reason":"ContentFailed",',
    '"hosts":[{"counts":{"changed":0,"failed":1,"ok":0,"skipped":0,"unreachable":0},',
    '"message":"Task \\": non-zero return code (exit code 1)","name":"localhost","result":"failed"},',
    '"result":"ok"},"result":"changed"},"result":"unreachable"},"result":"skipped"},"result":"notRun"},',
    '"message":" hosts: 1 ok, 1 changed, 1 unreachable, 1 failed; see status.hosts for ","observedGeneration":1,',
    '"reason":"HostsFailed","status":"True","type":"Stalled"},',
    '{"metadata":{"labels":{"fleetwright.io/id":"1"},"annotations":{"fleetwright.io/dispatch-name":"",',
    '"fleetwright.io/request-id":"","fleetwright.io/requested-by":"system:serviceaccount:"},"generation":1},',
    '"spec":{"correlationID":"1-1","dryRun":false,"executor":"auto","hostKeyChecking":"Strict",',
    '"hosts":["paused":false,"shared":false,"source":"orion","splitBy":"None","stop":false,',
    '"ttlSecondsAfterFinished":86400,"user":"root"},',
    '"status":{"attempts":1,"completionTime":"2026-11-21T12:00:00Z",',
    '"conditions":[{"lastTransitionTime":"2026-11-21T12:00:00Z","message":"1 host: 1 changed",',
    '"observedGeneration":1,"reason":"Succeeded","status":"True","type":"Ready"},',
    '{"lastTransitionTime":"2026-11-21T12:00:00Z","message":"","observedGeneration":1,"reason":"Succeeded",',
    '"status":"False","type":"Reconciling"},',
    '{"lastTransitionTime":"2026-11-21T12:00:00Z","message":"","observedGeneration":1,"reason":"Succeeded",',
    '"status":"False","type":"Stalled"},',
    '{"lastTransitionTime":"2026-11-21T12:00:00Z","message":"1 host: 1 ok","observedGeneration":1,',
    '"reason":"Succeeded","status":"True","type":"Succeeded"}],',
    '"message":"1 host: 1 ok","observedGeneration":1,"phase":"Succeeded","run":{"executor":"local","id":"-1-1",',
    '"location":":/var/lib/fleetwright/runs/","timeoutSeconds":3600},"startTime":"2026-11-21T12:00:00Z",',
    '"summary":{"changed":0,"failed":0,"notRun":0,"ok":1,"skipped":0,"total":1,"unreachable":0}}}',
  ].join(''),
);

/** @returns the value as JSON, made small. The same text gives the same bytes. */
export function pack(value: object): Uint8Array {
  return Buffer.concat([Buffer.of(format), deflateRawSync(JSON.stringify(value), { dictionary, level: 9 })]);
}

/** What `pack` was given. @throws Error for bytes that no release has written so far */
export function unpack(bytes: Uint8Array): unknown {
  if (bytes[0] !== format)
    throw new Error(
      `an object in the history is packed in a way (${bytes[0]}) that this program does not know: ` +
        'a later release of Fleetwright has written it; run that one',
    );
  return JSON.parse(inflateRawSync(bytes.subarray(1), { dictionary, maxOutputLength: longest }).toString('utf8'));
}
