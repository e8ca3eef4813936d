// A stock MessagePack-RPC client inserts and reads records: nothing of Rowhouse is on this side of the wire.
// ROWHOUSED is the daemon, MIGRATIONS the folder of migrations.
'use strict';
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { tmpdir } = require('node:os');
const test = require('node:test');
const { Client } = require('msgpack-rpc-lite');

const ORGANIZATION = 'a0000000-0000-4000-8000-000000000001';
const OTHER = 'b0000000-0000-4000-8000-000000000002';
const USER = 'a0000000-0000-4000-8000-0000000000aa';

const directory = mkdtempSync(join(tmpdir(), 'rowhouse-npm-'));
const data = join(directory, 'data');
const socket = join(directory, 'rowhouse.sock');
let server;
let service;

async function connect() {
  const client = new Client({ path: socket });
  await new Promise((resolve, reject) => client.once('connect', resolve).once('error', reject));
  return client;
}

// The result alone: the client hands out [result, id], and rejects with the error array of the wire.
const ask = async (client, method, ...params) => (await client.request(method, ...params))[0];

test.before(async () => {
  server = spawn(process.env.ROWHOUSED, ['--data', data, '--migrations', process.env.MIGRATIONS, '--listen', '', '--socket', socket],
    { stdio: 'ignore' });
  for (let tries = 0; tries < 1000 && !existsSync(socket); tries++) await new Promise(resolve => setTimeout(resolve, 20));
  service = await connect();
  await ask(service, 'auth', readFileSync(join(data, 'service.key'), 'utf8').trim());
});

test.after(async () => {
  service.close();
  server.kill('SIGTERM');
  await new Promise(resolve => server.once('exit', resolve));
  rmSync(directory, { recursive: true });
});

test('it greets', async () => {
  const hello = await ask(service, 'hello', { client: 'a stock client' });
  assert.strictEqual(hello.server, 'rowhouse');
});

test('a record goes in and comes back', async () => {
  await ask(service, 'insert', 'organizations', [{ id: ORGANIZATION, name: 'Acme' }, { id: OTHER, name: 'Globex' }]);
  const inserted = await ask(service, 'insert', 'contacts', { organization_id: ORGANIZATION, name: 'Ada', email: 'ada@example.com' },
    { returning: ['id', 'name'] });
  assert.strictEqual(inserted.count, 1);
  const [id, name] = inserted.rows[0];
  assert.strictEqual(name, 'Ada');
  const row = await ask(service, 'get', 'contacts', id, { columns: ['name', 'email'], organization: ORGANIZATION });
  assert.deepStrictEqual(row, ['Ada', 'ada@example.com']);
  const page = await ask(service, 'scan', 'contacts', { where: ['=', 'email', 'ada@example.com'], names: true });
  assert.strictEqual(page.rows.length, 1);
  assert.ok(page.columns.includes('organization_id'));
});

test('a member signs in with a token and stays in his house', async () => {
  await ask(service, 'insert', 'auth.users', { id: USER, email: 'ada@example.com' });
  await ask(service, 'insert', 'profiles', { id: USER, organization_id: ORGANIZATION });
  const { token } = await ask(service, 'call', 'issue_token', { user_id: USER });
  const member = await connect();
  await ask(member, 'auth', token);
  assert.strictEqual(await ask(member, 'count', 'contacts'), 1);
  await assert.rejects(ask(member, 'insert', 'contacts', { organization_id: OTHER, name: 'Mallory' }), error => error[0] === '42501');
  member.close();
});

test('errors are an array of SQLSTATE, message, detail and hint', async () => {
  await assert.rejects(ask(service, 'get', 'no_such_table', 1), error => error.length === 4 && error[0] === '42P01');
  await assert.rejects(ask(service, 'insert', 'contacts', { name: 'nobody\'s' }), error => error[0] === '23502');
});
