"""What Redis carries out in one step, in Lua.

Each node has a key with a description (JSON) that expires, with the id of its present life; whatever belongs to another
life belongs to the dead. A station's entry (JSON) names its node, that one's life, the connection's number there
(``serial``), its fencing number (``fence``, decimal text: Lua's JSON rounds what has more than 14 digits), and when it
was opened there (``since_ms``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csms_reference.nodes.redis import reaching

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from csms_reference.nodes.redis import Keys

_ALIVE = """
local prefix = ARGV[1]
local lives = {}
local function life_of(node)
  if lives[node] == nil then
    local about = redis.call('GET', prefix .. ':node:' .. node)
    lives[node] = about and cjson.decode(about).life or false
  end
  return lives[node]
end
local function entry_of(station)
  local entry = redis.call('HGET', prefix .. ':stations', station)
  entry = entry and cjson.decode(entry)
  if entry and life_of(entry.node) == entry.life then return entry end
end
local function say(life, what)
  local inbox = prefix .. ':inbox:' .. life
  redis.call('XADD', inbox, 'MAXLEN', '~', 100000, '*', 'said', what)
  redis.call('PEXPIRE', inbox, 60000)
end
"""

JOIN = """
local node, life, before, about, expires_ms = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local there = redis.call('GET', prefix .. ':node:' .. node)
if there then
  local other = cjson.decode(there).life
  if other ~= life and other ~= before then return there end
end
redis.call('SET', prefix .. ':node:' .. node, about, 'PX', expires_ms)
redis.call('SADD', prefix .. ':nodes', node)
return false
"""
"""A node begins a life: nothing, or the description of who lives under its name, unless that is its life before."""

RENEW = """
local node, life, about, expires_ms, read = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if life_of(node) ~= life then return false end
redis.call('SET', prefix .. ':node:' .. node, about, 'PX', expires_ms)
redis.call('XTRIM', prefix .. ':inbox:' .. life, 'MINID', '~', read)
redis.call('PEXPIRE', prefix .. ':inbox:' .. life, 60000)
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', prefix .. ':nodes')) do
  table.insert(found, name)
  table.insert(found, redis.call('GET', prefix .. ':node:' .. name) or '')
end
return found
"""
"""A node is alive still: the names of all nodes, each with its description or nothing; false when its life is over."""

LEAVE = """
local node, life = ARGV[2], ARGV[3]
if life_of(node) == life then redis.call('DEL', prefix .. ':node:' .. node) end
redis.call('DEL', prefix .. ':inbox:' .. life)
"""
"""A node ends its life, and with it everything that it has."""

MOVE = """
local node, life = ARGV[2], ARGV[3]
local stations, ends = prefix .. ':stations', {}
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
if life_of(node) ~= life then return false end

local function is_older(entry, move)
  if move.what == 'came' then return true end
  if move.fence and entry.fence then return tonumber(entry.fence) < tonumber(move.fence) end
  return entry.since_ms <= move.since_ms
end
local function is_same(entry, move)
  return entry.life == life and entry.serial == move.serial
end
local function put(move)
  local entry = entry_of(move.station)
  local was_gone = redis.call('SREM', prefix .. ':gone', move.station) == 1
  if entry and is_same(entry, move) then return entry.fence end
  if entry and not is_older(entry, move) then return '-' .. entry.node end
  local last = tonumber(redis.call('GET', prefix .. ':fence') or '0')
  local fence = move.what == 'kept' and move.fence
  if not fence then fence = string.format('%.0f', math.max(now, last + 1)) end
  if tonumber(fence) > last then redis.call('SET', prefix .. ':fence', fence) end
  redis.call('HSET', stations, move.station, cjson.encode({
    node = node, life = life, serial = move.serial, fence = fence, since_ms = move.since_ms}))
  if entry and entry.life ~= life then
    say(entry.life, cjson.encode({
      kind = 'displace', station = move.station, serial = entry.serial, node = node}))
  end
  return (was_gone and move.what == 'kept' and '+' or '') .. fence
end
for _, move in ipairs(cjson.decode(ARGV[4])) do
  if move.what == 'left' then
    local entry = entry_of(move.station)
    if entry and is_same(entry, move) then redis.call('HDEL', stations, move.station) end
    table.insert(ends, '')
  else
    table.insert(ends, put(move))
  end
end
return ends
"""
"""Connections of a node ``came``, are ``kept`` (they were there already, but it is not sure that Redis knows), or
``left``. Of each the fencing number, or '-' and the node where the station's newer connection is. A '+' before the
number of one that was kept: it was told that the station is gone.

What came is newest by coming now. What was kept is compared: by fencing numbers, where both had one; otherwise it was
opened while Redis was away, and the clocks of the nodes decide. Who is outdated is told in the same step.
"""

LOOK = """
local found = {}
for station = 2, #ARGV do
  local entry = entry_of(ARGV[station])
  table.insert(found, entry and cjson.encode(entry) or '')
end
return found
"""
"""The entries of stations, or nothing for who is not connected."""

SAY = """
local node, life = ARGV[2], ARGV[3]
if life_of(node) ~= life then return 0 end
say(life, ARGV[4])
return 1
"""
"""Put something into a node's inbox: 0 when this life of it is over."""

BURY = """
local host, pid, buried = ARGV[2], tonumber(ARGV[3]), 0
for _, name in ipairs(redis.call('SMEMBERS', prefix .. ':nodes')) do
  local about = redis.call('GET', prefix .. ':node:' .. name)
  about = about and cjson.decode(about)
  if about and about.host == host and about.pid == pid then
    redis.call('DEL', prefix .. ':node:' .. name)
    buried = buried + 1
  end
end
return buried
"""
"""A process is known to have died: its node does not live on until its key expires. How many nodes that were."""

REAP = """
local node, cursor, gone = ARGV[2], ARGV[3], {}
local found = redis.call('HSCAN', prefix .. ':stations', cursor, 'COUNT', 500)
for at = 1, #found[2], 2 do
  local station, entry = found[2][at], cjson.decode(found[2][at + 1])
  if entry.node == node and life_of(node) ~= entry.life then
    redis.call('HDEL', prefix .. ':stations', station)
    redis.call('SADD', prefix .. ':gone', station)
    table.insert(gone, station)
  end
end
if #gone > 0 then redis.call('PEXPIRE', prefix .. ':gone', 86400000) end
return {found[1], gone}
"""
"""Take out entries of lives of a node that are over, some at a time: where to go on (0: it is done), and the stations.
Each is had by one who asks, and by nobody who comes later.
"""

FORGET = """
if life_of(ARGV[2]) then return 0 end
redis.call('SREM', prefix .. ':nodes', ARGV[2])
return 1
"""
"""A node that is not there, and has left nothing to be done, is no longer asked after."""


class Scripts:
    """The scripts at one Redis, for one cluster."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._prefix = keys.prefix
        sources = {"join": JOIN, "renew": RENEW, "leave": LEAVE, "move": MOVE, "look": LOOK, "say": SAY}
        sources |= {"bury": BURY, "reap": REAP, "forget": FORGET}
        self._scripts = {name: client.register_script(_ALIVE + source) for name, source in sources.items()}

    async def __call__(self, name: str, *arguments: str | int) -> Any:
        """Have one carried out. Raises Away."""
        with reaching():  # the hash tag is in the key, so that a Redis Cluster finds the place
            return await self._scripts[name](keys=[f"{self._prefix}:nodes"], args=[self._prefix, *arguments])
