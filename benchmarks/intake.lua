-- Registers complaints, each with an idempotency key of its own. The body comes from BENCH_BODY.
local count = 0
local file = io.open(os.getenv("BENCH_BODY"), "r")
local body = file:read("*a")
file:close()
local run = os.getenv("BENCH_RUN")

function request()
  count = count + 1
  local headers = {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN"),
    ["Idempotency-Key"] = run .. "-" .. count,
  }
  return wrk.format("POST", os.getenv("BENCH_PATH"), headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"errors":%d,"p50":%d,"p95":%d,"p99":%d}',
    summary.requests, summary.duration, errors,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
