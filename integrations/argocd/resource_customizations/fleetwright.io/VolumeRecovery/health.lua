-- The end of a recovery is final, so it counts whatever was changed in the spec since.
local hs = { status = "Progressing", message = "waiting for the controller" }
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready or {}
if ready.message ~= nil and ready.message ~= "" then
  hs.message = ready.message
end

if status.phase == "Succeeded" then
  hs.status = "Healthy"
elseif status.phase == "Failed" then
  hs.status = "Degraded"
elseif obj.metadata.deletionTimestamp ~= nil then
  hs.message = "being deleted: " .. hs.message
elseif status.observedGeneration ~= obj.metadata.generation then
  hs.message = "waiting for the controller"
elseif ready.reason == "Paused" or ready.status == "True" then
  -- Held back by spec.paused, or a dry run whose plan is written: somebody has to change the recovery.
  hs.status = "Suspended"
elseif conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  -- Degraded would fail a sync before the zone or backup that is missing has had a chance to come.
  hs.status = "Suspended"
end
return hs
