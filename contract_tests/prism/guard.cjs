'use strict';
// Keeps one bad request from ending the whole mock: preloaded into Prism with `node -r guard.cjs`.
//
// Prism handles a request in a promise that nobody awaits, so an exception there ends the process and every later
// request fails with it. Four request shapes are known to do that in Prism 5.14.2 (and in 5.16.0):
//
//   1. a path that is not valid percent-encoding (`/v1/files/%FF`, a lone `%`): decodeURIComponent throws a URIError;
//   2. `Accept: ;;`: the media type parser throws "invalid media type";
//   3. a multipart part with a file name but no Content-Type: parse-multipart-data calls trim() on undefined;
//   4. a multipart part whose file name or field name holds `;` or `=`: the same library splits Content-Disposition
//      at these characters, whether quoted or not, and throws a SyntaxError or a TypeError.
//
// The exception is traced back to its request, which gets a 500 with `x-prism-guard: crash`.
// The same happens to a shape nobody has met yet; the log line says what it was. An exception that belongs to no
// request (port taken, unreadable document) still ends the process, as it should.
//
// The guard also does three small things that a supervised mock needs:
//   - GET /__prism_guard returns PRISM_GUARD_ID, so a health check knows that it reached this process and no other,
//     with the version of Prism and the digest of the openapi.yaml behind the document (tools/mock/running.py);
//   - with PRISM_GUARD_STDIN=1 the process ends when its standard input closes, so it never outlives its parent;
//   - the document is read once. Prism would watch it, and on a change stop listening until the last kept-alive
//     connection is gone; and the client in use was generated from the document as it was at the start.

const { AsyncLocalStorage } = require('node:async_hooks');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const Module = require('node:module');
const path = require('node:path');

const HEALTH_PATH = '/__prism_guard';
const exchange = new AsyncLocalStorage(); // the request being served, wherever its promises go
let served = false;

// Read at the start, as Prism does: the file may change later. Prism's command line ends with the document.
const about = {
  id: process.env.PRISM_GUARD_ID || 'prism',
  prism: known(() => JSON.parse(fs.readFileSync(path.join(fs.realpathSync(process.argv[1]), '../../package.json'), 'utf8')).version),
  openapi: known(() => /^x-openapi-sha256: '?([0-9a-f]{64})/m.exec(fs.readFileSync(process.argv.slice(2).at(-1), 'utf8'))[1]),
};

function known(read) {
  try {
    return read() ?? null;
  } catch {
    return null; // another layout of Prism's files, or a document from elsewhere
  }
}

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, response) {
  if (event !== 'request') return emit.apply(this, arguments);
  if (request.url === HEALTH_PATH) {
    response.end(JSON.stringify(about));
    return true;
  }
  served = true;
  return exchange.run({ request, response }, () => emit.apply(this, arguments));
};

function survive(error) {
  const current = exchange.getStore();
  const reason = String((error && error.message) || error).split('\n', 1)[0];
  if (!served) {
    console.error(`prism-guard: not caused by a request, ending: ${(error && error.stack) || error}`);
    process.exit(1);
  }
  if (!current) {
    console.error(`prism-guard: survived, request unknown: ${reason}`);
    return;
  }
  const { request, response } = current;
  // Without the query: it can hold tokens.
  console.error(`prism-guard: survived ${request.method} ${request.url.split('?', 1)[0]}: ${reason}`);
  if (response.writableEnded) return; // the response is out; only Prism's bookkeeping after it failed
  if (response.headersSent) {
    response.destroy(); // half a response: end the connection rather than let the caller wait
    return;
  }
  response.writeHead(500, { 'content-type': 'application/problem+json', 'x-prism-guard': 'crash' });
  response.end(JSON.stringify({ type: 'prism-guard:crash', title: 'This request would have ended Prism', status: 500, detail: reason }));
}
process.on('uncaughtException', survive);
process.on('unhandledRejection', survive);

if (process.env.PRISM_GUARD_STDIN === '1') {
  for (const event of ['end', 'close', 'error']) process.stdin.on(event, () => process.exit(0));
  process.stdin.resume();
}

// Prism watches its document through chokidar; this stands in for it and never reports a change.
const load = Module._load;
Module._load = function (name) {
  if (name !== 'chokidar') return load.apply(this, arguments);
  return {
    watch() {
      const watcher = new EventEmitter();
      setImmediate(() => watcher.emit('ready'));
      return watcher;
    },
  };
};
