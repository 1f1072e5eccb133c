// The authorization server `oidc-provider`, and a gate before an MCP server that lets calls through with its tokens only.
//
// usage: node login_server.mjs FOLDER-OF-PACKAGES URL-OF-THE-MCP-SERVER SECONDS
//
// Prints one line of JSON: the address of the gate, of the authorization server, and a private key of one of its clients.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, behind, seconds] = process.argv.slice(2);
const TTL = Number(seconds);
const { Provider } = await import(pathToFileURL(join(packages, "node_modules/oidc-provider/lib/index.js")));

const listening = async (handler) => {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}`;
};

let authorize;
const issuer = await listening((from, to) => authorize(from, to));
let resource;

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const machine = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [], scope: "mcp:read mcp:write" };
const provider = new Provider(issuer, {
  clients: [
    { client_id: "by-secret", client_secret: "s3cret/with a space", ...machine },
    { client_id: "by-body", client_secret: "s3cret/in the body", token_endpoint_auth_method: "client_secret_post", ...machine },
    {
      client_id: "by-key",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      jwks: { keys: [publicKey.export({ format: "jwk" })] },
      ...machine,
    },
  ],
  scopes: ["openid", "offline_access", "mcp:read", "mcp:write"],
  cookies: { keys: ["only for a test"] },
  features: {
    clientCredentials: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: "mcp:read mcp:write", audience: resource, accessTokenTTL: TTL, accessTokenFormat: "opaque" }),
      useGrantedResource: () => true,
    },
  },
  ttl: { RefreshToken: 3600 },
});
authorize = provider.callback();
provider.on("server_error", (_, error) => console.error(error));

// A gate may not know more of a token than that it is one, for whom, and what for.
const held = async (token) => {
  const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  return found && !found.isExpired && [found.aud].flat().includes(resource) ? found : undefined;
};
const refuse = (to, status, scope, error) => {
  const metadata = `${new URL(resource).origin}/.well-known/oauth-protected-resource/mcp`;
  to.writeHead(status, { "WWW-Authenticate": `Bearer resource_metadata="${metadata}", scope="${scope}", error="${error}"` }).end();
};
const gate = await listening(async (from, to) => {
  if (from.url === "/.well-known/oauth-protected-resource/mcp") {
    const metadata = { resource, authorization_servers: [issuer], scopes_supported: ["mcp:read", "mcp:write"] };
    return to.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(metadata));
  }
  if (from.url !== "/mcp") {
    return to.writeHead(404).end();
  }
  const chunks = [];
  for await (const chunk of from) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const found = await held((from.headers.authorization ?? "").replace(/^Bearer /, ""));
  if (!found) {
    return refuse(to, 401, "mcp:read", "invalid_token");
  }
  if (body.includes('"create_booking"') && !found.scope?.includes("mcp:write")) {
    return refuse(to, 403, "mcp:read mcp:write", "insufficient_scope");
  }
  const { authorization, host, ...headers } = from.headers;
  const passed = ask(behind, { method: from.method, headers }, (answer) => {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
  });
  passed.on("error", () => to.writeHead(502).end());
  passed.end(body);
});
resource = `${gate}/mcp`;

console.log(JSON.stringify({ resource, issuer, key: privateKey.export({ type: "pkcs8", format: "pem" }) }));
