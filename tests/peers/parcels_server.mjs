// A correct provider of `parcels`, built with the TypeScript SDK on express as its example of streamable HTTP is: the SDK validates, the
// functions answer.
//
// usage: node parcels_server.mjs FOLDER-OF-PACKAGES PORT

import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [packages, port] = process.argv.slice(2);
const require = createRequire(join(resolve(packages), "package.json"));
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StreamableHTTPServerTransport } = require("@modelcontextprotocol/sdk/server/streamableHttp.js");
const { createMcpExpressApp } = require("@modelcontextprotocol/sdk/server/express.js");
const { isInitializeRequest } = require("@modelcontextprotocol/sdk/types.js");
const z = require("zod/v4");

const SERVED = new Map([
  ["11000", 89],
  ["60200", 75],
]);
const pickups = new Map();

const told = (answer) => ({ structuredContent: answer, content: [{ type: "text", text: JSON.stringify(answer) }], isError: !answer.ok });

const parcels = () => {
  const server = new McpServer({ name: "parcels", version: "1.0" });
  server.registerTool(
    "quote_delivery",
    {
      description: "Says what the delivery of a parcel costs.",
      inputSchema: z.strictObject({ postcode: z.string().min(1), grams: z.int().min(1) }),
      outputSchema: { ok: z.boolean(), error: z.enum(["not_served"]).optional(), price: z.number().optional(), currency: z.string().optional() },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ postcode, grams }) =>
      told(
        SERVED.has(postcode)
          ? { ok: true, price: SERVED.get(postcode) + Math.floor(grams / 1000), currency: "CZK" }
          : { ok: false, error: "not_served" },
      ),
  );
  server.registerTool(
    "order_pickup",
    {
      description: "Orders a courier to fetch a parcel.",
      inputSchema: z.strictObject({ postcode: z.string(), day: z.iso.date(), note: z.string().max(200).optional() }),
      outputSchema: {
        ok: z.boolean(),
        error: z.enum(["past_day", "no_courier"]).optional(),
        pickup: z.object({ id: z.string() }).optional(),
      },
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    },
    async (wanted) => {
      if (wanted.day < new Date().toISOString().slice(0, 10)) {
        return told({ ok: false, error: "past_day" });
      }
      const id = `p-${pickups.size + 1}`;
      pickups.set(id, wanted);
      return told({ ok: true, pickup: { id } });
    },
  );
  server.registerTool(
    "cancel_pickup",
    {
      description: "Calls a courier off.",
      inputSchema: z.strictObject({ pickup_id: z.string() }),
      outputSchema: { ok: z.boolean(), error: z.enum(["already_gone"]).optional() },
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async ({ pickup_id }) => {
      if (!pickups.get(pickup_id)) {
        return told({ ok: false, error: "already_gone" });
      }
      pickups.set(pickup_id, null);
      return told({ ok: true });
    },
  );
  return server;
};

const refuse = (to, status, code, message) => to.status(status).json({ jsonrpc: "2.0", error: { code, message }, id: null });

const app = createMcpExpressApp();
const sessions = new Map();
const handle = async (from, to) => {
  const id = from.headers["mcp-session-id"];
  if (id !== undefined) {
    const known = sessions.get(id);
    return known ? known.handleRequest(from, to, from.body) : refuse(to, 404, -32001, "Session not found");
  }
  if (from.method !== "POST" || !isInitializeRequest(from.body)) {
    return refuse(to, 400, -32000, "Bad Request: No valid session ID provided");
  }
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (made) => sessions.set(made, transport),
  });
  transport.onclose = () => sessions.delete(transport.sessionId);
  await parcels().connect(transport);
  return transport.handleRequest(from, to, from.body);
};
app.all("/mcp", handle);
app.listen(Number(port), "127.0.0.1");
