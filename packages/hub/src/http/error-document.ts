import { ERRORS } from "@muster/core";

/** docs/api-errors.md, made from the catalogue of errors; a test compares the two. */
export const errorDocument = (): string => `# Errors

Made from \`packages/core/src/errors.ts\`; a test keeps it true. A code is never used for anything else.

Every error of the HTTP API has the shape \`{"error":{"code","message","fields","requestId"}}\`; \`fields\` maps a place in the request (\`body.name\`, \`query.from\`) to what is wrong there. The cause stands in the hub's log under the request id and is never sent. A program that ends with an error ends with its exit code. Retry: \`corrected\` after correcting the request, \`later\` as it is, \`never\` not at all.

| code | HTTP status | exit code | retry | meaning |
|---|---|---|---|---|
${Object.entries(ERRORS)
  .map(([code, { status, exit, retry, text }]) => `| \`${code}\` | ${status} | ${exit} | ${retry} | ${text} |`)
  .join("\n")}
`;
