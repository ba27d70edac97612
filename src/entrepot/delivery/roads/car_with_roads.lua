-- OSRM's own car profile, which also tells the class, speed and rate of every road segment it takes:
-- the speeds of a slice of the day are set by these. Each thread of osrm-extract writes a file of its own.
local profiles = os.getenv("ENTREPOT_OSRM_PROFILES")
package.path = profiles .. "/?.lua;" .. package.path
local car = dofile(profiles .. "/car.lua")
local take_way = car.process_way
local out

local function tell(class, from, to, speed, rate)
  out:write(class, ",", from, ",", to, ",", speed, ",", rate, "\n")
end

car.process_way = function(profile, way, result, relations)
  take_way(profile, way, result, relations)
  local class = way:get_value_by_key("highway")
  if not class or not class:match("^[%w_]+$") then return end
  local forward = result.forward_speed > 0 and result.forward_mode ~= mode.inaccessible
  local backward = result.backward_speed > 0 and result.backward_mode ~= mode.inaccessible
  if not forward and not backward then return end
  if not out then
    out = io.open(os.getenv("ENTREPOT_ROADS") .. "/segments-" .. tostring(car):match("%x+$") .. ".csv", "w")
    out:setvbuf("line")
  end
  local nodes = way:get_nodes()
  for k = 1, #nodes - 1 do
    local from, to = nodes[k]:id(), nodes[k + 1]:id()
    if forward then tell(class, from, to, result.forward_speed, result.forward_rate) end
    if backward then tell(class, to, from, result.backward_speed, result.backward_rate) end
  end
end

return car
