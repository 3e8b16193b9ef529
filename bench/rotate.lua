-- Make wrk request the paths in the file $PATHS in turn.
local requests, n = {}, 0

function init(args)
  for path in io.lines(os.getenv("PATHS")) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  n = n % #requests + 1
  return requests[n]
end
