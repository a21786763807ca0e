-- Without BENCH_BODY it reads. With it, it registers complaints, each with an idempotency key and a
-- telephone of its own (where the body says PHONE): another customer each time, as at a service desk.
-- BENCH_STOP ends it after so many answers: a database that grows while it is measured says little
-- about its size.
local name = os.getenv("BENCH_BODY")
local stop = tonumber(os.getenv("BENCH_STOP") or "0")
local token = "Bearer " .. os.getenv("BENCH_TOKEN")
local answered, count = 0, 0

if name then
  local file = io.open(name, "r")
  local before, after = file:read("*a"):match("^(.*)PHONE(.*)$")
  file:close()
  local run, first = os.getenv("BENCH_RUN"), tonumber(os.getenv("BENCH_FIRST"))
  function request()
    count = count + 1
    local headers = {
      ["Content-Type"] = "application/json",
      ["Authorization"] = token,
      ["Idempotency-Key"] = run .. "-" .. count,
    }
    local phone = string.format("138%08d", (first + count) % 100000000)
    return wrk.format("POST", os.getenv("BENCH_PATH"), headers, before .. phone .. after)
  end
else
  wrk.headers["Authorization"] = token
end

if stop > 0 then
  function response()
    answered = answered + 1
    if answered >= stop then wrk.thread:stop() end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"errors":%d,"p50":%d,"p95":%d,"p99":%d}',
    summary.requests, summary.duration, errors,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
