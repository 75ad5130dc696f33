// A second signer, written from signatures.json and README.md alone, with nothing but Node.
//
// Each line of the standard input is a request as JSON: the members `path`, `query`, `body` (text or null), `timestamp`,
// `public_token` and `private_token` of a vector. Each line of the standard output has its stages as JSON: `target`,
// `message`, `sign` and `headers`.

import { createHmac } from "node:crypto";
import { createInterface } from "node:readline";

// encodeURIComponent leaves these as they are. RFC 3986 reserves them.
const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

// Text of JavaScript compares by UTF-16 units, its bytes in UTF-8 by code points.
const byName = ([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other));

const joined = (pairs, written) => pairs.map(([name, value]) => `${written(name)}=${written(value)}`).join("&");

function signed({ path, query, body, timestamp, public_token, private_token }) {
  const signedPairs = [...query, ["timestamp", timestamp]].sort(byName); // a stable sort: repeated names keep their order
  const message = joined(signedPairs, (text) => text) + (body ? `|${body}` : "");
  const sign = createHmac("sha256", private_token).update(message).digest("hex");
  return {
    target: query.length ? `${path}?${joined(query, encoded)}` : path,
    message,
    sign,
    headers: { "Public-Token": public_token, Sign: sign, Timestamp: timestamp },
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(signed(JSON.parse(line)))}\n`);
}
