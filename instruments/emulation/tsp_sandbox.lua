-- The inside of an emulated script processor: what a script may see, and how it gives way.
--
-- Runs once per instrument in Lua 5.2, the oldest release whose coroutines may give way inside a
-- protected call and inside an attribute; numbers are doubles and print as in the instruments' 5.0.
-- A script sees only the tables made here: no files, no loading of code from outside, no debug
-- library. `host` holds plain functions of the emulation; each gives true and values, or false and
-- a text.
local host = ...
local yield, resume, create = coroutine.yield, coroutine.resume, coroutine.create
local sethook, clock, load_chunk, raw_set = debug.sethook, os.clock, load, rawset
local format, floor = string.format, math.floor
local rep, gsub, find, match, gmatch = string.rep, string.gsub, string.find, string.match, string.gmatch
local unpack_values = table.unpack

local SLICES, PER_SLICE, CPU_S = 3000, 1000, 0.5
local LONGEST_TEXT = 65536
local MOST_STEPS = 1e8

local function fail(text) error(text, 0) end

-- A script that never waits is ended; once it is over its budget every further instruction fails,
-- so a protected call cannot keep it alive.
local function watch(thread)
  local left, began = SLICES, clock()
  local function over()
    left = left - 1
    if left <= 0 or clock() - began > CPU_S then
      left = 0
      sethook(over, "", 1)
      error("script ended: it never waits", 0)
    end
  end
  sethook(thread, over, "", PER_SLICE)
end

local sandbox = {}
local enums, namespaces = {}, {}

local function outward(value)
  return namespaces[value] or enums[value] or value
end

local enum_objects = {}
local function enum(name)
  local found = enum_objects[name]
  if not found then
    found = setmetatable({}, {
      __tostring = function() return name end,
      __newindex = function() fail("cannot modify " .. name) end,
      __metatable = false,
    })
    enum_objects[name], enums[found] = found, name
  end
  return found
end

local namespace, made_space

