import time, resource
from tests.functional.test_road_faults import *
from collections import Counter
async def test_count(azure, tmp_path):
    pts = await recorded(azure, tmp_path)
    f = list(failures(pts)); sh = list(sharing(f))
    print(len(pts), len(f), len(sh), Counter((s.name, s.stubborn) for s in (x[0].point.sort for x in sh)))
    print(Counter((x.point.sort.name, x.point.sort.stubborn, x.point.round, x.point.skip > 0) for x in f))
    befell = {_named(each[0].point.sort, n): each for n, each in enumerate(sh[:24])}
    guide = _named(SORTS[0], "guide")
    t=time.time(); c=time.process_time()
    async with tenant(azure, tmp_path, [guide, *befell]) as roads:
        print("begin", time.time()-t, time.process_time()-c)
        t=time.time(); c=time.process_time()
        await roads.start(*befell)
        for _ in range(9):
            await roads.round()
            print("round", time.time()-t, time.process_time()-c)
