// cql-execution as a worker: reads one JSON request a line, answers one JSON line.
//
// {"load": {"name": [path, …]}, "asOf": "2020-03-01"} → {"answers": {"name": [true, …]}}
// {"run": "name", "passes": 3} → {"seconds": 0.012}, for that many passes over the bundles.
//
// Its best case: library, executor and PatientSource are made once (a new PatientSource parses the
// model information again), and the bytes are in memory. A pass goes from bytes to the answer. Of
// wall time (longer when the machine is busy) and processor time (with that of helping threads) the
// shorter is told.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const cql = require("cql-execution");
const { PatientSource } = require("cql-exec-fhir");

const elm = fs.readFileSync(path.join(__dirname, "emergency_visits.elm.json"), "utf8");
const library = new cql.Library(JSON.parse(elm));
const source = PatientSource.FHIRv401();
const bundles = new Map();
let executor;

async function answer(bytes) {
  source.reset();
  source.loadBundles([JSON.parse(bytes.toString("utf8"))]);
  const { patientResults } = await executor.exec(source);
  return Object.values(patientResults)[0].Result;
}

async function load({ load: files, asOf }) {
  executor = new cql.Executor(library, null, { AsOf: cql.Date.parse(asOf) });
  const answers = {};
  for (const [name, paths] of Object.entries(files)) {
    bundles.set(name, paths.map((one) => fs.readFileSync(one)));
    answers[name] = [];
    for (const bytes of bundles.get(name)) answers[name].push(await answer(bytes));
  }
  return { answers };
}

async function run({ run: name, passes }) {
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  for (let pass = 0; pass < passes; pass++) {
    for (const bytes of bundles.get(name)) await answer(bytes);
  }
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: Math.min(wall, (user + system) / 1e6) };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    console.log(JSON.stringify(await ("load" in request ? load(request) : run(request))));
  }
})();
