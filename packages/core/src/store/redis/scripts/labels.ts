/**
 * Lists of runs by tenant and by tags, in Lua. Each is a zset of run ids by number.
 *
 *   <base>:runs-of:<tenant>                              of a tenant
 *   <base>:tagged:<length of tenant>:<tenant>:<tag>      with a tag, of a tenant; of all, where the tenant is empty
 */
export const LABELS = String.raw`
local function ofTenant(base, tenant) return base .. ':runs-of:' .. tenant end
local function tagged(base, tenant, tag) return base .. ':tagged:' .. #tenant .. ':' .. tenant .. ':' .. tag end

-- The lists that a run is in. tags: as JSON; nil or empty for none.
local function labelLists(base, tenant, tags)
  local lists = {}
  if tenant ~= '' then lists[1] = ofTenant(base, tenant) end
  for _, tag in ipairs(cjson.decode(tags and tags ~= '' and tags or '[]')) do
    lists[#lists + 1] = tagged(base, '', tag)
    if tenant ~= '' then lists[#lists + 1] = tagged(base, tenant, tag) end
  end
  return lists
end
`;
