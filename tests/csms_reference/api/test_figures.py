"""Figures over the API."""


async def test_figures(api):
    it, client = api
    assert (await client.get("/figures")).json()["connected"] == 0
    stations = [await it.station(f"CP-{number}") for number in range(3)]
    told = (await client.get("/figures")).json()
    each = [worker["figures"] for worker in told["workers"]]
    assert [figures["connections"] for figures in each] == ([3] if len(each) == 1 else [2, 1])
    assert (told["connected"], told["total"]["connections"], told["total"]["frames_received"]) == (3, 3, 3)
    assert all(figures["private_bytes"] > 0 and figures["pid"] for figures in each)
    assert "pid" not in told["total"]
    assert told["workers"][0]["state"] == "serving"
    assert told["parent"]["cpu_s"] > 0
    for station in stations:
        station.link.close()
    await it.quiet()
    assert (await client.get("/figures")).json()["total"]["connections"] == 0