local function numbers(text)
  local list = {}
  for word in gmatch(text, "[^,]+") do list[#list + 1] = tonumber(word) or 0 / 0 end
  return list
end

-- Answers of the host: what they are, and values; or false and a text.
local function inward(ok, kind, ...)
  if not ok then error(kind, 0) end
  if kind == "enum" then return enum((...)) end
  if kind == "space" then return made_space((...)) end
  if kind == "list" then return numbers((...)) end
  return ...
end

local function pause(kind, seconds)
  if seconds and seconds > 0 then yield(kind, seconds) end
end

local space_by_path = {}
function namespace(path)
  local space = space_by_path[path]
  if space then return space end
  space = {}
  space_by_path[path], namespaces[space] = space, "\1" .. path
  return setmetatable(space, {
    __index = function(_, key) return inward(host.get(path, outward(key))) end,
    __newindex = function(_, key, value)
      pause("busy", inward(host.set(path, outward(key), outward(value))))
    end,
    __metatable = false,
  })
end

local function arguments(...)
  local given = { n = select("#", ...), ... }
  for index = 1, given.n do given[index] = outward(given[index]) end
  return unpack_values(given, 1, given.n)
end

function host.install_function(path, name, timed)
  local call = function(...) return inward(host.call(path, name, arguments(...))) end
  if timed then
    call = function(...)
      local count = inward(host.count(path, name))
      for index = 1, count - 1 do
        pause("busy", inward(host.duration(path, name, index)))
        inward(host.call(path, name, arguments(...)))
      end
      pause("busy", inward(host.duration(path, name, count)))
      return inward(host.call(path, name, arguments(...)))
    end
  end
  raw_set(path == "" and sandbox or namespace(path), name, call)
end

function made_space(path)
  if not space_by_path[path] then
    for name in gmatch(host.functions(path), "%S+") do host.install_function(path, name, false) end
  end
  return namespace(path)
end

function host.install_space(path, parent, name)
  if parent then raw_set(namespace(parent), name, namespace(path)) else sandbox[name] = namespace(path) end
end

-- Text as the instrument prints it.
local function shown(value)
  if type(value) == "number" then
    local digits = host.digits()
    return digits == 0 and format("%.14g", value) or format("%." .. (digits - 1) .. "e", value)
  end
  return tostring(value)
end

local function say(text)
  if not host.write(text) then fail("the output queue is full") end
end

function sandbox.print(...)
  local texts = {}
  for index = 1, select("#", ...) do texts[index] = shown((select(index, ...))) end
  say(table.concat(texts, "\t"))
end

function sandbox.printnumber(...)
  local texts = {}
  for index = 1, select("#", ...) do texts[index] = shown(tonumber((select(index, ...)))) end
  say(table.concat(texts, ", "))
end

function sandbox.printbuffer(first, last, ...)
  local values, arrays = {}, { ... }
  for which, array in ipairs(arrays) do
    if namespaces[array] then arrays[which] = array.readings end
  end
  for index = first, last do
    for _, array in ipairs(arrays) do values[#values + 1] = array[index] end
  end
  if host.binary() then return host.write_reals(unpack_values(values)) end
  for index, value in ipairs(values) do values[index] = shown(value) end
  say(table.concat(values, ", "))
end

function sandbox.delay(seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 100000) then
    fail("delay: parameter out of range")
  end
  yield("delay", seconds)
end

function host.install_trigger()
  raw_set(namespace("trigger"), "wait", function(seconds)
    if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 100000) then
      fail("trigger.wait: parameter out of range")
    end
    if inward(host.take_trigger()) then return true end
    return yield("trigger", seconds)
  end)
end

-- The part of Lua's own library that cannot reach out and cannot take for ever.
local function bounded(what)
  return function(subject, pattern, ...)
    local _, quantifiers = gsub(tostring(pattern), "[%*%+%-%?]", "")
    if (#tostring(subject) + 1) ^ (quantifiers + 1) > MOST_STEPS then fail("pattern too complex") end
    return what(subject, pattern, ...)
  end
end

function string.rep(text, count)
  if #text * math.max(count, 0) > LONGEST_TEXT then fail("not enough memory") end
  return rep(text, count)
end
string.find, string.match = bounded(find), bounded(match)
string.gsub, string.gmatch = bounded(gsub), bounded(gmatch)
string.gfind, string.dump = string.gmatch, nil

local function copy(from, names)
  local to = {}
  for name in gmatch(names, "%S+") do to[name] = from[name] end
  return to
end

sandbox.string = copy(string, "byte char find format gfind gmatch gsub len lower match rep reverse sub upper")
sandbox.table = copy(table, "concat insert remove sort")
sandbox.math = copy(math, "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp "
  .. "log max min modf pi pow rad random randomseed sin sinh sqrt tan tanh")
sandbox.os = { time = function() return floor(host.time()) end, clock = function() return host.time() end }
for name in gmatch("assert error ipairs next pairs pcall rawget rawset select tonumber tostring type", "%S+") do
  sandbox[name] = _G[name]
end
-- A finalizer would run where no budget holds.
sandbox.setmetatable = function(object, behavior)
  if type(behavior) == "table" and rawget(behavior, "__gc") then fail("no finalizers") end
  return setmetatable(object, behavior)
end
sandbox.getmetatable = function(object)
  if type(object) == "string" then return nil end
  return getmetatable(object)
end
sandbox.unpack, sandbox.table.getn = unpack_values, function(list) return #list end
sandbox.math.mod, sandbox.math.log10 = math.fmod, function(x) return math.log(x, 10) end
sandbox.collectgarbage, sandbox.gcinfo = function() return 0 end, function() return 0 end
sandbox.loadstring = function(code, name)
  return load_chunk(tostring(code), name or "=line", "t", sandbox)
end
sandbox._G = sandbox

-- Scripts that were given a name.
local function script_object(name, source)
  local run, complaint = load_chunk(source, "=line", "t", sandbox)
  if not run then return nil, complaint end
  local object = { name = name, source = source, run = run }
  object.save = function() host.save(object.name, object.source) end
  return setmetatable(object, { __call = function(_, ...) return run(...) end })
end

function host.add_script(name, source)
  local object, complaint = script_object(name, source)
  if not object then return "error", complaint end
  if name ~= "" then sandbox[name] = object end
  sandbox.script.anonymous = object
  return "dead", 0
end

sandbox.script = {
  new = function(source, name)
    local object, complaint = script_object(name or "", tostring(source))
    if not object then fail(complaint) end
    if name then sandbox[name] = object end
    return object
  end,
  run = function() return sandbox.script.anonymous.run() end,
  delete = function(name) sandbox[name] = nil; host.forget(name) end,
}

-- Threads.
local function report(thread, ok, kind, value)
  if not ok or coroutine.status(thread) == "dead" then host.thread = nil end
  if not ok then return "error", tostring(kind) end
  if coroutine.status(thread) == "dead" then return "dead", 0 end
  return kind, value
end

function host.start(run)
  local thread = create(run)
  host.thread = thread
  watch(thread)
  return report(thread, resume(thread))
end

function host.compile(code)
  local run, complaint = load_chunk(code, "=line", "t", sandbox)
  if not run then return false, complaint end
  return true, run
end

function host.go_on(value)
  local thread = host.thread
  watch(thread)
  return report(thread, resume(thread, value))
end
