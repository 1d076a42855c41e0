-- On board a 2450. `ion_armed` is set before the output goes on, so that it is never on without a lease.

function ion_expire()
  ion_armed = nil
  smu.source.output = smu.OFF
  smu.source.level = 0
end

ion_buffer = ion_buffer or buffer.make(10)

function ion_begin()
  ion_buffer.clear()
  ion_armed = true
  smu.source.output = smu.ON
  return ion_is(smu.source.output, smu.ON)
end

function ion_tick(x)
  if not ion_armed then return "lapsed" end
  smu.source.level = x
  local b = ion_buffer
  b.clear()
  smu.measure.read(b)
  return string.format("%.9e,%.9e,%d,%.0f,%.9e,%.9e", b.sourcevalues[1], b.readings[1],
    b.sourcestatuses[1], b.seconds[1], b.fractionalseconds[1], smu.source.level)
end

ion_off_modes = {
  [smu.OFFMODE_HIGHZ] = 0, [smu.OFFMODE_NORMAL] = 1, [smu.OFFMODE_ZERO] = 2, [smu.OFFMODE_GUARD] = 3
}

ion_protections = {
  [smu.PROTECT_2V] = 2, [smu.PROTECT_5V] = 5, [smu.PROTECT_10V] = 10, [smu.PROTECT_20V] = 20,
  [smu.PROTECT_40V] = 40, [smu.PROTECT_60V] = 60
}

function ion_functions()
  return ion_is(smu.source.func, smu.FUNC_DC_CURRENT) .. "," ..
    ion_is(smu.measure.func, smu.FUNC_DC_VOLTAGE) .. "," .. ion_is(smu.source.autorange, smu.OFF) ..
    "," .. ion_is(smu.measure.autorange, smu.OFF) .. "," .. ion_is(smu.source.readback, smu.ON)
end

function ion_settings()
  return ion_functions() .. string.format(",%.9e,%.9e,%.9e,%.6f,%d,%d,%d", smu.source.range,
    smu.source.vlimit.level, smu.measure.range, smu.measure.nplc,
    ion_off_modes[smu.source.offmode] or -1, ion_is(smu.measure.sense, smu.SENSE_4WIRE),
    ion_protections[smu.source.protect.level] or 0)
end
