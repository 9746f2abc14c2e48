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

if obj.metadata.deletionTimestamp ~= nil then
  hs.message = "being deleted"
elseif status.observedGeneration ~= obj.metadata.generation then
  hs.message = "waiting for the controller"
elseif ready.status == "True" then
  hs.status = "Healthy"
elseif conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  -- Somebody has to change the spec, or the ConfigMap or Nodes that it names.
  hs.status = "Degraded"
end
return hs
