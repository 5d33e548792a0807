import fastifyCompress from "@fastify/compress";
import fastifyHelmet from "@fastify/helmet";
import fastifyRateLimit from "@fastify/rate-limit";
import { SmartemError } from "@smartem/common/errors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AuthSettings } from "../auth/settings.js";
import type { BackendConfig } from "../config.js";

/** Below this an answer is a packet or two anyway. */
const COMPRESS_FROM_BYTES = 2_048;
/** The fastest: lists of squares and holes shrink to an eighth, and no request waits for the last percent. */
const GZIP_LEVEL = 1;

/** What an agent sends and fetches: a microscope that works fast must not be slowed down by counting. */
const OF_AGENTS = /^\/(ingest|events|agent\/.*)$/;

/**
 * What the pages may load: their own files, and the identity provider to log in. Mantine sets styles at run time; maps and
 * exports make images and files in memory.
 */
function contentSecurityPolicy(auth: AuthSettings | null) {
  return {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", "data:", "blob:"],
      fontSrc: ["'self'", "data:"],
      workerSrc: ["'self'", "blob:"],
      connectSrc: ["'self'", ...(auth === null ? [] : [new URL(auth.issuer).origin])],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  };
}

/** Headers that keep browsers from being misled. */
export async function secureHeaders(
  app: FastifyInstance,
  http: BackendConfig["http"],
  auth: AuthSettings | null,
): Promise<void> {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: contentSecurityPolicy(auth),
    frameguard: { action: "deny" },
    referrerPolicy: { policy: "no-referrer" },
    // A web UI at another address that CORS lets in shows images from here.
    crossOriginResourcePolicy: { policy: http.corsAllowedOrigins.length === 0 ? "same-origin" : "cross-origin" },
    // Whether there is TLS, and for how long, is for the proxy to say that offers it.
    strictTransportSecurity: false,
  });
}

/** Compresses text that is worth it. Event streams write past it; images are compressed already. */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(fastifyCompress, {
    encodings: ["gzip", "identity"],
    threshold: COMPRESS_FROM_BYTES,
    zlibOptions: { level: GZIP_LEVEL },
    globalDecompression: false,
  });
}

/** Of one address in a minute: beyond what pages send whose token has run out, far below what guessing needs. */
const REFUSALS_PER_MINUTE = 300;

/** Counts a request that was refused for its token. @throws SmartemError 429 where its address has sent too many of them */
export type CountRefusal = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Limits how much one caller may ask for, by the token's subject, else by address; and how often one address may be refused.
 *
 * @param perMinute null: as much as anybody likes
 */
export async function limitRates(app: FastifyInstance, perMinute: number | null): Promise<CountRefusal> {
  if (perMinute === null) return () => Promise.resolve();
  await app.register(fastifyRateLimit, {
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: ({ caller, ip }) => (caller === null ? `address ${ip}` : `subject ${caller.subject}`),
    allowList: ({ routeOptions: { url } }) => OF_AGENTS.test(url ?? ""),
    errorResponseBuilder: (_request, { ttl }) =>
      tooMany(
        `More than ${perMinute} requests in a minute.`,
        `Send the next in ${Math.ceil(ttl / 1_000)} s, or several things in one request. HTTP_RATE_LIMIT_PER_MINUTE sets the limit.`,
      ),
  });
  const refusals = Math.min(REFUSALS_PER_MINUTE, perMinute);
  const count = app.createRateLimit({
    max: refusals,
    timeWindow: 60_000,
    keyGenerator: ({ ip }) => `refused ${ip}`,
    allowList: [],
  });
  return async (request, reply) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    reply.header("retry-after", counted.ttlInSeconds);
    throw tooMany(
      `More than ${refusals} requests without a valid token in a minute.`,
      `Get a valid token, and send the next request in ${counted.ttlInSeconds} s.`,
    );
  };
}

function tooMany(message: string, hint: string): SmartemError {
  return new SmartemError("too_many_requests", 429, message, { hint });
}
