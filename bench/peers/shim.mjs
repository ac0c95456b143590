// Leads every request that crosspost makes to the services on this machine: https://host/path → BENCH_URL/host/path.
const real = globalThis.fetch;
globalThis.fetch = (address, options) => {
  const url = new URL(address);
  return real(`${process.env.BENCH_URL}/${url.host}${url.pathname}${url.search}`, options);
};
const https = await import("node:https");
const http = await import("node:http");
const to = new URL(process.env.BENCH_URL);
// The client of X asks through node's own https.
https.default.request = (url, options, answer) => {
  const asked = url instanceof URL ? { host: url.host, path: url.pathname + url.search, ...options } : url;
  const host = asked.hostname ?? asked.host;
  const call = typeof options === "function" ? options : answer;
  const changed = { ...asked, protocol: "http:", host: to.hostname, hostname: to.hostname, port: to.port,
    path: `/${host}${asked.path ?? "/"}`, agent: undefined };
  return http.default.request(changed, call);
};
