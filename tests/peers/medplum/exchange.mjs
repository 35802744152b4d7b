// Has Medplum's client take a referral to its end, and do what it alone does.
//
// Standard input is JSON: `base`, the URL of a FHIR endpoint that needs no token. Standard output is
// JSON, what the client saw at each step. Run by tests/contract/fhir/test_peers.py.

// The library wants Node 22 for its WebSocket, which it names when it is loaded; calls need none.
globalThis.WebSocket ??= class {};
const { MedplumClient, OperationOutcomeError } = await import('@medplum/core');

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { base } = JSON.parse(input);
const at = new URL(base);
const client = new MedplumClient({
  baseUrl: `${at.origin}/`,
  fhirUrlPath: at.pathname.slice(1),
  fetch,
  maxRetries: 0,
  cacheTime: 0,
});

async function refusal(act) {
  try {
    await act();
    return {};
  } catch (fault) {
    if (!(fault instanceof OperationOutcomeError)) throw fault;
    const [issue] = fault.outcome.issue;
    return { code: issue.code, said: issue.diagnostics };
  }
}

const FULFILL = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] };
const asked = { intent: 'order', authoredOn: '2026-01-05', requester: { display: 'Dr. Who' } };
const named = (value) => ({ resourceType: 'Patient', identifier: [{ system: 'urn:medplum', value }] });
const where = (value) => `identifier=urn:medplum|${value}`;
const seen = {};

{
  const member = await client.createResource({ ...named('1'), name: [{ family: 'Medplum' }] });
  const same = await client.createResourceIfNoneExist(named('1'), where('1'));
  const replaced = await client.upsertResource({ ...named('1'), gender: 'female' }, where('1'));
  const made = await client.upsertResource(named('2'), where('2'));
  seen.conditions = {
    same: same.id === member.id,
    replaced: replaced.id === member.id && replaced.gender,
    made: made.id !== member.id,
    found: (await client.searchResources('Patient', where('1'))).length,
  };
}

{
  const urn = (n) => `urn:uuid:00000000-0000-4000-8000-00000000000${n}`;
  const subject = { reference: urn(1) };
  const resources = [
    named('3'),
    { resourceType: 'ServiceRequest', status: 'active', subject, ...asked },
    {
      resourceType: 'Task',
      status: 'requested',
      code: FULFILL,
      focus: { reference: urn(2) },
      for: subject,
      owner: { display: 'a provider' },
      ...asked,
    },
  ];
  const bundle = await client.executeBatch({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resources.map((resource, n) => ({
      fullUrl: urn(n + 1),
      resource,
      request: { method: 'POST', url: resource.resourceType },
    })),
  });
  const [, order, task] = bundle.entry.map((one) => one.response.location.split('/_history')[0]);
  const id = task.split('/').pop();
  const accept = [{ op: 'replace', path: '/status', value: 'accepted' }];
  const accepted = await client.patchResource('Task', id, accept);
  const tooEarly = await refusal(() => client.updateResource({ ...accepted, status: 'completed' }));
  const output = [{ type: { text: 'Outcome' }, valueString: 'done' }];
  const done = await client.updateResource({ ...accepted, status: 'completed', output });
  const stale = await refusal(() => client.updateResource({ ...accepted, note: [{ text: 'x' }] }));
  const history = await client.readHistory('Task', id);
  const first = await client.readVersion('Task', id, '1');
  const found = await client.search('Task', { _id: id, _include: 'Task:focus' });
  seen.loop = {
    tooEarly,
    stale,
    done: done.status,
    order: (await client.readReference({ reference: order.split('/').slice(-2).join('/') })).status,
    history: history.entry.map((one) => one.resource.status),
    first: first.status,
    found: found.entry.map((one) => one.search.mode),
  };
}

{
  const member = await client.createResource(named('4'));
  const subject = { reference: `Patient/${member.id}` };
  const observed = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject };
  for (let n = 0; n < 5; n++) await client.createResource({ ...observed, valueInteger: n });
  const pages = [];
  for await (const page of client.searchResourcePages('Observation', { subject: subject.reference, _count: 2 }))
    pages.push(page.length);
  await client.deleteResource('Observation', (await client.searchOne('Observation', { subject: subject.reference })).id);
  const left = await client.searchResources('Observation', { subject: subject.reference });
  const outcome = await client.validateResource({ ...observed, status: 'final' });
  seen.searches = { pages, left: left.length, valid: outcome.issue.every((one) => one.severity !== 'error') };
  const batch = await client.executeBatch({
    resourceType: 'Bundle',
    type: 'batch',
    entry: [
      { request: { method: 'GET', url: `Patient/${member.id}` } },
      { request: { method: 'GET', url: 'Patient/never' } },
    ],
  });
  seen.batch = batch.entry.map((one) => one.response.status.slice(0, 3));
  seen.never = await refusal(() => client.readResource('Patient', 'never'));
}

process.stdout.write(JSON.stringify(seen));
