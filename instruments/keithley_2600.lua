-- On board a 2600B. `ion_armed` names a channel before its output goes on, so that none is ever on without
-- a lease; the lease is one for all channels, and ends them all.

function ion_expire()
  smua.source.output = 0
  if smub then smub.source.output = 0 end
  ion_armed = nil
  smua.source.leveli = 0
  if smub then smub.source.leveli = 0 end
end

function ion_disarm(smu)
  if ion_armed then ion_armed[smu] = nil end
  if ion_armed and not next(ion_armed) then ion_armed = nil end
end

function ion_begin(smu)
  ion_armed = ion_armed or {}
  ion_armed[smu] = true
  smu.source.output = 1
  return ion_is(smu.source.output, 1)
end

function ion_tick(smu, x)
  if not (ion_armed and ion_armed[smu]) then return "lapsed" end
  smu.source.leveli = x
  local i, v = smu.measure.iv()
  return string.format("%.9e,%.9e,%d,%d,%.9e,%.9e", i, v, ion_is(smu.source.compliance, true),
    smu.source.output, timer.measure.t(), smu.source.leveli)
end

function ion_settings(smu)
  local s, m = smu.source, smu.measure
  return string.format("%d,%d,%d,%.9e,%.9e,%.9e,%.6f,%d,%d", s.func, s.autorangei, m.autorangev,
    s.rangei, s.limitv, m.rangev, m.nplc, s.offmode, smu.sense)
end
