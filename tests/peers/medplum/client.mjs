// Has Medplum's CDS Hooks client discover and call services.
//
// Standard input is JSON: `service` (the base URL that /cds-services is below), `fhir` (the base URL
// of a FHIR server), `user` (who looks) and `calls`, each an `id`, a `context` and, for a service
// that asks for one, a `token`. The client fills each prefetch from the FHIR server by the
// template it discovered. Standard output is JSON: the services' `ids`, and for each call what was
// `sent` and what the client `got`, or the status and the FHIR outcome it was `refused` with.

// The library wants Node 22 for its WebSocket, which it names when it is loaded; calls need none.
globalThis.WebSocket ??= class {};
const { MedplumClient, OperationOutcomeError, buildCdsRequest } = await import('@medplum/core');

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { service, fhir, user, calls } = JSON.parse(input);

const client = new MedplumClient({ baseUrl: service, fhirUrlPath: fhir, fetch, maxRetries: 0 });
const { services } = await client.getCdsServices();

async function call({ id, context, token }) {
  const definition = services.find((one) => one.id === id);
  const sent = await buildCdsRequest(client, user, definition, context);
  const options = token ? { headers: { Authorization: `Bearer ${token}` } } : {};
  try {
    return { sent, got: await client.callCdsService(id, sent, options) };
  } catch (fault) {
    if (!(fault instanceof OperationOutcomeError)) throw fault;
    return { sent, refused: fault.outcome };
  }
}

const answers = [];
for (const one of calls) answers.push(await call(one));
process.stdout.write(JSON.stringify({ ids: services.map((one) => one.id), answers }));
