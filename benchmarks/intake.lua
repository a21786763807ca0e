-- Registers complaints, each with an idempotency key and a telephone of its own: another customer
-- each time, as at a service desk. The body comes from BENCH_BODY, with PHONE where the number goes.
local count = 0
local file = io.open(os.getenv("BENCH_BODY"), "r")
local body = file:read("*a")
file:close()
local run = os.getenv("BENCH_RUN")
local before, after = body:match("^(.*)PHONE(.*)$")
local first = tonumber(os.getenv("BENCH_FIRST"))

function request()
  count = count + 1
  local headers = {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN"),
    ["Idempotency-Key"] = run .. "-" .. count,
  }
  local phone = string.format("138%08d", (first + count) % 100000000)
  return wrk.format("POST", os.getenv("BENCH_PATH"), headers, before .. phone .. after)
end

function done(summary, latency, requests)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"errors":%d,"p50":%d,"p95":%d,"p99":%d}',
    summary.requests, summary.duration, errors,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
