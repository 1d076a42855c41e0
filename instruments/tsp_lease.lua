-- On board every instrument that holds a lease. Paragraphs are sent as one line each, and the version
-- is written last. Lua 5.0: no %, no #. What may fail is called protected, so the wait is always reached.

function ion_wait()
  if ion_armed and not trigger.wait(ion_lease) then ion_expire() end
end

function ion_say(tag, f, a, b)
  trigger.clear()
  local ok, text = pcall(f, a, b)
  print(tag .. (ok and "1;" or "0;") .. tostring(text))
  ion_wait()
end

function ion_is(a, b)
  if a == b then return 1 end
  return 0
end
