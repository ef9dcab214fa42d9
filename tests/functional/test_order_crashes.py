"""The worker dies after any call of an order that changes something; the next one ends it, and no key is made new twice."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models import OrderItem
from shared.models.operations import OperationState
from shared.models.orders import OrderKind
from tests.fleet.lives import Call, Life, lived, make_mortal
from tests.functional.ordering import Ordering
from tests.functional.road import GROUP, VAULT_URL, policy
from tests.functional.test_road_crashes import FOUND_AGAIN, NO_CHANGE
from tests.local import LocalRun

NO_VAULT, WITH_VAULT = "keys: {grace: PT1H}", f'keys: {{vault: "{VAULT_URL}", grace: PT1H}}'
ROTATING = f'keys: {{vault: "{VAULT_URL}", grace: PT1H, rotateEvery: P30D}}'
BORNE = ("quiet.waiting", "logs.noRows", "revoke.vaultConsumers", "revoke.grace", "quiet.keyUsed", "logs.noSetting")
# Whatever the order, at least so often something is changed: the lease, the operation, each step's entries and the step itself
FEWEST, MOST = 8, 30


class Mortal(Ordering):
    async def start(self, keys: str, number: int) -> None:
        """Accounts to die at, none of which has begun its road."""
        self.accounts = [f"{GROUP}/Microsoft.CognitiveServices/accounts/mortal-{each:02}" for each in range(number)]
        await self.begin(policy("proven", keys), *self.accounts, logs=False)

    async def go(self) -> None:
        """Takes them along their road, until their keys may be made new."""
        await self.walk(*self.accounts)
        await self.local.advance(timedelta(hours=1, minutes=1))
        self.local.room.items.clear()

    async def order(self, kind: OrderKind, account: str, dies: Call | None, **more: Any) -> Life:
        """Carries an order out by a worker that may die, and by the next one where it does; returns the first one's life."""
        asked = await self.ask(kind, account, **more)
        [(_, item)] = self.local.room.items
        self.local.room.items.clear()
        life = await self._lived(item, dies)
        if life.is_dead:
            await self.local.advance(FOUND_AGAIN)
            self.local.services = self.local.new_services()
            await self.local.work(item)
        found = await self.progress(asked.id)
        assert found.operation.state is OperationState.SUCCEEDED, f"{dies}: {found.operation}"
        done = [each.text for each in found.steps if each.state == "done"]
        assert len(done) == len(set(done)), f"{dies}: {found.steps}"
        return life

    async def new_keys(self, kind: OrderKind, account: str, dies: Call | None) -> Life:
        """The same of an order for new keys, of which each is made new once."""
        before = await self.keys(account)
        life = await self.order(kind, account, dies, despite=BORNE)
        self.local.room.items.clear()
        await self._is_done_once(kind, account, before, dies)
        return life

    async def undone(self, account: str, dies: Call | None) -> Life:
        """The same of an order to undo what an operation did; the pass that follows leaves it undone."""
        onboarded = await self.carried_out(OrderKind.ONBOARD, account)
        self.local.room.items.clear()
        life = await self.order(OrderKind.ROLL_BACK, account, dies, undo=onboarded.operation.id)
        await self.work_off()
        assert await self.client.assignments(account) == [], dies
        assert (await self.client.secret(f"{account.rpartition('/')[2]}-key")).status == 403, dies
        self.local.room.items.clear()
        return life

    async def _lived(self, item: OrderItem, dies: Call | None) -> Life:
        self.local.services = self.local.new_services()
        make_mortal(self.local.services)
        life = Life(dies)
        assert await lived(self.local.work(item), life) is (dies is None)
        return life

    async def _is_done_once(self, kind: OrderKind, account: str, before: dict[str, str], dies: Call | None) -> None:
        made = await self.calls("POST", f"(?i){account.rpartition('/')[2]}/regenerateKey$")
        after = await self.keys(account)
        changed = [name for name, key in before.items() if after[name] != key]
        assert changed == (["key1", "key2"] if kind is OrderKind.REVOKE else ["key2"]), f"{dies}: {changed}"
        assert len(made) == len(changed), f"{dies}: made new {len(made)} times"
        secret = await self.client.secret(f"{account.rpartition('/')[2]}-key")
        assert secret.status == 404 or secret.body["value"] in after.values(), f"{dies}: the vault gives out a dead key"


@pytest.fixture
async def mortal(local: LocalRun) -> Mortal:
    return Mortal(local)


def changes(life: Life) -> list[Call]:
    """The calls of a life by which it changed something."""
    found = [each for each in life.calls if not NO_CHANGE.search(each.kind)]
    assert FEWEST <= len(found) < MOST, found
    return found


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("kind", "keys"),
    [(OrderKind.REVOKE, NO_VAULT), (OrderKind.REVOKE, WITH_VAULT), (OrderKind.ROTATE, ROTATING)],
)
async def test_a_worker_that_dies_makes_no_key_new_twice(mortal: Mortal, kind: OrderKind, keys: str) -> None:
    await mortal.start(keys, MOST)
    await mortal.go()
    first, *others = mortal.accounts
    for account, dies in zip(others, changes(await mortal.new_keys(kind, first, None)), strict=False):
        await mortal.new_keys(kind, account, dies)


@pytest.mark.timeout(1800)
async def test_what_a_dead_worker_has_undone_stays_undone(mortal: Mortal) -> None:
    await mortal.start(WITH_VAULT, MOST)
    first, *others = mortal.accounts
    for account, dies in zip(others, changes(await mortal.undone(first, None)), strict=False):
        await mortal.undone(account, dies)
